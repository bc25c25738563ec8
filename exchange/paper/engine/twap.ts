/** TWAP orders: one size traded in slices every 30 seconds, each an IOC within 3 % of the mark. */
// Not here: reading the action (exchange/paper/twap-actions.ts). Source: venue docs, "TWAP orders".
import type { Account } from '#exchange/paper/engine/account.ts'
import type { CoinMarket } from '#exchange/paper/engine/book.ts'
import { ORDER_LIMITS } from '#exchange/paper/engine/order-checks.ts'
import { placeOrders } from '#exchange/paper/engine/place-orders.ts'
import { coinAccount, type EngineState } from '#exchange/paper/engine/state.ts'
import type { CoinSpec, Twap } from '#exchange/paper/engine/types.ts'
import { roundToTick, USD } from '#exchange/paper/engine/units.ts'

export const TWAP = {
  sliceMs: 30_000,
  minutesMin: 5,
  minutesMax: 1_440,
  slippage: 0.03,
  catchUpSlices: 3,
  randomShare: 0.2,
} as const
/** Past TWAPs kept per account. */
const KEPT = 500

export interface TwapRequest {
  asset: number
  isBuy: boolean
  /** Lots. */
  sz: number
  reduceOnly: boolean
  minutes: number
  randomize: boolean
}

const slicesOf = (twap: Pick<Twap, 'minutes'>): number => (twap.minutes * 60_000) / TWAP.sliceMs

/** Starts a TWAP; its first slice trades at once. @returns the TWAP, or the venue's text */
export function startTwap(state: EngineState, account: Account, request: TwapRequest): Twap | string {
  const spec = state.specs[request.asset]
  const market = state.markets[request.asset]
  if (!spec || !market) return `Unknown asset. asset=${request.asset}`
  const { minutes, sz } = request
  if (minutes < TWAP.minutesMin || minutes > TWAP.minutesMax)
    return `Invalid TWAP duration: ${minutes} min(s)`
  if (sz <= 0) return 'Order has zero size.'
  const { szi } = coinAccount(state, account, request.asset)
  if (request.reduceOnly && (szi === 0 || szi > 0 === request.isBuy || sz > Math.abs(szi))) {
    return 'Reduce-only TWAP order would increase position.'
  }
  const sliceNtl = (sz / slicesOf(request)) * market.markPx
  if (!request.reduceOnly && sliceNtl < ORDER_LIMITS.minNtlUsd * USD)
    return `Order must have minimum value of $10. asset=${request.asset}`
  const progress = { executedSz: 0, executedNtl: 0, lastSlice: -1, status: 'activated', error: '' } as const
  const twap: Twap = {
    id: state.nextTwapId++,
    user: account.address,
    ts: state.now,
    statusTs: state.now,
    ...request,
    ...progress,
  }
  addTwap(state, account, twap)
  recordTwap(state, twap, 'activated')
  runSlice(state, twap)
  return twap
}

/** Puts a TWAP, new or read back, where it belongs. */
export function addTwap(state: EngineState, account: Account, twap: Twap): void {
  account.twaps.set(twap.id, twap)
  if (account.twaps.size > KEPT) account.twaps.delete(account.twaps.keys().next().value as number)
  if (twap.status === 'activated') state.twaps.set(twap.id, twap)
}

/** @returns null on success, else the venue's text */
export function cancelTwap(state: EngineState, account: Account, asset: number, id: number): string | null {
  const twap = account.twaps.get(id)
  if (!twap || twap.asset !== asset || twap.status !== 'activated')
    return 'TWAP was never placed, already canceled, or filled.'
  recordTwap(state, twap, 'terminated')
  return null
}

/** Trades the slices that are due. */
export function runTwaps(state: EngineState): void {
  for (const twap of state.twaps.values()) {
    if (Math.floor((state.now - twap.ts) / TWAP.sliceMs) > twap.lastSlice) runSlice(state, twap)
  }
}

function recordTwap(state: EngineState, twap: Twap, status: Twap['status'], error = ''): void {
  twap.status = status
  twap.error = error
  twap.statusTs = state.now
  if (status !== 'activated') state.twaps.delete(twap.id)
  state.records.push({ kind: 'twap', user: twap.user, twap, ts: state.now })
}

/** One slice: what the schedule asks for by now, at most three slices' worth. */
function runSlice(state: EngineState, twap: Twap): void {
  const account = state.accounts.get(twap.user) as Account
  const market = state.markets[twap.asset] as CoinMarket
  const slices = slicesOf(twap)
  const slice = Math.min(slices - 1, Math.floor((state.now - twap.ts) / TWAP.sliceMs))
  twap.lastSlice = slice
  const base = twap.sz / slices
  const wanted = Math.round(base * (slice + 1)) - twap.executedSz
  const isLast = slice === slices - 1
  // A randomised slice is up to a fifth smaller or larger; what it leaves, the next one makes up for.
  const factor =
    twap.randomize && !isLast
      ? 1 + TWAP.randomShare * (((twap.id * 7_919 + slice * 104_729) % 2_001) / 1_000 - 1)
      : 1
  const sz = Math.min(
    Math.round(wanted * factor),
    Math.ceil(base * TWAP.catchUpSlices),
    twap.sz - twap.executedSz,
  )
  if (sz > 0 && market.markPx > 0) placeSlice(state, account, twap, market, sz)
  if (twap.status !== 'activated') return
  if (twap.executedSz >= twap.sz || isLast) recordTwap(state, twap, 'finished')
}

function placeSlice(state: EngineState, account: Account, twap: Twap, market: CoinMarket, sz: number): void {
  const { asset, isBuy, reduceOnly } = twap
  const limit = market.markPx * (isBuy ? 1 + TWAP.slippage : 1 - TWAP.slippage)
  const px = roundToTick(Math.round(limit), (state.specs[asset] as CoinSpec).pxDecimals, isBuy)
  const order = { asset, isBuy, px, sz, reduceOnly, tif: 'Ioc' as const, trigger: null, cloid: null }
  const [result] = placeOrders(state, account, {
    orders: [order],
    grouping: 'na',
    builder: null,
    twapId: twap.id,
  })
  // Out of margin or position: the rest would fail as well. A slice without a match, or below $10, waits for the next.
  const isFinal = result?.kind === 'error' && /Insufficient margin|Reduce only/.test(result.text)
  if (isFinal) recordTwap(state, twap, 'error', result.text)
}
