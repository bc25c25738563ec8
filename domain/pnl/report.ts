/** Profit and loss of any window, grouped by account, session, strategy, coin or day, from the days of the ledger and marks; exact. */
// Not here: the ledger (fold.ts), where its days and the marks come from (clickhouse/pnl/report-store.ts).
import { type Decimal, type FixedE8, formatFixed, mulE8, parseFixed } from '#domain/fixed-point.ts'
import { DAY_MS, type EpochMs, isoDay } from '#domain/time.ts'

/** What a report can be grouped by. */
export const GROUPINGS = ['account', 'session', 'strategy', 'coin', 'day'] as const
export type Grouping = (typeof GROUPINGS)[number]

/** One stored day of one lane. Amounts × 1e8. */
export interface LedgerDay {
  account: string
  /** '' for the account's own lane, which holds the sessions' too. */
  session: string
  coin: string
  day: EpochMs
  fills: number
  disputed: number
  volume: FixedE8
  realised: FixedE8
  takerFees: FixedE8
  makerFees: FixedE8
  builderFees: FixedE8
  rebates: FixedE8
  funding: FixedE8
  /** At the end of the day, signed. */
  sz: FixedE8
  /** What the position cost: negative for a short. */
  signedCost: FixedE8
}

export interface ReportInput {
  /** Ordered by day within a lane; of lanes that began earlier, the last day before the window is among them. */
  days: readonly LedgerDay[]
  from: EpochMs
  /** First millisecond after the last day. */
  to: EpochMs
  by: readonly Grouping[]
  /** USD per coin at the end of a day; the newest known price at or before it, null where there was none yet. */
  mark(coin: string, day: EpochMs): FixedE8 | null
  strategyOf(session: string): string
}

/** Fills that no known session placed: by hand, or by another program. */
export const NO_SESSION = '(no session)'

/** Money in USD, exact decimals. */
export interface PnlGroup {
  account?: string
  session_id?: string
  strategy?: string
  coin?: string
  day?: string
  fills: number
  disputed_fills: number
  volume_usd: Decimal
  /** Gross of fees, size-weighted entry. */
  realized_pnl_usd: Decimal
  /** Of what is held at the end, at its mark; a coin without any price counts at cost. */
  unrealized_pnl_usd: Decimal
  /** Against the start of the window. */
  unrealized_change_usd: Decimal
  taker_fees_usd: Decimal
  maker_fees_usd: Decimal
  builder_fees_usd: Decimal
  rebates_usd: Decimal
  /** All fees less rebates. */
  fees_usd: Decimal
  /** Negative when paid. */
  funding_usd: Decimal
  /** realized + change of unrealized − fees + funding. */
  net_pnl_usd: Decimal
  /** Signed coins by coin at the end; flat coins are absent. */
  positions: Record<string, Decimal>
}

const SUMS = ['volume', 'realised', 'takerFees', 'makerFees', 'builderFees', 'rebates', 'funding'] as const
type Sums = Record<(typeof SUMS)[number], FixedE8>

interface Group extends Sums {
  keys: Partial<Record<Grouping, string>>
  fills: number
  disputed: number
  unrealised: FixedE8
  change: FixedE8
  positions: Map<string, FixedE8>
}

/** Groups in the order of their keys; empty without days. Sums over groups equal the sums over the whole, to the last place. */
export function reportPnl(input: ReportInput): PnlGroup[] {
  const groups = new Map<string, Group>()
  const bySession = input.by.includes('session') || input.by.includes('strategy')
  const lanes = Map.groupBy(
    bySession ? apart(input.days) : input.days.filter(({ session }) => session === ''),
    laneKey,
  )
  for (const lane of lanes.values()) addLane(input, lane, groups)
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => finished(group))
}

const laneKey = ({ account, session, coin }: LedgerDay): string => [account, session, coin].join('\n')

/** Lanes of sessions, and what is left of the account's own lane without them. */
function apart(days: readonly LedgerDay[]): LedgerDay[] {
  const rest = new Map<string, LedgerDay>()
  for (const day of days)
    if (day.session === '')
      rest.set(`${day.account}\n${day.coin}\n${day.day}`, { ...day, session: NO_SESSION })
  const sessions = days.filter(({ session }) => session !== '')
  for (const own of sessions) {
    const left = rest.get(`${own.account}\n${own.coin}\n${own.day}`)
    if (!left) continue
    left.fills -= own.fills
    left.sz -= own.sz
    left.signedCost -= own.signedCost
    for (const sum of SUMS) left[sum] -= own[sum]
  }
  // Disputes are with the venue, which knows the account's position alone.
  const idle = new Set(
    [...Map.groupBy(rest.values(), laneKey)].flatMap(([key, lane]) => (lane.every(isNothing) ? [key] : [])),
  )
  return [...[...rest.values()].filter((day) => !idle.has(laneKey(day))), ...sessions]
}

const isNothing = (day: LedgerDay): boolean =>
  day.fills === 0 && day.sz === 0n && day.signedCost === 0n && SUMS.every((sum) => day[sum] === 0n)

