/** One account event as the row of its table. */
// Not here: which events become rows, and when (account-recorder.ts).
import type { LedgerUpdateRow } from '#clickhouse/tables/accounts.ts'
import type { LiquidationRow } from '#clickhouse/tables/market-derived.ts'
import type * as Trading from '#clickhouse/tables/trading.ts'
import {
  type FillEvent,
  type FundingEvent,
  type LedgerEvent,
  type OrderEvent,
  oppositeSide,
} from '#domain/events.ts'
import { formatFixed, mulE8, parseFixed } from '#domain/fixed-point.ts'
import { parseCloid } from '#domain/ids.ts'

export const fillRow = (fill: FillEvent, sessionId: string): Trading.FillRow => ({
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
  builder_fee: fill.builderFee ?? '0',
  fee_token: fill.feeToken ?? 'USDC',
})

export function orderRow(order: OrderEvent, sessionId: string): Trading.OrderRow {
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

export const fundingRow = (funding: FundingEvent): Trading.FundingPaymentRow => ({
  account: funding.account,
  coin: funding.coin,
  ts: funding.ts,
  usd: funding.usd,
  position_sz: funding.positionSz,
  rate: funding.rate,
})

export const ledgerRow = (event: LedgerEvent): LedgerUpdateRow => ({
  account: event.account,
  ts: event.ts,
  hash: event.hash,
  kind: event.word,
  usd: event.usd,
  token: event.token,
  amount: event.amount,
  fee_usd: event.feeUsd,
  details: event.details,
  received_ts: event.receivedTs,
})

/** The liquidation that a fill was part of, as the venue tells it. @param address of the account, lower-case */
export const fillLiquidationRow = (fill: FillEvent, address: string): LiquidationRow[] =>
  fill.liquidation === undefined
    ? []
    : [
        {
          coin: fill.coin,
          ts: fill.ts,
          tid: fill.tid,
          liquidated: fill.liquidation.user,
          // The account is either the liquidated one or its counterpart.
          side: fill.liquidation.user === address ? fill.side : oppositeSide(fill.side),
          px: fill.px,
          sz: fill.sz,
          notional_usd: formatFixed(mulE8(parseFixed(fill.px), parseFixed(fill.sz))),
          method: fill.liquidation.method,
          evidence: 'fill',
          received_ts: fill.receivedTs,
        },
      ]
