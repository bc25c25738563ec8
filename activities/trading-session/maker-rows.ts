/** Rows of a running maker as rows of its tables. */
// Not here: what the rows say (domain/session/maker-rows.ts), the journal that they go through (journal.ts).
import type {
  MakerBookRecord,
  MakerChangeRecord,
  MakerCycleRecord,
  MakerLimitsRecord,
  MakerMinuteRecord,
} from '#clickhouse/tables/maker.ts'
import type {
  MakerBookRow,
  MakerCycleRow,
  MakerLimitsRow,
  MakerMinuteRow,
  MakerRow,
} from '#domain/session/maker-rows.ts'

export interface MakerSink {
  makerBooks(row: MakerBookRecord): void
  makerMinutes(row: MakerMinuteRecord): void
  makerLimits(row: MakerLimitsRecord): void
  makerCycles(row: MakerCycleRecord): void
  makerChanges(row: MakerChangeRecord): void
}

interface Owner {
  session_id: string
  run: number
}

/** Writes one row where it belongs; a journal without maker tables keeps none. */
export function writeMakerRow(sink: Partial<MakerSink>, owner: Owner, row: MakerRow): void {
  switch (row.kind) {
    case 'book':
      sink.makerBooks?.(bookRecord(owner, row))
      break
    case 'minute':
      sink.makerMinutes?.(minuteRecord(owner, row))
      break
    case 'limits':
      sink.makerLimits?.(limitsRecord(owner, row))
      break
    case 'cycle':
      sink.makerCycles?.(cycleRecord(owner, row))
      break
    case 'change': {
      const { ts, coin, knob, was, now, reason } = row
      sink.makerChanges?.({ ...owner, ts, coin, knob, was, now, reason })
    }
  }
}

/** A float as a decimal column takes it; what is no number is 0. */
const decimal = (value: number): string => (Number.isFinite(value) ? value.toFixed(8) : '0')

const bookRecord = (owner: Owner, row: MakerBookRow): MakerBookRecord => ({
  ...owner,
  ts: row.ts,
  coin: row.coin,
  cloids: row.cloids,
  bid_px: row.bidPx,
  bid_sz: row.bidSz,
  ask_px: row.askPx,
  ask_sz: row.askSz,
  spread_bps: decimal(row.spreadBps),
})

const minuteRecord = (owner: Owner, row: MakerMinuteRow): MakerMinuteRecord => ({
  ...owner,
  ts: row.ts,
  coin: row.coin,
  maker_fills: row.makerFills,
  taker_fills: row.takerFills,
  volume_usd: row.volumeUsd,
  fees_usd: row.feesUsd,
  pnl_usd: row.pnlUsd,
  position_sz: row.positionSz,
  mark_px: row.markPx,
  avg_spread_bps: decimal(row.avgSpreadBps),
  passes: row.passes,
  bid_passes: row.bidPasses,
  ask_passes: row.askPasses,
  placed: row.placed,
  cancelled: row.cancelled,
})

const limitsRecord = (owner: Owner, row: MakerLimitsRow): MakerLimitsRecord => ({
  ...owner,
  ts: row.ts,
  weight_left: decimal(row.weightLeft),
  weight_max: decimal(row.weightMax),
  ws_left: decimal(row.wsLeft),
  actions_left: decimal(row.actionsLeft),
  tier: row.tier,
  passes: row.passes,
  skipped: row.skipped,
  loop_p50_ms: decimal(row.loopP50Ms),
  loop_p99_ms: decimal(row.loopP99Ms),
})

const cycleRecord = (owner: Owner, row: MakerCycleRow): MakerCycleRecord => ({
  ...owner,
  ts: row.ts,
  coin: row.coin,
  fills: row.fills,
  buy_sz: row.buySz,
  sell_sz: row.sellSz,
  buy_avg_px: row.buyAvgPx,
  sell_avg_px: row.sellAvgPx,
  matched_sz: row.matchedSz,
  trade_usd: row.tradeUsd,
  fees_usd: row.feesUsd,
  spread_bps: decimal(row.spreadBps),
  imbalance_share: decimal(row.imbalanceShare),
  exact_usd: row.exactUsd,
  inventory_usd: row.inventoryUsd,
  carry_in_usd: row.carryInUsd,
  funding_usd: row.fundingUsd,
  unexplained_usd: row.unexplainedUsd,
  spread5_bps: decimal(row.spread5Bps),
  spread30_bps: decimal(row.spread30Bps),
  spread60_bps: decimal(row.spread60Bps),
  hour_fills: row.hourFills,
  adverse_buckets: row.adverseBuckets,
  issues: row.issues,
})
