/** Questions to POST /info: budgeted, retried while asking again can help, answered as domain values. */
// Not here: reading the answers (exchange/wire/info.ts), anything that is signed (actions.ts).

import { HoldfastError } from '#domain/errors.ts'
import type { BookEvent, CandleEvent, FillEvent, OrderEvent } from '#domain/events.ts'
import type { Decimal } from '#domain/fixed-point.ts'
import type { OpenOrder, VenueAccount } from '#domain/session/ports.ts'
import { type CandleInterval, type Clock, type EpochMs, INTERVAL_MS } from '#domain/time.ts'
import { allFills } from '#exchange/client/fill-pages.ts'
import { NoAnswerError, type Transport } from '#exchange/client/http.ts'
import { answerWeight, infoWeight, type Spending, type WeightBudget } from '#exchange/client/weight-budget.ts'
import * as wire from '#exchange/wire/info.ts'

export const LIMITS = {
  timeoutMs: 5_000,
  attemptsMax: 4,
  /** First pause between attempts; doubles. */
  pauseMs: 150,
  pauseMsMax: 10_000,
  /** Longest wait for the own weight budget. */
  budgetMsMax: 20_000,
  /** The same for questions that nobody waits for. */
  collectBudgetMsMax: 90_000,
  candlesPage: 5_000,
} as const

/** The venue's perpetuals, by name. */
export type Meta = ReadonlyMap<string, wire.PerpMeta>

export interface Info {
  meta(): Promise<Meta>
  mids(): Promise<Readonly<Record<string, Decimal>>>
  /** Null for an unknown coin. */
  book(coin: string): Promise<BookEvent | null>
  /** Oldest first; the last one may still be forming. At most the newest 5,000 exist. */
  candles(coin: string, interval: CandleInterval, startTs: EpochMs, endTs?: EpochMs): Promise<CandleEvent[]>
  openOrders(user: string): Promise<OpenOrder[]>
  account(user: string): Promise<VenueAccount>
  /** Fills at or after `ts`, oldest first, all pages. `account` names them. */
  fillsSince(user: string, account: string, ts: EpochMs): Promise<FillEvent[]>
  orderStatus(user: string, account: string, id: string | number): Promise<OrderEvent | null>
  agents(user: string): Promise<{ name: string; address: string; validUntil: number | null }[]>
  rateLimit(user: string): Promise<{ used: number; cap: number }>
  /** Any other question, unread. */
  ask(type: string, fields?: Readonly<Record<string, unknown>>): Promise<unknown>
}

/** The venue, or our own count of its limit, has no more room for questions this minute. */
export class RateLimitedError extends HoldfastError {
  constructor(type: string, found: string) {
    super(`${type} was not answered: ${found}`, {
      code: 'RATE_LIMITED',
      retryable: true,
      hint: 'try again in a minute; when it repeats, let fewer processes share this address',
      details: { type },
    })
  }
}

/** The venue refused a question, or answered it with no JSON. */
export class InfoRefusedError extends HoldfastError {
  constructor(type: string, status: number, text: string) {
    super(`${type} was answered with HTTP ${status}: ${text.slice(0, 200)}`, {
      code: 'INFO_REFUSED',
      retryable: status >= 500,
      hint: 'from status 500 on try again; below, compare the request with the venue’s documentation',
      details: { type, status },
    })
  }
}

/** Questions that fencing, kills and cleanup wait for: they may spend what other reads have to leave. */
const URGENT = new Set('frontendOpenOrders clearinghouseState orderStatus l2Book userFillsByTime'.split(' '))
/** What the pace of quotes rests on: it may not wait behind them, and never spends what a kill may need. */
const PACING = new Set(['userRateLimit'])

export interface InfoParts {
  transport: Transport
  budget: WeightBudget
  clock: Clock
  /** What the questions are for: collecting data waits behind the reads that trading needs, and the urgent ones of a kill wait for nothing. Unset: reconcile. */
  purpose?: 'kill' | 'reconcile' | 'collect'
}

export function createInfo(parts: InfoParts): Info {
  const ask = joinQueued(parts)
  const now = (): EpochMs => parts.clock.now()
  return {
    ask,
    meta: async () => new Map(wire.parseMeta(await ask('meta')).map((perp) => [perp.coin, perp])),
    mids: async () => wire.parseAllMids(await ask('allMids')),
    book: async (coin) => wire.parseL2Book(await ask('l2Book', { coin }), now()),
    candles: async (coin, interval, startTs, endTs) => {
      const req = { coin, interval, startTime: startTs, ...(endTs === undefined ? {} : { endTime: endTs }) }
      return wire.parseCandleSnapshot(await ask('candleSnapshot', { req }), now())
    },
    openOrders: async (user) => wire.parseOpenOrders(await ask('frontendOpenOrders', { user })),
    account: async (user) => wire.parseAccountState(await ask('clearinghouseState', { user })),
    fillsSince: (user, account, ts) =>
      allFills(async (startTime) => {
        const fills = wire.parseFills(await ask('userFillsByTime', { user, startTime }), account, now())
        return fills.filter((fill) => fill.ts >= startTime) // a joined question may begin earlier
      }, ts),
    orderStatus: async (user, account, id) =>
      wire.parseOrderStatus(await ask('orderStatus', { user, oid: id }), account, now()),
    agents: async (user) => wire.parseExtraAgents(await ask('extraAgents', { user })),
    rateLimit: async (user) => readRateLimit(await ask('userRateLimit', { user })),
  }
}

