/** Engine objects in the venue's shapes: orders, fills, fundings, ledger entries. No field missing, none unknown. */
// Not here: account states (clearinghouse.ts).
import type { Account } from '#exchange/paper/engine/account.ts'
import type {
  CoinSpec,
  Fill,
  FundingPayment,
  LedgerUpdate,
  Order,
  Twap,
} from '#exchange/paper/engine/types.ts'
import { formatUnits, formatUsd } from '#exchange/paper/engine/units.ts'
import { rateText } from '#exchange/paper/market/coin-market-data.ts'

export type Specs = readonly CoinSpec[]
const specOf = (specs: Specs, asset: number): CoinSpec => specs[asset] as CoinSpec
const side = (isBuy: boolean): 'A' | 'B' => (isBuy ? 'B' : 'A')

/** Order of openOrders and orderUpdates; `sz` as it was when the update happened. */
export function wireOrder(specs: Specs, order: Order, sz = order.sz) {
  const spec = specOf(specs, order.asset)
  return {
    coin: spec.name,
    side: side(order.isBuy),
    limitPx: formatUnits(order.px, spec.pxDecimals),
    sz: formatUnits(sz, spec.szDecimals),
    oid: order.oid,
    timestamp: order.ts,
    origSz: formatUnits(order.origSz, spec.szDecimals),
    ...(order.reduceOnly ? { reduceOnly: true } : {}),
    ...(order.cloid === null ? {} : { cloid: order.cloid }),
  }
}

function orderType({ trigger, tif, twapId }: Order): string {
  if (twapId !== 0) return 'Twap Slice'
  if (!trigger) return tif === 'FrontendMarket' ? 'Market' : 'Limit'
  return `${trigger.tpsl === 'tp' ? 'Take Profit' : 'Stop'} ${trigger.isMarket ? 'Market' : 'Limit'}`
}

/** A price without trailing zeros, as in trigger conditions: "Price above 90000". */
const plain = (text: string): string => text.replace(/\.0$/, '')

export interface FrontOrder {
  coin: string
  side: 'A' | 'B'
  limitPx: string
  sz: string
  oid: number
  timestamp: number
  triggerCondition: string
  isTrigger: boolean
  triggerPx: string
  children: FrontOrder[]
  isPositionTpsl: boolean
  reduceOnly: boolean
  orderType: string
  origSz: string
  tif: string | null
  cloid: string | null
}

/** Order with its front-end fields; children are those still open, oldest first. */
export function frontOrder(specs: Specs, order: Order, open: ReadonlyMap<number, Order>): FrontOrder {
  const spec = specOf(specs, order.asset)
  const { trigger } = order
  const triggerPx = trigger ? formatUnits(trigger.px, spec.pxDecimals) : '0.0'
  const children =
    order.parent === 0
      ? (order.family ?? []).map((oid) => open.get(oid)).filter((child) => child?.place === 'parent')
      : []
  return {
    coin: spec.name,
    side: side(order.isBuy),
    limitPx: formatUnits(order.px, spec.pxDecimals),
    sz: formatUnits(order.sz, spec.szDecimals),
    oid: order.oid,
    timestamp: order.ts,
    triggerCondition: trigger ? `Price ${trigger.above ? 'above' : 'below'} ${plain(triggerPx)}` : 'N/A',
    isTrigger: trigger !== null,
    triggerPx,
    children: children.map((child) => frontOrder(specs, child as Order, open)),
    isPositionTpsl: order.isPositionTpsl,
    reduceOnly: order.reduceOnly,
    orderType: orderType(order),
    origSz: formatUnits(order.origSz, spec.szDecimals),
    tif: trigger ? null : order.tif,
    cloid: order.cloid,
  }
}

/** Open orders, newest first; children of an unfilled parent are shown inside it. */
export const openOrders = (account: Account): Order[] =>
  [...account.open.values()].filter(({ place }) => place !== 'parent').reverse()

export function wireFill(specs: Specs, fill: Fill) {
  const spec = specOf(specs, fill.asset)
  return {
    coin: spec.name,
    px: formatUnits(fill.px, spec.pxDecimals),
    sz: formatUnits(fill.sz, spec.szDecimals),
    side: side(fill.isBuy),
    time: fill.ts,
    startPosition: formatUnits(fill.startPosition, spec.szDecimals),
    dir: fill.dir,
    closedPnl: formatUsd(fill.closedPnl),
    hash: fill.hash,
    oid: fill.oid,
    crossed: fill.crossed,
    fee: formatUsd(fill.fee),
    ...(fill.builderFee > 0 ? { builderFee: formatUsd(fill.builderFee) } : {}),
    tid: fill.tid,
    ...(fill.cloid === null ? {} : { cloid: fill.cloid }),
    ...(fill.liquidation === null
      ? {}
      : {
          liquidation: { ...fill.liquidation, markPx: formatUnits(fill.liquidation.markPx, spec.pxDecimals) },
        }),
    feeToken: 'USDC',
    twapId: fill.twapId === 0 ? null : fill.twapId,
  }
}

/** Funding of userFundings and userEvents. */
export function wireFunding(specs: Specs, payment: FundingPayment) {
  const spec = specOf(specs, payment.asset)
  return {
    time: payment.ts,
    coin: spec.name,
    usdc: formatUsd(payment.usd),
    szi: formatUnits(payment.szi, spec.szDecimals),
    fundingRate: rateText(payment.rate),
    nSamples: null,
  }
}

export const FUNDING_HASH = `0x${'0'.repeat(64)}`

/** Funding of the info request userFunding. */
export function fundingUpdate(specs: Specs, payment: FundingPayment) {
  const { time, ...delta } = wireFunding(specs, payment)
  return { time, hash: FUNDING_HASH, delta: { type: 'funding', ...delta } }
}

export const ledgerUpdate = (update: LedgerUpdate) => ({
  time: update.ts,
  hash: update.hash,
  delta: update.delta,
})

/** State of a TWAP. Triggers and stops of TWAPs are not offered here. */
export function twapState(specs: Specs, twap: Twap) {
  const spec = specOf(specs, twap.asset)
  return {
    coin: spec.name,
    executedNtl: formatUsd(twap.executedNtl),
    executedSz: formatUnits(twap.executedSz, spec.szDecimals),
    minutes: twap.minutes,
    randomize: twap.randomize,
    reduceOnly: twap.reduceOnly,
    side: side(twap.isBuy),
    stopPx: null,
    sz: formatUnits(twap.sz, spec.szDecimals),
    timestamp: twap.ts,
    trigger: null,
    user: twap.user,
  }
}

/** Entry of a TWAP history; times there are seconds. */
export function twapEntry(specs: Specs, twap: Twap) {
  const status =
    twap.status === 'error' ? { status: twap.status, description: twap.error } : { status: twap.status }
  return { time: Math.floor(twap.statusTs / 1_000), state: twapState(specs, twap), status, twapId: twap.id }
}

export const twapFill = (specs: Specs, fill: Fill) => ({ fill: wireFill(specs, fill), twapId: fill.twapId })
