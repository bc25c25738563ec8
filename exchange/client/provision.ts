/** Accounts of the paper exchange: generated keys, first money, approved agents. May run at every start; it repeats nothing. */
// Not here: accounts of testnet and mainnet, whose keys an operator creates and approves.

import { systemClock } from '#config/clock.ts'
import type { Environment } from '#config/environment.ts'
import { controlToken } from '#config/home.ts'
import { type AccountsFile, writeAccounts } from '#config/run-files.ts'
import type { Settings } from '#config/schema.ts'
import { HoldfastError } from '#domain/errors.ts'
import type { Clock, EpochMs } from '#domain/time.ts'
import { createTransport, type Transport } from '#exchange/client/http.ts'
import { createInfo } from '#exchange/client/info.ts'
import {
  AGENT_ROLES,
  generatedAgent,
  masterAddress,
  masterSigner,
  type Signer,
} from '#exchange/client/keys.ts'
import { APPROVE_AGENT, chainName, SIGNATURE_CHAIN_ID, signUser } from '#exchange/client/signing.ts'
import { createWeightBudget } from '#exchange/client/weight-budget.ts'

const TIMEOUT_MS = 5_000
/** An agent whose approval ends within this time is approved again. */
const RENEW_BEFORE_MS = 7 * 86_400_000

/**
 * Makes every configured account usable and writes HOME/run/accounts.json for streamers and dashboard.
 * On testnet and mainnet it only writes the file.
 * @throws HoldfastError PROVISION_REFUSED with the venue's text
 */
export async function provisionPaperAccounts(
  settings: Settings,
  environment: Pick<Environment, 'home'>,
  url: string,
  clock: Clock = systemClock,
): Promise<AccountsFile> {
  const { home } = environment
  const transport = createTransport(url)
  try {
    const info = createInfo({ transport, clock, budget: createWeightBudget(clock) })
    const accounts: AccountsFile = []
    for (const [name, { key, paper_usdc }] of Object.entries(settings.accounts)) {
      if (key === 'generated') {
        const master = masterSigner(settings, home, name)
        await fund(transport, controlToken(home), master.address, paper_usdc)
        const approved = await info.agents(master.address)
        for (const role of AGENT_ROLES) {
          const agent = generatedAgent(settings, home, name, role)
          const until = approved.find(
            (each) => each.name === role && each.address === agent.address,
          )?.validUntil
          const valid = until === null || (until !== undefined && until - clock.now() > RENEW_BEFORE_MS)
          if (!valid) await approveAgent(transport, { master, agent, role, now: clock.now() })
        }
      }
      accounts.push({ name, address: masterAddress(settings, home, name) })
    }
    writeAccounts(home, accounts)
    return accounts
  } finally {
    transport.close()
  }
}

/** Credits the money once for ever: `once` makes the exchange ignore a repeat. */
async function fund(transport: Transport, token: string, address: string, usdc: number): Promise<void> {
  const body = JSON.stringify({ address, usdc, once: true })
  const headers = { authorization: `Bearer ${token}` }
  const { status, text } = await transport.post('/admin/fund', body, TIMEOUT_MS, headers)
  if (status !== 200) throw refused(`funding ${address}`, status, text)
}

interface Approval {
  master: Signer
  agent: Signer
  role: string
  now: EpochMs
}

async function approveAgent(transport: Transport, { master, agent, role, now }: Approval): Promise<void> {
  const nonce = master.nonces.next(now)
  const action = {
    type: 'approveAgent',
    signatureChainId: SIGNATURE_CHAIN_ID,
    hyperliquidChain: chainName('paper'),
    agentAddress: agent.address,
    agentName: role,
    nonce,
  }
  const signature = signUser(master, 'ApproveAgent', APPROVE_AGENT, action)
  const { status, text } = await transport.post(
    '/exchange',
    JSON.stringify({ action, nonce, signature }),
    TIMEOUT_MS,
  )
  if (status !== 200 || !text.includes('"ok"'))
    throw refused(`approving agent ${role} of ${master.address}`, status, text)
}

const refused = (what: string, status: number, text: string): HoldfastError =>
  new HoldfastError(`${what} was answered with HTTP ${status}: ${text.slice(0, 200)}`, {
    code: 'PROVISION_REFUSED',
    retryable: false,
    hint: 'check that HOLDFAST_EXCHANGE_URL is this stack’s paper exchange and shares its HOLDFAST_HOME',
  })
