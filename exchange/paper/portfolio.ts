/** The portfolio answer: account value and PnL over time, rebuilt from what happened to the account. */
// Sampled values are not kept: between events an account's history is drawn from its ledger, fills and funding, and ends with its value now.
import type { EpochMs } from '#domain/time.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import { accountValue } from '#exchange/paper/engine/margin.ts'
import { type EngineState, marksOf } from '#exchange/paper/engine/state.ts'
import { formatUsd } from '#exchange/paper/engine/units.ts'

const DAY_MS = 86_400_000
const PERIODS: readonly [string, number][] = [
  ['day', DAY_MS],
  ['week', 7 * DAY_MS],
  ['month', 30 * DAY_MS],
  ['allTime', Number.POSITIVE_INFINITY],
]
/** Points of one curve. */
const POINTS_MAX = 100

type Point = [EpochMs, string]

interface Curve {
  accountValueHistory: Point[]
  pnlHistory: Point[]
  vlm: string
}

/** Realised changes of an account, oldest first: [time, value, pnl], micro-dollars. */
function steps(account: Account): [number, number, number][] {
  const changes: [number, number, number][] = [
    ...account.ledger.map(({ ts, usd }): [number, number, number] => [ts, usd, 0]),
    ...account.fills.map(({ ts, closedPnl, fee }): [number, number, number] => [
      ts,
      closedPnl - fee,
      closedPnl - fee,
    ]),
    ...account.funding.map(({ ts, usd }): [number, number, number] => [ts, usd, usd]),
  ]
  return changes.sort((a, b) => a[0] - b[0])
}

function curve(state: EngineState, account: Account, now: EpochMs, lengthMs: number): Curve {
  const from = Math.max(account.createdTs, now - lengthMs)
  const value = accountValue(account, marksOf(state))
  const changes = steps(account)
  const inside = changes.filter(([ts]) => ts >= from)
  const pnlInside = inside.reduce((sum, change) => sum + change[2], 0)
  const valueInside = inside.reduce((sum, change) => sum + change[1], 0)
  // What is not realised yet belongs to the last point.
  const realisedValue = account.deposited + account.realised - account.fees + account.funded
  const open = value - realisedValue
  const values: Point[] = [[from, formatUsd(realisedValue - valueInside)]]
  const pnls: Point[] = [[from, '0.0']]
  let valueAt = realisedValue - valueInside
  let pnlAt = 0
  const stride = Math.max(1, Math.ceil(inside.length / POINTS_MAX))
  for (const [index, [ts, valueChange, pnlChange]] of inside.entries()) {
    valueAt += valueChange
    pnlAt += pnlChange
    if (index % stride !== 0) continue
    values.push([ts, formatUsd(valueAt)])
    pnls.push([ts, formatUsd(pnlAt)])
  }
  values.push([now, formatUsd(value)])
  pnls.push([now, formatUsd(pnlInside + open)])
  const volume = account.fills.filter(({ ts }) => ts >= from).reduce((sum, { px, sz }) => sum + px * sz, 0)
  return {
    accountValueHistory: values,
    pnlHistory: pnls,
    vlm: formatUsd(Number.isFinite(lengthMs) ? volume : account.cumVolume),
  }
}

const NOTHING: Curve = { accountValueHistory: [], pnlHistory: [], vlm: '0.0' }

/** Eight periods in the venue's order; everything here is perps, so both halves agree. */
export function portfolio(state: EngineState, account: Account | undefined, now: EpochMs): [string, Curve][] {
  const curves = PERIODS.map(([name, lengthMs]): [string, Curve] => [
    name,
    account ? curve(state, account, now, lengthMs) : NOTHING,
  ])
  const perps = curves.map(([name, one]): [string, Curve] => [
    `perp${(name[0] as string).toUpperCase()}${name.slice(1)}`,
    one,
  ])
  return [...curves, ...perps]
}
