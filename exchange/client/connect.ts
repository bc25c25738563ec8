/** Opens one exchange for one process and role: address, coins, budgets, and a venue for each account. Paper and live differ by the URL alone. */
// Not here: streams (streamers/), accounts of the paper exchange (provision.ts).
import { join } from 'node:path'
import type { Environment } from '#config/environment.ts'
import type { Home } from '#config/home.ts'
import { NETWORK_URL } from '#config/networks.ts'
import type { Settings } from '#config/schema.ts'
import { HoldfastError } from '#domain/errors.ts'
import type { Venue } from '#domain/session/ports.ts'
import type { Clock } from '#domain/time.ts'
import { type ActionBudget, createActionBudget } from '#exchange/client/action-budget.ts'
import { createTransport, NoAnswerError, type Transport } from '#exchange/client/http.ts'
import { createInfo, type Info, type Meta } from '#exchange/client/info.ts'
import { type AgentRole, agentSigner, masterAddress } from '#exchange/client/keys.ts'
import { createMessageBudget, type MessageBudget } from '#exchange/client/message-budget.ts'
import { openSharedLedger } from '#exchange/client/shared-budget.ts'
import type { Network } from '#exchange/client/signing.ts'
import { createVenue } from '#exchange/client/venue.ts'
import { createWeightBudget, LIMITS as WEIGHTS, type WeightBudget } from '#exchange/client/weight-budget.ts'

/** Base URL of the exchange: HOLDFAST_EXCHANGE_URL, else the network's own. */
export const exchangeUrl = (settings: Settings, environment: Environment): string =>
  environment.HOLDFAST_EXCHANGE_URL ?? NETWORK_URL[settings.exchange.network]

export interface ConnectParts {
  settings: Settings
  home: Home
  url: string
  role: AgentRole
  clock: Clock
  /** How long to wait for an exchange that does not answer yet, milliseconds. */
  waitMsMax?: number
  /** Request weight that this process may spend a minute; unset: what the venue allows one address. */
  weightPerMinute?: number
  /** Name under which this process shares the venue's weight with the others of the state folder; unset: it counts for itself alone. */
  process?: string
}

export interface Exchange {
  readonly url: string
  readonly network: Network
  readonly role: AgentRole
  readonly meta: Meta
  readonly info: Info
  /** The same questions for collecting data: they wait behind those that trading needs. */
  readonly collecting: Info
  /** Messages that the machine's sockets may send: every feed of this process counts in it. */
  readonly messages: MessageBudget
  /** The venue of an account, signing with this role's key; the same object for the same account, so that nonces have one source. */
  venue(account: string): Venue
  /** Master address of an account. */
  address(account: string): string
  close(): void
}

/** @throws HoldfastError EXCHANGE_NOT_READY when it does not answer in time */
export async function connectExchange(parts: ConnectParts): Promise<Exchange> {
  const { settings, home, clock, role } = parts
  const { network } = settings.exchange
  const transport = createTransport(parts.url)
  const { budget, messages, closeBudget } = openBudget(parts, transport.url)
  // What only ends trading must not wait for a minute that quotes have spent.
  const info = createInfo({ transport, budget, clock, purpose: role === 'trading' ? 'reconcile' : 'kill' })
  const meta = await firstMeta(info, transport, clock, parts.waitMsMax ?? 0)
  const venues = new Map<string, Venue>()
  const address = (account: string): string => masterAddress(settings, home, account)
  return {
    url: transport.url,
    network,
    role,
    meta,
    info,
    messages,
    collecting: createInfo({ transport, budget, clock, purpose: 'collect' }),
    address,
    venue(account) {
      const known = venues.get(account)
      if (known) return known
      const signer = agentSigner(settings, home, account, role)
      const made = createVenue({
        account,
        address: address(account),
        signer,
        network,
        meta,
        info,
        transport,
        clock,
        budget,
        messages,
        // The paper exchange counts actions and refuses none; a session that trades there must slow down all the same.
        ...(network === 'paper' && role !== 'trading'
          ? {}
          : { addressBudget: learningBudget(info, clock, address(account)) }),
        weightMax: parts.weightPerMinute ?? WEIGHTS.weightPerMinuteMax,
      })
      venues.set(account, made)
      return made
    },
    close() {
      transport.close()
      closeBudget()
    },
  }
}

/** A bucket of this process, shared with the others of the machine where the process has a name. */
export function openBudget(
  parts: Pick<ConnectParts, 'home' | 'clock' | 'weightPerMinute' | 'process'>,
  venue: string,
): { budget: WeightBudget; messages: MessageBudget; closeBudget(): void } {
  const { home, clock, process, weightPerMinute = WEIGHTS.weightPerMinuteMax } = parts
  if (process === undefined)
    return {
      budget: createWeightBudget(clock, weightPerMinute),
      messages: createMessageBudget(clock),
      closeBudget: () => {},
    }
  const ledger = openSharedLedger({
    ...{ folder: budgetFolder(home), process, venue, clock },
    left: () => budget.left(),
    messagesLeft: () => messages.left(),
  })
  const messages = createMessageBudget(clock, ledger)
  const startLeft = ledger.leftOfOthers(weightPerMinute / 60_000)
  const budget = createWeightBudget(clock, weightPerMinute, {
    sharing: ledger,
    now: () => clock.now(),
    ...(startLeft === null ? {} : { startLeft }),
  })
  return { budget, messages, closeBudget: () => void ledger.close() }
}

/** Where the processes of a state folder tell each other what they spent. */
export const budgetFolder = (home: Home): string => join(home.run, 'weights')

async function firstMeta(info: Info, transport: Transport, clock: Clock, waitMsMax: number): Promise<Meta> {
  const until = clock.monotonicMs() + waitMsMax
  for (;;) {
    try {
      return await info.meta()
    } catch (error) {
      const wait = error instanceof NoAnswerError && clock.monotonicMs() < until
      if (!wait) {
        transport.close()
        throw new HoldfastError(`the exchange at ${transport.url} is not ready`, {
          code: 'EXCHANGE_NOT_READY',
          retryable: true,
          hint: 'check that it is up, and HOLDFAST_EXCHANGE_URL',
          cause: error,
        })
      }
    }
    await clock.sleep(200)
  }
}

/** How often the venue is asked what an address has left, milliseconds. */
const LEARN_EVERY_MS = 60_000

/** Counts by itself and asks the venue once a minute while it is used; a failed question leaves the own count. */
function learningBudget(info: Info, clock: Clock, address: string): ActionBudget {
  const budget = createActionBudget()
  let askedAt = Number.NEGATIVE_INFINITY
  return {
    ...budget,
    tryTake(actions, kind) {
      if (clock.monotonicMs() - askedAt > LEARN_EVERY_MS) {
        askedAt = clock.monotonicMs()
        info.rateLimit(address).then(budget.learn, () => {})
      }
      return budget.tryTake(actions, kind)
    },
  }
}