/** History for a strategy's warm-up: at least `bars` closed candles before `now` where the venue has them, oldest first. */
export async function candleHistory(
  info: Info,
  wanted: { coin: string; interval: CandleInterval; bars: number; now: EpochMs },
): Promise<CandleEvent[]> {
  const length = wanted.interval === '1M' ? 31 * INTERVAL_MS['1d'] : INTERVAL_MS[wanted.interval]
  const bars = Math.min(wanted.bars, LIMITS.candlesPage - 2)
  const candles = await info.candles(wanted.coin, wanted.interval, wanted.now - (bars + 1) * length)
  return candles.filter((candle) => candle.closeTs < wanted.now).slice(-bars)
}

function readRateLimit(answer: unknown): { used: number; cap: number } {
  const { nRequestsUsed, nRequestsCap } = (answer ?? {}) as {
    nRequestsUsed?: unknown
    nRequestsCap?: unknown
  }
  if (typeof nRequestsUsed === 'number' && typeof nRequestsCap === 'number') {
    return { used: nRequestsUsed, cap: nRequestsCap }
  }
  throw new HoldfastError('answer to userRateLimit has no nRequestsUsed and nRequestsCap', {
    code: 'MALFORMED_ANSWER',
    retryable: false,
    hint: 'check that HOLDFAST_EXCHANGE_URL is a Hyperliquid API',
  })
}

/** Questions of an account that its sessions ask alike. */
const SHARED = new Set([
  'frontendOpenOrders',
  'clearinghouseState',
  'userFillsByTime',
  'userFees',
  'userRateLimit',
])

interface Queued {
  answer: Promise<unknown>
  /** Earliest start that anybody who joined has asked for. */
  startTime: number | undefined
}

/**
 * Many sessions of one account that start at once ask the same. A question that still waits for its weight may be joined: its answer
 * will be newer than the asking. One that was sent may not.
 */
function joinQueued(from: InfoParts): Info['ask'] {
  const parts: AskParts = { ...from, itemWeights: new Map() }
  const queued = new Map<string, Queued>()
  return (type, fields = {}) => {
    const { startTime, ...rest } = fields as { startTime?: number }
    const key = JSON.stringify({ type, ...rest })
    const waiting = SHARED.has(type) ? queued.get(key) : undefined
    if (waiting && (waiting.startTime === undefined) === (startTime === undefined)) {
      if (startTime !== undefined) waiting.startTime = Math.min(waiting.startTime ?? startTime, startTime)
      return waiting.answer
    }
    const own: Queued = { answer: Promise.resolve(), startTime }
    const body = (): string =>
      JSON.stringify({ type, ...rest, ...(own.startTime === undefined ? {} : { startTime: own.startTime }) })
    const leave = (): void => {
      if (queued.get(key) === own) queued.delete(key)
    }
    if (SHARED.has(type)) queued.set(key, own)
    own.answer = askPatiently(parts, type, body, leave)
    own.answer.then(leave, leave)
    return own.answer
  }
}

interface AskParts extends InfoParts {
  /** What the items of the last answer of each type weighed: as much is expected of the next one, and taken before it is asked. */
  itemWeights: Map<string, number>
}

/** Questions change nothing, so they may be repeated: after silence, 429 and 5xx. */
async function askPatiently(
  parts: AskParts,
  type: string,
  body: () => string,
  onSend: () => void,
): Promise<unknown> {
  let pauseMs: number = LIMITS.pauseMs
  for (let attempt = 1; ; attempt++) {
    const failure = await askOnce(parts, type, body, onSend)
    if ('value' in failure) return failure.value
    if (!failure.error.retryable || attempt >= LIMITS.attemptsMax) throw failure.error
    await parts.clock.sleep(Math.min(Math.max(pauseMs, failure.retryAfterMs ?? 0), LIMITS.pauseMsMax))
    pauseMs *= 2
  }
}

function spendingOf(purpose: InfoParts['purpose'], type: string): Spending {
  if (purpose === 'collect') return 'collect'
  if (PACING.has(type)) return 'urgent'
  if (!URGENT.has(type)) return 'read'
  return purpose === 'kill' ? 'cancel' : 'urgent'
}

async function askOnce(
  { transport, budget, purpose, itemWeights }: AskParts,
  type: string,
  body: () => string,
  onSend: () => void,
): Promise<{ value: unknown } | { error: HoldfastError; retryAfterMs: number | null }> {
  const kind = spendingOf(purpose, type)
  // Other reads wait for so much room anyway that their answers fit in.
  const expected = kind === 'urgent' ? (itemWeights.get(type) ?? 0) : 0
  const waitMsMax = purpose === 'collect' ? LIMITS.collectBudgetMsMax : LIMITS.budgetMsMax
  if (!(await budget.take(infoWeight(type) + expected, kind, waitMsMax))) {
    return {
      error: new RateLimitedError(type, 'own count: the weight of this minute is spent'),
      retryAfterMs: null,
    }
  }
  onSend()
  try {
    const { status, text, retryAfterMs } = await transport.post('/info', body(), LIMITS.timeoutMs)
    if (status === 429) {
      budget.exhausted(retryAfterMs, kind)
      return { error: new RateLimitedError(type, 'HTTP 429'), retryAfterMs }
    }
    if (status !== 200) return { error: new InfoRefusedError(type, status, text), retryAfterMs }
    const value: unknown = JSON.parse(text)
    const items = Array.isArray(value) ? answerWeight(type, value.length) : 0
    itemWeights.set(type, items)
    const more = Math.max(items - expected, 0)
    if (budget.charge) budget.charge(more, kind)
    else if (more > 0) budget.tryTake(more, 'cancel')
    return { value }
  } catch (error) {
    if (error instanceof NoAnswerError) return { error, retryAfterMs: null }
    if (error instanceof SyntaxError)
      return { error: new InfoRefusedError(type, 502, 'the answer is no JSON'), retryAfterMs: null }
    throw error
  }
}
