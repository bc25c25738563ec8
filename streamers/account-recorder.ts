/** Account events → rows of fills, orders and funding payments, each with the session that its client order id names. */
// Not here: intents and answers, which the session's journal writes (activities/trading-session).
import type * as Trading from '#clickhouse/tables/trading.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import type { AccountEvent, FillEvent, FundingEvent, OrderEvent } from '#domain/events.ts'
import { parseCloid } from '#domain/ids.ts'
import type { EpochMs } from '#domain/time.ts'

export type AccountTables = Pick<typeof Trading, 'fills' | 'orders' | 'fundingPayments'>

/** The newest stored fills of one account: what a snapshot repeats up to here is not written again. */
export interface FillReach {
  account: string
  ts: EpochMs
  /** Trades of exactly `ts` that are stored. */
  tids: readonly number[]
}

export interface AccountRecorder {
  /** Takes the events of one frame. @throws SpoolFullError of the writer: give them again later */
  take(events: readonly AccountEvent[]): void
  reach(): FillReach[]
}

/**
 * @param sessionOf session id of a tag (client order id), or '' when it is not known
 * @param from reach of an earlier process
 */
export function createAccountRecorder(options: {
  writer: Pick<Writer, 'write'>
  tables: AccountTables
  sessionOf(tag: number): string
  from?: readonly FillReach[]
}): AccountRecorder {
  const { writer, tables, sessionOf } = options
  const stored = new Map(
    (options.from ?? []).map(({ account, ts, tids }) => [account, { ts, tids: new Set(tids) }]),
  )

  const isStored = (fill: FillEvent): boolean => {
    const reach = stored.get(fill.account)
    return reach !== undefined && (fill.ts < reach.ts || (fill.ts === reach.ts && reach.tids.has(fill.tid)))
  }
  const note = (fill: FillEvent): void => {
    const reach = stored.get(fill.account)
    if (!reach || fill.ts > reach.ts) stored.set(fill.account, { ts: fill.ts, tids: new Set([fill.tid]) })
    else if (fill.ts === reach.ts) reach.tids.add(fill.tid)
  }
  const session = (cloid: string): string => {
    const parts = parseCloid(cloid)
    return parts ? sessionOf(parts.tag) : ''
  }
  const takeFills = (fills: readonly FillEvent[]): void => {
    // A live fill is written whatever its time; only repetitions of the past are dropped.
    const fresh = fills.filter((fill) => !fill.snapshot || !isStored(fill))
    if (fresh.length === 0) return
    writer.write(
      tables.fills,
      fresh.map((fill) => fillRow(fill, session(fill.cloid))),
    )
    for (const fill of fresh) note(fill)
  }

  return {
    take(events) {
      const fills = events.filter((event) => event.kind === 'fill')
      const orders = events.filter((event) => event.kind === 'order')
      const fundings = events.filter((event) => event.kind === 'funding_payment')
      takeFills(fills)
      if (orders.length > 0)
        writer.write(
          tables.orders,
          orders.map((order) => orderRow(order, session(order.cloid))),
        )
      if (fundings.length > 0) writer.write(tables.fundingPayments, fundings.map(fundingRow))
    },
    reach: () => [...stored].map(([account, { ts, tids }]) => ({ account, ts, tids: [...tids] })),
  }
}

const fillRow = (fill: FillEvent, sessionId: string): Trading.FillRow => ({
  account: fill.account,
  coin: fill.coin,
  ts: fill.ts,
  tid: fill.tid,
  oid: fill.oid,
  cloid: fill.cloid,
  session_id: sessionId,
  side: fill.side,
  px: fill.px,
  sz: fill.sz,
  start_position: fill.startPosition,
  direction: fill.direction,
  closed_pnl: fill.closedPnl,
  fee: fill.fee,
  crossed: fill.crossed,
  hash: fill.hash,
  received_ts: fill.receivedTs,
})

function orderRow(order: OrderEvent, sessionId: string): Trading.OrderRow {
  const parts = parseCloid(order.cloid)
  return {
    account: order.account,
    cloid: order.cloid,
    oid: order.oid,
    session_id: sessionId,
    epoch: sessionId === '' ? 0 : (parts?.epoch ?? 0),
    run: sessionId === '' ? 0 : (parts?.run ?? 0),
    seq: sessionId === '' ? 0 : (parts?.seq ?? 0),
    coin: order.coin,
    side: order.side,
    px: order.limitPx,
    sz: order.originalSz,
    tif: '',
    reduce_only: false,
    trigger_px: '0',
    purpose: '',
    status: order.word,
    message: '',
    status_ts: order.ts,
  }
}

const fundingRow = (funding: FundingEvent): Trading.FundingPaymentRow => ({
  account: funding.account,
  coin: funding.coin,
  ts: funding.ts,
  usd: funding.usd,
  position_sz: funding.positionSz,
  rate: funding.rate,
})
