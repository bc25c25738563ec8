/** Positions, comparisons and orders of tracked traders → rows: changes that are worth one, the current state of what changed, every comparison. */
// Not here: following (traders-follower.ts), the tables (clickhouse/tables/traders.ts).
import type * as Tables from '#clickhouse/tables/traders.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import { type FixedE8, formatFixed, toNumber } from '#domain/fixed-point.ts'
import type { Clock, EpochMs } from '#domain/time.ts'
import type { TraderOrder } from '#domain/traders/open-orders.ts'
import type { Moved, PositionBook } from '#domain/traders/position-book.ts'
import { changeConfidence, changeOf, directionOf, isWorthARow } from '#domain/traders/position-change.ts'
import type { Reconciliation } from '#domain/traders/reconcile.ts'

export type TraderTables = Pick<
  typeof Tables,
  'traderPositions' | 'traderStates' | 'traderReconciliations' | 'traderOrders'
>

export interface TraderOrderNews extends TraderOrder {
  address: string
  status: string
  word: string
  source: 'stream' | 'sweep'
  statusTs: EpochMs
}

export interface TradersRecorder {
  moved(moved: Moved): void
  compared(result: Reconciliation): void
  orders(news: readonly TraderOrderNews[]): void
  /** Writes what has changed since the last call: of thousands of fills of a moment one row stays. */
  flush(book: PositionBook): void
  counts(): { moves: number; rows: number; states: number }
}

/** Rows given to the writer at once. */
const BATCH = 2_000

interface Pending {
  moved: Moved
  /** Size of the row stored last. */
  storedE8: FixedE8
}

export interface RecorderParts {
  writer: Pick<Writer, 'write'>
  tables: TraderTables
  clock: Pick<Clock, 'now'>
  /** Fraction of the size stored last from which an increase or decrease is a row. */
  threshold: number
  /** Score of a tracked trader; 0 where it is not known. */
  scoreOf(address: string): number
}

export const createTradersRecorder = (parts: RecorderParts): TradersRecorder => new Recorder(parts)

/** Writes in batches, so that no single insert grows with the number of traders. */
function inBatches<Row>(rows: readonly Row[], write: (batch: readonly Row[]) => void): void {
  for (let at = 0; at < rows.length; at += BATCH) write(rows.slice(at, at + BATCH))
}

class Recorder implements TradersRecorder {
  readonly #parts: RecorderParts
  /** Size of the last row, by trader and coin. */
  readonly #stored = new Map<string, FixedE8>()
  #changed = new Map<string, Pending>()
  #comparisons: Tables.TraderReconciliationRow[] = []
  /** Whose certainty has changed. */
  #looked = new Set<string>()
  readonly #counts = { moves: 0, rows: 0, states: 0 }

  constructor(parts: RecorderParts) {
    this.#parts = parts
  }

  moved(moved: Moved): void {
    this.#counts.moves++
    const key = `${moved.address} ${moved.coin}`
    const storedE8 = this.#changed.get(key)?.storedE8 ?? this.#stored.get(key) ?? moved.beforeE8
    this.#changed.set(key, { moved, storedE8 })
  }

  compared({ address, ts, isFirst, coins }: Reconciliation): void {
    this.#looked.add(address)
    const nothing = [{ coin: '', believedE8: 0n, truthE8: 0n, corrected: false }]
    for (const { coin, believedE8, truthE8, corrected } of coins.length > 0 ? coins : nothing) {
      this.#comparisons.push({
        ...{ address, ts, coin, corrected },
        believed_sz: formatFixed(believedE8),
        true_sz: formatFixed(truthE8),
        is_first: isFirst,
        received_ts: this.#parts.clock.now(),
      })
    }
  }

  orders(news: readonly TraderOrderNews[]): void {
    const { writer, tables, clock } = this.#parts
    const now = clock.now()
    const rows = news.map((order) => orderRow(order, now))
    inBatches(rows, (batch) => writer.write(tables.traderOrders, batch))
  }

  flush(book: PositionBook): void {
    const { writer, tables } = this.#parts
    const pending = [...this.#changed.values()]
    const comparisons = this.#comparisons
    const states = this.#statesToWrite(book)
    this.#changed = new Map()
    this.#comparisons = []
    this.#looked = new Set()
    const rows = pending.flatMap((each) => this.#positionRow(book, each) ?? [])
    this.#counts.rows += rows.length
    this.#counts.states += states.length
    inBatches(rows, (batch) => writer.write(tables.traderPositions, batch))
    inBatches(states, (batch) => writer.write(tables.traderStates, batch))
    inBatches(comparisons, (batch) => writer.write(tables.traderReconciliations, batch))
  }

  counts(): { moves: number; rows: number; states: number } {
    return { ...this.#counts }
  }

  #statesToWrite(book: PositionBook): Tables.TraderStateRow[] {
    const keys = new Map<string, { address: string; coin: string }>()
    for (const [key, { moved }] of this.#changed) keys.set(key, moved)
    for (const address of this.#looked) {
      keys.set(`${address} `, { address, coin: '' }) // the account itself: he may hold nothing at all
      for (const coin of book.trader(address)?.positions.keys() ?? [])
        keys.set(`${address} ${coin}`, { address, coin })
    }
    return [...keys.values()].map(({ address, coin }) => this.#stateRow(book, address, coin))
  }

  #stateRow(book: PositionBook, address: string, coin: string): Tables.TraderStateRow {
    const trader = book.trader(address)
    const position = trader?.positions.get(coin)
    const szE8 = position?.szE8 ?? 0n
    const isKnown = (trader?.baseTs ?? 0) > 0
    return {
      address,
      coin,
      status: !isKnown ? 'unknown' : coin === '' ? 'known' : directionOf(Number(szE8)),
      sz: formatFixed(szE8),
      entry_px: formatFixed(position?.entryPxE8 ?? 0n),
      confidence: book.confidence(address, coin, book.tapeTs),
      moved_ts: position?.lastTs ?? 0,
      base_ts: trader?.baseTs ?? 0,
      received_ts: this.#parts.clock.now(),
    }
  }

  #positionRow(book: PositionBook, { moved, storedE8 }: Pending): Tables.TraderPositionRow | null {
    const { clock, scoreOf, threshold } = this.#parts
    const { address, coin, ts, position, source } = moved
    // Before the venue was asked a size is only a change: the first reading makes the first row.
    if ((book.trader(address)?.baseTs ?? 0) === 0) return null
    const before = toNumber(storedE8)
    const now = toNumber(position.szE8)
    const change = changeOf(coin, before, now)
    if (!change || !isWorthARow(before, now, threshold)) return null
    this.#stored.set(`${address} ${coin}`, position.szE8)
    return {
      address,
      coin,
      ts,
      sz: formatFixed(position.szE8),
      sz_before: formatFixed(storedE8),
      entry_px: formatFixed(position.entryPxE8),
      action: change.action,
      source,
      confidence: book.confidence(address, coin, book.tapeTs),
      signal_confidence: changeConfidence(scoreOf(address), change.delta),
      received_ts: clock.now(),
    }
  }
}

const orderRow = (order: TraderOrderNews, now: EpochMs): Tables.TraderOrderRow => ({
  address: order.address,
  opened_ts: order.openedTs,
  oid: order.oid,
  coin: order.coin,
  side: order.side,
  px: order.px,
  sz: order.sz,
  original_sz: order.originalSz,
  reduce_only: order.reduceOnly,
  status: order.status,
  word: order.word,
  source: order.source,
  status_ts: order.statusTs,
  seen_ts: now,
  received_ts: now,
})
