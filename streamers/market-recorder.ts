/** Market events → rows of the market tables, as many of them as the policies keep; liquidations and costs of trading beside them. */
// Not here: what a policy keeps (domain/market/recording-policy.ts), the disk and the database (clickhouse/writer), gaps (gap-log.ts).
import type * as Market from '#clickhouse/tables/market.ts'
import type * as Derived from '#clickhouse/tables/market-derived.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import type {
  AssetContextEvent,
  BboEvent,
  BookEvent,
  MarketEvent,
  MidsEvent,
  TradeEvent,
} from '#domain/events.ts'
import {
  createRowFilter,
  type Judged,
  midOf,
  type PolicyTable,
  PRESETS,
  type RecordingPolicies,
  type RowFilter,
} from '#domain/market/recording-policy.ts'
import type { Clock } from '#domain/time.ts'
import { createCandleRecorder } from '#streamers/candle-recorder.ts'
import { bboRow, bookRow, contextRow, costRows, liquidationRow, tradeRow } from '#streamers/market-rows.ts'

export type MarketTables = Pick<
  typeof Market,
  'trades' | 'l2Snapshots' | 'bbo' | 'candles' | 'mids' | 'assetContexts'
> &
  Partial<Pick<typeof Derived, 'liquidity' | 'liquidations'>>

/** Rows that came and rows that were kept, by table. */
export type KeptCounts = Record<PolicyTable, { seen: number; kept: number }>

export interface MarketRecorder {
  /** Takes the events of one frame. @throws SpoolFullError of the writer: nothing was taken, give them again later */
  take(events: readonly MarketEvent[]): void
  /** Writes forming candles that are due. Call it a few times a second. */
  tick(): void
  /** Writes every candle version not written yet: before the process ends. */
  finish(): void
  /** From now on by these policies. */
  setPolicies(policies: RecordingPolicies): void
  counts(): KeptCounts
}

export interface MarketRecorderOptions {
  writer: Pick<Writer, 'write'>
  tables: MarketTables
  clock: Pick<Clock, 'monotonicMs'>
  policies?: RecordingPolicies
  /** Vaults that take liquidated positions over, lower-case addresses. */
  liquidators?: ReadonlySet<string>
}

type Filtered = Exclude<PolicyTable, 'candles'>
const FILTERED: readonly Filtered[] = ['trades', 'bbo', 'l2_snapshots', 'mids', 'asset_contexts', 'liquidity']

export function createMarketRecorder(options: MarketRecorderOptions): MarketRecorder {
  return new Recorder(options)
}

class Recorder implements MarketRecorder {
  private readonly options: MarketRecorderOptions
  private readonly candles: ReturnType<typeof createCandleRecorder>
  private policies: RecordingPolicies
  private filters: Record<Filtered, RowFilter>
  private readonly tally: KeptCounts

  constructor(options: MarketRecorderOptions) {
    this.options = options
    this.policies = options.policies ?? PRESETS.full
    this.filters = filtersOf(this.policies)
    this.tally = Object.fromEntries(
      [...FILTERED, 'candles'].map((table) => [table, { seen: 0, kept: 0 }]),
    ) as KeptCounts
    this.candles = createCandleRecorder({
      ...{ writer: options.writer, table: options.tables.candles, clock: options.clock },
      everyMs: () => (this.policies.candles.store === 'sample' ? this.policies.candles.every_ms : 0),
      counts: this.tally.candles,
    })
  }

  take(events: readonly MarketEvent[]): void {
    const first = events[0]
    if (!first) return
    // One frame holds one kind; trades alone come several in a frame, and are taken whole or not at all.
    if (first.kind === 'trade') this.takeTrades(events as readonly TradeEvent[])
    else if (first.kind === 'bbo') this.takeBbo(first)
    else if (first.kind === 'book') this.takeBook(first)
    else if (first.kind === 'candle') this.candles.take(first)
    else if (first.kind === 'mids') this.takeMids(first)
    else this.takeContext(first)
  }

