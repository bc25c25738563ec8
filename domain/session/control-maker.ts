/** The coordinator's part of making markets: judges each cycle by its session PnL and decides the mode that the next segment quotes in. */
// Not here: the rule (domain/session-pnl/mode.ts), what a mode does to quotes (domain/strategies/maker/plan.ts).
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { remember, type SessionBook } from '#domain/session/book.ts'
import { careForCycle, paramsInForce } from '#domain/session/control-care.ts'
import type { SessionInput } from '#domain/session/input.ts'
import { sumsOf } from '#domain/session/maker-pnl.ts'
import { recallMaker } from '#domain/session/maker-state.ts'
import { firstMode, type ModeState, settingOf, stepMode } from '#domain/session-pnl/mode.ts'
import type { ModeName } from '#domain/session-pnl/mode-table.ts'
import { NO_TRADES, type TradeSums, tradePnl, tradesBetween } from '#domain/session-pnl/trade-pnl.ts'
import type { MakerParams } from '#domain/strategies/maker/params.ts'
import type { EpochMs } from '#domain/time.ts'

type MakerInput = Extract<SessionInput, { engine: 'maker' }>
type Params = MakerInput['params']

const isMaker = (params: Params): params is MakerParams => params.strategy !== 'touch'

/** What the workflow carries between cycles, plain JSON: the mode, and the sums at the end of the last cycle. */
interface MakerBook {
  mode: ModeState
  sums: Readonly<Record<string, Readonly<Record<keyof TradeSums, string>>>>
  cycles: number
}

/** A maker shows the workflow its position and PnL at least this often. */
const ROTATE_MS = 5 * 60_000

export const makerRotateMs = (params: Params): number =>
  isMaker(params) ? params.mode_cycle_s * 1_000 : ROTATE_MS

/** It lies in the checkpoint beside the engine's own memory, which every segment carries on and hands back. */
const bookOf = (book: SessionBook, ts: EpochMs): MakerBook =>
  (book.checkpoint.engine.judged as MakerBook | undefined) ?? { mode: firstMode(ts), sums: {}, cycles: 0 }

/** The mode that the next segment quotes in; null leaves distance and levels to the knobs. */
export function makerMode(book: SessionBook): ModeName | null {
  const params = book.params as Params
  if (!isMaker(params) || params.mode === 'off') return null
  return params.mode === 'auto' ? bookOf(book, book.startedTs).mode.mode : params.mode
}

/** The knobs that the next segment quotes with: those of the session, or what the advisor makes of them. */
export const makerParams = (book: SessionBook, params: Params): Params =>
  isMaker(params) ? paramsInForce(book, params) : params

/** At the end of a full cycle: trade PnL of the session and of the cycle alone, per coin and summed, and what follows for the mode. */
export function judgeCycle(book: SessionBook, coins: readonly string[], ts: EpochMs): void {
  const params = book.params as Params
  if (!isMaker(params)) return
  const was = bookOf(book, book.startedTs)
  const sums = new Map(book.checkpoint.positions.map((position) => [position.coin, sumsOf(position)]))
  const usd = (of: (coin: string) => TradeSums): number =>
    coins.reduce((total, coin) => total + Number(tradePnl(of(coin)).netUsd), 0)
  const now = (coin: string): TradeSums => sums.get(coin) ?? NO_TRADES
  // The first cycle has nothing before it that it could be compared with.
  const cycleUsd = was.cycles === 0 ? 0 : usd((coin) => tradesBetween(read(was.sums[coin]), now(coin)))
  const sessionUsd = usd(now)
  const facts = recallMaker(book.checkpoint.engine).cycle
  const inputs = {
    spreadBps: facts?.spread_bps ?? null,
    cycleUsd,
    sessionUsd,
    adverse: facts?.adverse ?? false,
  }
  const { state, verdict, changed } = stepMode(was.mode, inputs, ts)
  const judged: MakerBook = {
    mode: state,
    sums: Object.fromEntries(coins.map((coin) => [coin, write(now(coin))])),
    cycles: was.cycles + 1,
  }
  book.checkpoint = { ...book.checkpoint, engine: { ...book.checkpoint.engine, judged } }
  const applies = params.mode === 'auto'
  const setting = settingOf(state.mode)
  remember(book, {
    ts,
    coin: coins.join(','),
    kind: changed && applies ? 'params' : 'hold',
    reason: changed ? `MODE_${state.mode}` : 'MODE_KEPT',
    gate: '',
    inputs: {
      ...{ mode: state.mode, was: was.mode.mode, wanted: verdict.mode, why: verdict.reason, applies },
      ...{ distance_bps: setting.distanceBps, levels: setting.levels, cycle: was.cycles + 1 },
      ...{
        cycle_usd: round(cycleUsd),
        session_usd: round(sessionUsd),
        spread_bps: facts?.spread_bps ?? null,
      },
      exact_usd: facts?.exact_usd ?? null,
      inventory_usd: facts?.inventory_usd ?? null,
      carry_in_usd: facts?.carry_in_usd ?? null,
      funding_usd: facts?.funding_usd ?? null,
    },
  })
  careForCycle(book, params, ts)
}

const round = (value: number): number => Math.round(value * 1e8) / 1e8

const FIELDS = ['buySzE8', 'buyUsdE8', 'sellSzE8', 'sellUsdE8', 'feesE8'] as const

function write(sums: TradeSums): Record<keyof TradeSums, string> {
  const texts = FIELDS.map((field) => [field, formatFixed(sums[field])] as const)
  return { ...Object.fromEntries(texts), fills: String(sums.fills) } as Record<keyof TradeSums, string>
}

function read(kept: Readonly<Record<keyof TradeSums, string>> | undefined): TradeSums {
  if (kept === undefined) return NO_TRADES
  const values = FIELDS.map((field) => [field, parseFixed(kept[field])] as const)
  return { ...Object.fromEntries(values), fills: Number(kept.fills) } as unknown as TradeSums
}
