/** Makes the ledger of days from fills and funding: only days whose inputs changed and those after them, restartable anywhere. */
// Not here: the arithmetic (domain/pnl/fold.ts), net asset value (activities/pnl-nav.ts), the schedule (workflows/schedules.ts).
import type { ChangedDay, LedgerStore } from '#clickhouse/pnl/ledger-store.ts'
import type { PnlDailyRow, PnlSessionRow } from '#clickhouse/tables/pnl.ts'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { Fold, type FoldStart, type FundingPayment } from '#domain/pnl/fold.ts'
import type { LaneDay } from '#domain/pnl/types.ts'
import { DAY_MS, type EpochMs } from '#domain/time.ts'

export interface PnlDeps {
  store: LedgerStore
  /** Tells that work goes on, with what was done so far. */
  progress(done: PnlProgress): void
}

export interface PnlProgress {
  account: string
  /** Coins whose days are being made. */
  coins: number
  fills: number
  rows: number
}

export interface PnlReport {
  accounts: string[]
  days_changed: number
  fills: number
  rows: number
  disputed_fills: number
  breaks: number
  /** First day that was made again, by account. */
  changed_from: Record<string, EpochMs>
}

/** More than this many different first days, and an account's coins are made together from the earliest. */
const GROUPS_MAX = 8
/** Rows that wait in memory before they are stored. */
const ROWS_MAX = 20_000

export const createPnlActivities = (deps: PnlDeps) => ({
  /** Accounts of which days have to be made again. */
  planLedger: async ({
    account = '',
  }: {
    account?: string
  } = {}): Promise<{ account: string; days: number }[]> => {
    const changed = await deps.store.changed(account, await deps.store.sessions())
    const byAccount = Map.groupBy(changed, (day) => day.account)
    return [...byAccount].map(([name, days]) => ({ account: name, days: days.length }))
  },

  /** @param account unset: all that have fills */
  computeLedger: async ({ account = '' }: { account?: string } = {}): Promise<PnlReport> => {
    const known = await deps.store.sessions()
    const names = new Map(known.tags.map((tag, at) => [tag, known.ids[at] as string]))
    const changed = await deps.store.changed(account, known)
    const report: PnlReport = {
      ...{ accounts: [...new Set(changed.map((day) => day.account))], days_changed: changed.length },
      ...{ fills: 0, rows: 0, disputed_fills: 0, breaks: 0, changed_from: {} },
    }
    for (const { account: of, day_ts } of changed)
      report.changed_from[of] = Math.min(report.changed_from[of] ?? day_ts, day_ts)
    for (const work of workOf(changed)) {
      const tally = new LedgerRun(deps, work, names, report)
      await tally.run(known)
      await deps.store.saveInputs(
        work.days.map(({ account: of, coin, day_ts, digest }) => ({
          account: of,
          coin,
          day: day_ts,
          digest,
        })),
      )
    }
    return report
  },
})

export type PnlActivities = ReturnType<typeof createPnlActivities>

/** Coins of one account that are made again from one day on. */
interface Work {
  account: string
  coins: string[]
  fromTs: number
  days: ChangedDay[]
}

/** Groups changed days by account and the first day to make again. */
export function workOf(changed: readonly ChangedDay[]): Work[] {
  const byAccount = Map.groupBy(changed, ({ account }) => account)
  return [...byAccount].flatMap(([account, days]) => {
    const first = new Map<string, number>()
    for (const { coin, day_ts } of days) first.set(coin, Math.min(first.get(coin) ?? day_ts, day_ts))
    const starts = [...new Set(first.values())].sort((a, b) => a - b)
    const groups = starts.length > GROUPS_MAX ? [starts[0] as number] : starts
    return groups.map((fromTs): Work => {
      const mine = [...first].filter(([, ts]) => groups.length === 1 || ts === fromTs).map(([coin]) => coin)
      const coins = mine.sort(inByteOrder)
      const inside = new Set(coins)
      return { account, coins, fromTs, days: days.filter(({ coin }) => inside.has(coin)) }
    })
  })
}

const inByteOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** One fold over one piece of work; rows go out while it runs, so that memory stays flat. */
class LedgerRun {
  private readonly deps: PnlDeps
  private readonly work: Work
  private readonly names: ReadonlyMap<number, string>
  private readonly report: PnlReport
  private days: PnlDailyRow[] = []
  private sessions: PnlSessionRow[] = []

  constructor(deps: PnlDeps, work: Work, names: ReadonlyMap<number, string>, report: PnlReport) {
    this.deps = deps
    this.work = work
    this.names = names
    this.report = report
  }

  async run(known: Awaited<ReturnType<LedgerStore['sessions']>>): Promise<void> {
    const { store } = this.deps
    const [starts, payments] = await Promise.all([this.starts(), this.payments()])
    const fold = new Fold((day) => this.take(day), starts)
    let due = 0
    for await (const batch of store.fills(this.work, known)) {
      const last = batch.rows - 1
      const [lane, ts] = [batch.lane[last] as number, batch.ts[last] as number]
      const from = due
      while (due < payments.length && !isAfter(payments[due] as FundingPayment, lane, ts)) due += 1
      fold.take(batch, payments.slice(from, due))
      this.report.fills += batch.rows
      await this.store(ROWS_MAX)
      this.deps.progress({
        account: this.work.account,
        coins: this.work.coins.length,
        fills: this.report.fills,
        rows: this.report.rows,
      })
    }
    fold.takePayments(payments.slice(due))
    fold.end()
    await this.store(0)
  }

  private async starts(): Promise<FoldStart[]> {
    const tags = new Map([...this.names].map(([tag, name]) => [name, tag]))
    const held = await this.deps.store.heldBefore(this.work)
    return held.flatMap(({ coin, session_id, sz, cost, anchored }) => {
      const tag = session_id === '' ? 0 : tags.get(session_id)
      if (tag === undefined) return []
      const holding = { sz: parseFixed(sz), cost: parseFixed(cost), anchored }
      return [{ lane: this.work.coins.indexOf(coin), tag, holding }]
    })
  }

  private async payments(): Promise<FundingPayment[]> {
    const lanes = new Map(this.work.coins.map((coin, at) => [coin, at]))
    return (await this.deps.store.payments(this.work))
      .map(({ coin, ...rest }) => ({ lane: lanes.get(coin) ?? -1, ...rest }))
      .sort((a, b) => a.lane - b.lane || a.ts - b.ts)
  }

  private take({ lane, tag, day, sums, holding }: LaneDay): void {
    const row: PnlDailyRow = {
      account: this.work.account,
      coin: this.work.coins[lane] as string,
      day: day * DAY_MS,
      fills: sums.fills,
      maker_fills: sums.makerFills,
      closing_fills: sums.closing,
      disputed_fills: sums.disputed,
      breaks: sums.breaks,
      anchors: sums.anchors,
      volume_usd: formatFixed(sums.volume),
      realized_usd: formatFixed(sums.realised),
      venue_realized_usd: formatFixed(sums.venueRealised),
      taker_fees_usd: formatFixed(sums.takerFees),
      maker_fees_usd: formatFixed(sums.makerFees),
      builder_fees_usd: formatFixed(sums.builderFees),
      rebates_usd: formatFixed(sums.rebates),
      funding_usd: formatFixed(sums.funding),
      position_sz: formatFixed(holding.sz),
      cost_usd: formatFixed(holding.cost),
      anchored: holding.anchored,
    }
    this.report.rows += 1
    if (tag !== 0) this.sessions.push({ session_id: this.names.get(tag) ?? '', ...row })
    else {
      this.days.push(row)
      this.report.disputed_fills += sums.disputed
      this.report.breaks += sums.breaks
    }
  }

  private async store(above: number): Promise<void> {
    if (this.days.length + this.sessions.length <= above) return
    const [days, sessions] = [this.days, this.sessions]
    this.days = []
    this.sessions = []
    await this.deps.store.saveDays(days)
    await this.deps.store.saveSessions(sessions)
  }
}

const isAfter = (payment: FundingPayment, lane: number, ts: number): boolean =>
  payment.lane > lane || (payment.lane === lane && payment.ts > ts)