  tick(): void {
    this.candles.tick()
  }

  finish(): void {
    this.candles.finish()
  }

  setPolicies(policies: RecordingPolicies): void {
    for (const table of FILTERED)
      if (JSON.stringify(policies[table]) !== JSON.stringify(this.policies[table]))
        this.filters[table] = createRowFilter(policies[table])
    this.policies = policies
  }

  counts(): KeptCounts {
    return structuredClone(this.tally)
  }

  /** Writes what the policy of the table keeps. Its memory moves only after the writer took the row. */
  private keep(table: Filtered, row: Judged, write: () => void): void {
    const filter = this.filters[table]
    const tally = this.tally[table]
    if (filter.wants(row)) {
      write()
      filter.stored(row)
      tally.kept++
    }
    tally.seen++
  }

  private takeTrades(events: readonly TradeEvent[]): void {
    const { writer, tables, liquidators } = this.options
    const filter = this.filters.trades
    const kept =
      this.policies.trades.store === 'all'
        ? events
        : events.filter((trade) =>
            filter.wants({ coin: trade.coin, ts: trade.ts, usd: Number(trade.px) * Number(trade.sz) }),
          )
    if (kept.length > 0) writer.write(tables.trades, kept.map(tradeRow))
    this.tally.trades.seen += events.length
    this.tally.trades.kept += kept.length
    if (!liquidators || liquidators.size === 0 || !tables.liquidations) return
    // Liquidations are kept whatever the trades' policy says: they are few, and asked for by themselves.
    const found = events.filter(({ buyer, seller }) => liquidators.has(buyer) || liquidators.has(seller))
    if (found.length > 0)
      writer.write(
        tables.liquidations,
        found.map((trade) => liquidationRow(trade, liquidators.has(trade.buyer) ? 'sell' : 'buy')),
      )
  }

  private takeBbo(event: BboEvent): void {
    const { writer, tables } = this.options
    if (this.policies.bbo.store === 'all') {
      writer.write(tables.bbo, [bboRow(event)])
      this.tally.bbo.seen++
      this.tally.bbo.kept++
      return
    }
    const mid = midOf(event.bid?.px, event.ask?.px)
    this.keep('bbo', { coin: event.coin, ts: event.ts, mid }, () => writer.write(tables.bbo, [bboRow(event)]))
  }

  private takeBook(event: BookEvent): void {
    const { writer, tables } = this.options
    const { coin, ts } = event
    const mid = midOf(event.bids[0]?.px, event.asks[0]?.px)
    this.keep('l2_snapshots', { coin, ts, mid }, () => writer.write(tables.l2Snapshots, [bookRow(event)]))
    const { liquidity } = tables
    if (!liquidity || mid === null) return
    this.keep('liquidity', { coin, ts }, () => writer.write(liquidity, costRows(event)))
  }

  private takeContext(event: AssetContextEvent): void {
    const { writer, tables } = this.options
    const { kind: _kind, receivedTs, ...facts } = event
    const row = { coin: event.coin, ts: receivedTs, print: JSON.stringify(facts) }
    this.keep('asset_contexts', row, () => writer.write(tables.assetContexts, [contextRow(event)]))
  }

  private takeMids({ mids, receivedTs: ts }: MidsEvent): void {
    const { writer, tables } = this.options
    const rows = Object.entries(mids).map(([coin, mid]) => ({ coin, ts, mid }))
    const filter = this.filters.mids
    const wanted = rows.filter(({ coin, mid }) => filter.wants({ coin, ts, print: mid }))
    if (wanted.length > 0) writer.write(tables.mids, wanted)
    for (const { coin, mid } of wanted) filter.stored({ coin, ts, print: mid })
    this.tally.mids.seen += rows.length
    this.tally.mids.kept += wanted.length
  }
}

const filtersOf = (policies: RecordingPolicies): Record<Filtered, RowFilter> =>
  Object.fromEntries(FILTERED.map((table) => [table, createRowFilter(policies[table])])) as Record<
    Filtered,
    RowFilter
  >
