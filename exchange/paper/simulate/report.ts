/** What a simulated maker session came to, as the JSON that `holdfast simulate --json` prints. */
// Not here: counting (ledger.ts). USD, basis points, fractions as percent; names as in the report of `holdfast backtest`.
import type { EpochMs } from '#domain/time.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import { unrealised } from '#exchange/paper/engine/margin.ts'
import type { EngineState } from '#exchange/paper/engine/state.ts'
import { pow10, USD } from '#exchange/paper/engine/units.ts'
import type { Latency } from '#exchange/paper/latency.ts'
import { type CoinSums, type Ledger, MARKOUTS_MS } from '#exchange/paper/simulate/ledger.ts'
import type { MakerSession } from '#exchange/paper/simulate/maker-desk.ts'
import type { Tape } from '#exchange/paper/simulate/tape.ts'

/** Of one coin or of all. */
export interface TradeFigures {
  fills: number
  volume_usd: number
  /** Share of the volume that rested. */
  maker_share: number | null
  /** Distance of maker fills from the mid at that moment, weighted by notional; above 0 was earned. */
  spread_capture_bps: number | null
  /** Mid against the fill's price so long after it; below 0 the market went against us. */
  markout_bps: Record<`${number}s`, number | null>
  fees_usd: number
  funding_usd: number
  realised_usd: number
  position_usd_max: number
}

export interface SimulationReport extends TradeFigures {
  strategy: string
  data: string
  coins: string[]
  from_ts: EpochMs
  to_ts: EpochMs
  hours: number
  events: number
  passes: number
  orders: number
  cancels: number
  rejected: number
  equity_start_usd: number
  equity_end_usd: number
  pnl_usd: number
  return_pct: number
  max_drawdown_usd: number
  max_drawdown_pct: number
  unrealised_usd: number
  /** Why the session ended itself; null when it ran to the end of the data. */
  ended: string | null
  /** Buy and hold of the first coin, percent. */
  holding_return_pct: number | null
  /** How often each reason was decided, most first. */
  reasons: { reason: string; times: number }[]
  model: { latency: Latency; queue: 'behind what is shown'; fees: 'venue tiers' }
  by_coin: Record<string, TradeFigures & { position_sz: number; unrealised_usd: number }>
  equity_curve: [ts: EpochMs, equity_usd: number][]
}

const round = (value: number, places: number): number => {
  const power = 10 ** places
  return Math.round(value * power) / power + 0
}
const ratio = (part: number, whole: number, places: number): number | null =>
  whole === 0 ? null : round(part / whole, places)

function figures(sums: readonly CoinSums[]): TradeFigures {
  const total = (of: (one: CoinSums) => number): number => sums.reduce((sum, one) => sum + of(one), 0)
  const maker = total(({ makerNtl }) => makerNtl)
  const all = maker + total(({ takerNtl }) => takerNtl)
  const markouts = MARKOUTS_MS.map((afterMs, at) => [
    `${afterMs / 1_000}s`,
    ratio(
      total(({ markoutBpsNtl }) => markoutBpsNtl[at] ?? 0),
      total(({ markoutNtl }) => markoutNtl[at] ?? 0),
      4,
    ),
  ])
  return {
    fills: total(({ fills }) => fills),
    volume_usd: round(all / USD, 2),
    maker_share: ratio(maker, all, 6),
    spread_capture_bps: ratio(
      total(({ captureBpsNtl }) => captureBpsNtl),
      maker,
      4,
    ),
    markout_bps: Object.fromEntries(markouts),
    fees_usd: round(total(({ fees }) => fees) / USD, 6),
    funding_usd: round(total(({ funding }) => funding) / USD, 6),
    realised_usd: round(total(({ closedPnl }) => closedPnl) / USD, 6),
    position_usd_max: round(Math.max(0, ...sums.map(({ positionNtlMax }) => positionNtlMax)) / USD, 2),
  }
}

/** From the first mid of the data to the last, percent. */
function holdingReturn(ledger: Ledger, asset: number | undefined): number | null {
  const first = asset === undefined ? 0 : (ledger.firstMids[asset] ?? 0)
  return first === 0 || asset === undefined ? null : round((ledger.mid(asset) / first - 1) * 100, 4)
}

export function report(of: {
  tape: Tape
  session: MakerSession
  ledger: Ledger
  account: Account
  state: EngineState
  equityUsd: number
  latency: Latency
  ended: string | null
  beganTs: EpochMs
  endedTs: EpochMs
}): SimulationReport {
  const { tape, session, ledger, account, state, equityUsd } = of
  const equity = ledger.equity() / USD
  const openOf = (asset: number): number => {
    const coin = account.coins[asset]
    return coin && coin.szi !== 0 ? unrealised(coin, state.marks(asset)) / USD : 0
  }
  const specs = tape.specs.filter(({ name }) => session.coins.includes(name))
  const byCoin = specs.map(({ name, asset, szDecimals }) => {
    const position_sz = (account.coins[asset]?.szi ?? 0) / pow10(szDecimals)
    const own = figures([ledger.coins[asset] as CoinSums])
    return [name, { ...own, position_sz, unrealised_usd: round(openOf(asset), 6) }]
  })
  return {
    strategy: session.params.strategy,
    data: tape.source,
    coins: specs.map(({ name }) => name),
    from_ts: of.beganTs,
    to_ts: of.endedTs,
    hours: round((of.endedTs - of.beganTs) / 3_600_000, 4),
    events: tape.length,
    ...ledger.counts,
    equity_start_usd: equityUsd,
    equity_end_usd: round(equity, 6),
    pnl_usd: round(equity - equityUsd, 6),
    return_pct: round((equity / equityUsd - 1) * 100, 6),
    max_drawdown_usd: round(ledger.drawdown / USD, 6),
    max_drawdown_pct: round(ledger.drawdownShare * 100, 6),
    ...figures(ledger.coins),
    unrealised_usd: round(
      specs.reduce((sum, { asset }) => sum + openOf(asset), 0),
      6,
    ),
    ended: of.ended,
    holding_return_pct: holdingReturn(ledger, specs[0]?.asset),
    reasons: [...ledger.reasons]
      .map(([reason, times]) => ({ reason, times }))
      .sort((a, b) => b.times - a.times),
    model: { latency: of.latency, queue: 'behind what is shown', fees: 'venue tiers' },
    by_coin: Object.fromEntries(byCoin),
    equity_curve: ledger.curve,
  }
}
