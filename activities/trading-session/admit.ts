/** Whether a session may start at all: its account, its coins at the venue, the gates of its mode, kills in force. Nothing is sent. */
// Not here: the shape of the input (domain/session/input.ts), which the workflow has checked before.
import { HoldfastError, InvalidInputError } from '#domain/errors.ts'
import type { Admission } from '#domain/session/effects.ts'
import type { SessionInput } from '#domain/session/input.ts'
import { strongerKill } from '#domain/session/kill-order.ts'
import type { KillMode } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'

type Kill = { mode: KillMode; reason: string }

/** Another session that trades the same account and coin. */
export interface Rival {
  session_id: string
  started_ts: EpochMs
}

export interface AdmitDeps {
  network: 'paper' | 'testnet' | 'mainnet'
  /** Accounts of the settings, and how each is signed for. */
  accounts: Readonly<Record<string, { key: string }>>
  /** What stands in HOLDFAST_LIVE_ENABLE and HOLDFAST_LIVE_CONFIRM. */
  live: { enable: string | undefined; confirm: string | undefined }
  /** Size decimals of every coin that the venue lists. */
  venueCoins(): Promise<ReadonlyMap<string, number>>
  /** Kill store of this host. */
  killOf(session: { session_id: string; account: string }): Kill | null
  /** Kill of the global switch in Temporal; null when nothing is engaged or no switch was ever used. */
  switchKillOf(session: { session_id: string; account: string }): Promise<Kill | null>
  rivals(session: { account: string; coin: string }): Promise<Rival[]>
  links(sessionId: string): SessionLinks
}

/** Where people look at the session. '' where there is no such page. */
export interface SessionLinks {
  dashboard: string
  temporal_ui: string
}

export interface AdmitRequest {
  session_id: string
  started_ts: EpochMs
  input: SessionInput
}

export interface AdmitResult {
  admission: Admission
  links: SessionLinks
}

const CONFIRMATION = 'I_UNDERSTAND_THIS_CAN_LOSE_MONEY'
const SOURCE = 'session input'

export const createAdmitActivities = (deps: AdmitDeps) => ({
  admitSession: async (request: AdmitRequest): Promise<AdmitResult> => {
    const { session_id, input } = request
    checkMode(deps, input)
    if (!deps.accounts[input.account]) {
      throw new InvalidInputError({
        source: SOURCE,
        path: 'account',
        found: JSON.stringify(input.account),
        expected: `an account of the settings: ${Object.keys(deps.accounts).join(', ') || 'none is set up'}`,
      })
    }
    const sizeDecimals = await knownCoins(deps, input.coins)
    for (const coin of input.coins) await checkRivals(deps, request, coin)
    const session = { session_id, account: input.account }
    const kill = strongerKill(deps.killOf(session), await deps.switchKillOf(session))
    return { admission: { size_decimals: sizeDecimals, kill }, links: deps.links(session_id) }
  },
})

/** Live needs every gate; the message names the first one that is shut. */
function checkMode(deps: AdmitDeps, { mode, account }: SessionInput): void {
  const refuse = (expected: string): never => {
    throw new InvalidInputError({ source: SOURCE, path: 'mode', found: JSON.stringify(mode), expected })
  }
  if (mode === 'dry_live') refuse('paper or live: dry_live is not there yet')
  if (mode === 'paper' && deps.network !== 'paper') refuse(`live, since exchange.network is ${deps.network}`)
  if (mode !== 'live') return
  if (deps.network === 'paper')
    refuse('paper, since exchange.network is paper; live needs testnet or mainnet')
  if (deps.live.enable !== '1') refuse('HOLDFAST_LIVE_ENABLE=1 in the environment of the trading worker')
  if (deps.live.confirm !== CONFIRMATION) refuse(`HOLDFAST_LIVE_CONFIRM=${CONFIRMATION} in the environment`)
  if (deps.accounts[account]?.key === 'generated')
    refuse(`a key by reference (file: or env:) for account ${account}`)
}

async function knownCoins(deps: AdmitDeps, coins: readonly string[]): Promise<Record<string, number>> {
  const listed = await deps.venueCoins()
  return Object.fromEntries(
    coins.map((coin, at) => {
      const decimals = listed.get(coin)
      if (decimals !== undefined) return [coin, decimals]
      throw new InvalidInputError({
        source: SOURCE,
        path: `coins.${at}`,
        found: JSON.stringify(coin),
        expected: `a coin that the venue lists, such as ${[...listed.keys()].slice(0, 3).join(', ')}`,
      })
    }),
  )
}

/** Two sessions on one position would each close the other's. The earlier one stays; of two started at once, the smaller id. */
async function checkRivals(deps: AdmitDeps, request: AdmitRequest, coin: string): Promise<void> {
  const { account } = request.input
  const rivals = await deps.rivals({ account, coin })
  const first = rivals.find(
    ({ session_id, started_ts }) =>
      session_id !== request.session_id &&
      (started_ts < request.started_ts ||
        (started_ts === request.started_ts && session_id < request.session_id)),
  )
  if (!first) return
  throw new HoldfastError(`${account} already trades ${coin} in ${first.session_id}`, {
    code: 'ACCOUNT_BUSY',
    retryable: false,
    hint: 'stop that session first, or give this one another account',
  })
}

export type AdmitActivities = ReturnType<typeof createAdmitActivities>
