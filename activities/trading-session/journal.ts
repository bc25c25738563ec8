/** The session's journal over the row writer: intents durable on disk before their order goes out, everything else on the way. */
// Not here: the spool and its inserts (clickhouse/writer), fills as the venue tells them (streamers/account-recorder.ts).

import { type MakerSink, writeMakerRow } from '#activities/trading-session/maker-rows.ts'
import type {
  DecisionRow,
  EquityRow,
  OrderRow,
  QuoteRow,
  SessionEventRow,
} from '#clickhouse/tables/trading.ts'
import { type Cloid, parseCloid } from '#domain/ids.ts'
import type { CancelAnswer, Journal, OrderAnswer } from '#domain/session/ports.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import type { Clock, EpochMs } from '#domain/time.ts'

/** Rows are taken at once and inserted later; `flush` resolves when all of them are on disk. */
export interface JournalSink extends Partial<MakerSink> {
  orders(row: OrderRow): void
  decisions(row: DecisionRow): void
  events(row: SessionEventRow): void
  quotes(row: QuoteRow): void
  equity(row: EquityRow): void
  flush(): Promise<void>
}

export interface JournalFacts {
  session_id: string
  account: string
  epoch: number
  run: number
}

const LIMITS = { knownOrdersMax: 5_000, plotEveryMs: 1_000 } as const

export function createJournal(facts: JournalFacts, sink: JournalSink, clock: Pick<Clock, 'now'>): Journal {
  const known = new Map<Cloid, OrderIntent>()
  let eventSeq = 0
  const plotted = new Map<string, EpochMs>()
  /** Plots need no more than a point a second. */
  const isDue = (what: string, ts: EpochMs): boolean => {
    if (ts - (plotted.get(what) ?? Number.NEGATIVE_INFINITY) < LIMITS.plotEveryMs) return false
    plotted.set(what, ts)
    return true
  }
  const { session_id, run } = facts
  return {
    decision(decision) {
      const { seq, ts, coin, kind, reason, gate, inputs, reasons, gates } = decision
      sink.decisions({
        session_id,
        run,
        decision_seq: seq,
        ts,
        epoch: facts.epoch,
        coin,
        kind,
        reason,
        gate,
        inputs: JSON.stringify(inputs),
        reasons: reasons && reasons.length > 1 ? JSON.stringify(reasons) : '',
        gates: gates && gates.length > 0 ? JSON.stringify(gates) : '',
      })
    },
    async intent(order, { epoch, ts }) {
      remember(known, order)
      sink.orders(orderRow(facts, order, { epoch, ts, status: 'intent', oid: 0, message: '' }))
      await sink.flush()
    },
    answer(answer, { epoch, ts }) {
      const order = known.get(answer.cloid)
      // Of an order of an earlier segment only the id is known here; the venue's own updates tell the rest.
      const row = order ? orderRow(facts, order, said(answer, epoch, ts)) : bareRow(facts, answer, epoch, ts)
      if (row) sink.orders(row)
    },
    event(kind, details) {
      eventSeq += 1
      sink.events({
        session_id,
        run,
        ts: clock.now(),
        seq: eventSeq,
        kind,
        details: JSON.stringify({ epoch: facts.epoch, ...details }),
      })
    },
    quotes({ ts, coin, bid, ask, mid, positionSz, gate = '' }) {
      if (!isDue(`quotes ${coin}`, ts)) return
      sink.quotes({
        session_id,
        ts,
        coin,
        bid_px: bid?.px ?? '0',
        bid_sz: bid?.sz ?? '0',
        ask_px: ask?.px ?? '0',
        ask_sz: ask?.sz ?? '0',
        mid,
        position_sz: positionSz,
        gate,
      })
    },
    maker: (row) => writeMakerRow(sink, { session_id, run }, row),
    equity({ ts, equityUsd, netPnlUsd, positions }) {
      if (!isDue('equity', ts)) return
      sink.equity({
        session_id,
        run,
        ts,
        equity_usd: equityUsd,
        net_pnl_usd: netPnlUsd,
        position: JSON.stringify(positions),
      })
    },
  }
}

/** Oldest first out: an answer comes within seconds of its intent. */
function remember(known: Map<Cloid, OrderIntent>, order: OrderIntent): void {
  known.set(order.cloid, order)
  if (known.size > LIMITS.knownOrdersMax) known.delete(known.keys().next().value ?? '')
}

interface Said {
  epoch: number
  ts: EpochMs
  status: string
  oid: number
  message: string
}

const said = (answer: OrderAnswer | CancelAnswer, epoch: number, ts: EpochMs): Said => ({
  epoch,
  ts,
  status: answer.status,
  oid: 'oid' in answer ? answer.oid : 0,
  message: 'message' in answer ? answer.message : '',
})

function orderRow(
  facts: JournalFacts,
  order: OrderIntent,
  { epoch, ts, status, oid, message }: Said,
): OrderRow {
  return {
    account: facts.account,
    cloid: order.cloid,
    oid,
    session_id: facts.session_id,
    epoch,
    run: facts.run,
    seq: parseCloid(order.cloid)?.seq ?? 0,
    coin: order.coin,
    side: order.side,
    px: order.px,
    sz: order.sz,
    tif: order.tif,
    reduce_only: order.reduce_only,
    trigger_px: order.trigger?.px ?? '0',
    purpose: order.purpose,
    status,
    message,
    status_ts: ts,
  }
}

/** Null where the answer says nothing worth a row: a cancel of what was gone already. */
function bareRow(
  facts: JournalFacts,
  answer: OrderAnswer | CancelAnswer,
  epoch: number,
  ts: EpochMs,
): OrderRow | null {
  if (answer.status === 'gone') return null
  const order: OrderIntent = {
    cloid: answer.cloid,
    coin: '',
    side: 'buy',
    px: '0',
    sz: '0',
    tif: 'gtc',
    reduce_only: false,
    purpose: '',
  }
  return { ...orderRow(facts, order, said(answer, epoch, ts)), tif: '' }
}