function addLane(input: ReportInput, lane: readonly LedgerDay[], groups: Map<string, Group>): void {
  const { from, to, by } = input
  const first = lane[0] as LedgerDay
  const before = lane.findLast(({ day }) => day < from)
  const inside = lane.filter(({ day }) => day >= from && day < to)
  const worth = (held: LedgerDay | undefined, day: EpochMs): FixedE8 => {
    const mark = held && held.sz !== 0n ? input.mark(held.coin, day) : null
    return held && mark !== null ? signedMul(held.sz, mark) - held.signedCost : 0n
  }
  if (!before && inside.length === 0) return
  let level = worth(before, from - DAY_MS)
  const step = (day: EpochMs, rows: readonly LedgerDay[], held: LedgerDay | undefined): void => {
    const unrealised = worth(held, day)
    if (rows.length === 0 && unrealised === level && (held?.sz ?? 0n) === 0n) return
    const group = groupOf(groups, keysOf(input, first, day))
    group.unrealised += unrealised
    group.change += unrealised - level
    level = unrealised
    for (const row of rows) {
      group.fills += row.fills
      group.disputed += row.disputed
      for (const sum of SUMS) group[sum] += row[sum]
    }
    if (held && held.sz !== 0n)
      group.positions.set(held.coin, (group.positions.get(held.coin) ?? 0n) + held.sz)
  }
  if (!by.includes('day')) {
    step(to - DAY_MS, inside, inside.at(-1) ?? before)
    return
  }
  let held = before
  let at = 0
  for (let day = before ? from : (inside[0]?.day ?? from); day < to; day += DAY_MS) {
    const row = inside[at]?.day === day ? inside[at++] : undefined
    held = row ?? held
    step(day, row ? [row] : [], held)
  }
}

const signedMul = (sz: FixedE8, px: FixedE8): FixedE8 => (sz < 0n ? -mulE8(-sz, px) : mulE8(sz, px))

const keysOf = ({ by, strategyOf }: ReportInput, lane: LedgerDay, day: EpochMs): Group['keys'] => {
  const values: Record<Grouping, () => string> = {
    account: () => lane.account,
    session: () => lane.session,
    strategy: () => (lane.session === NO_SESSION ? NO_SESSION : strategyOf(lane.session)),
    coin: () => lane.coin,
    day: () => isoDay(day),
  }
  return Object.fromEntries(by.map((key) => [key, values[key]()]))
}

function groupOf(groups: Map<string, Group>, keys: Group['keys']): Group {
  const name = Object.values(keys).join('\n')
  const known = groups.get(name)
  if (known) return known
  const made: Group = {
    ...{ keys, fills: 0, disputed: 0, unrealised: 0n, change: 0n, positions: new Map() },
    ...{ volume: 0n, realised: 0n, takerFees: 0n, makerFees: 0n, builderFees: 0n, rebates: 0n, funding: 0n },
  }
  groups.set(name, made)
  return made
}

function finished(group: Group): PnlGroup {
  const { session, ...keys } = group.keys
  const fees = group.takerFees + group.makerFees + group.builderFees - group.rebates
  const held = [...group.positions].filter(([, sz]) => sz !== 0n).sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    ...keys,
    ...(session !== undefined && { session_id: session }),
    fills: group.fills,
    disputed_fills: group.disputed,
    volume_usd: formatFixed(group.volume),
    realized_pnl_usd: formatFixed(group.realised),
    unrealized_pnl_usd: formatFixed(group.unrealised),
    unrealized_change_usd: formatFixed(group.change),
    taker_fees_usd: formatFixed(group.takerFees),
    maker_fees_usd: formatFixed(group.makerFees),
    builder_fees_usd: formatFixed(group.builderFees),
    rebates_usd: formatFixed(group.rebates),
    fees_usd: formatFixed(fees),
    funding_usd: formatFixed(group.funding),
    net_pnl_usd: formatFixed(group.realised + group.change - fees + group.funding),
    positions: Object.fromEntries(held.map(([coin, sz]) => [coin, formatFixed(sz)])),
  }
}

/** The sum over groups that do not overlap. Unrealized is that of the last day where groups are days. */
export function totalOf(groups: readonly PnlGroup[]): Omit<PnlGroup, 'positions' | 'unrealized_pnl_usd'> {
  const sum = (field: keyof PnlGroup): Decimal =>
    formatFixed(groups.reduce((total, group) => total + parseFixed(String(group[field])), 0n))
  return {
    fills: groups.reduce((total, group) => total + group.fills, 0),
    disputed_fills: groups.reduce((total, group) => total + group.disputed_fills, 0),
    volume_usd: sum('volume_usd'),
    realized_pnl_usd: sum('realized_pnl_usd'),
    unrealized_change_usd: sum('unrealized_change_usd'),
    taker_fees_usd: sum('taker_fees_usd'),
    maker_fees_usd: sum('maker_fees_usd'),
    builder_fees_usd: sum('builder_fees_usd'),
    rebates_usd: sum('rebates_usd'),
    fees_usd: sum('fees_usd'),
    funding_usd: sum('funding_usd'),
    net_pnl_usd: sum('net_pnl_usd'),
  }
}
