/** Account frames as parsed JSON → account events; the items are the same in answers of POST /info. */
// Not here: names of accounts. Events carry the address of the frame as `account`; the feed replaces it (streamers/account-feed.ts).
import type { FillEvent, FillLiquidation, FundingEvent, OrderEvent, OrderStatusKind } from '#domain/events.ts'
import type { EpochMs } from '#domain/time.ts'
import type { AccountChannel, ParsedFrame } from '#exchange/wire/frames.ts'
import { readLedgerUpdates } from '#exchange/wire/ledger.ts'
import {
  type Fields,
  readAmount,
  readDust,
  readFields,
  readHexOrNone,
  readList,
  readRate,
  readSide,
  readStatistic,
  readText,
  readTime,
  readWhole,
  refuse,
} from '#exchange/wire/read-value.ts'

/** @throws MalformedFrameError with the path of the first fault */
export function readAccountFrame(channel: string, data: unknown, receivedTs: EpochMs): ParsedFrame {
  const name = channel as AccountChannel
  if (name === 'orderUpdates') {
    const events = readList(data, name, 'data').map((item, at) =>
      readOrderUpdate(item, `data[${at}]`, receivedTs),
    )
    return { kind: 'account', channel: name, user: '', snapshot: false, events }
  }
  const fields = readFields(data, name, 'data')
  if (name === 'user') return readUserEvent(fields, receivedTs)
  const user = readHexOrNone(fields.user, 40, name, 'data.user')
  if (user === '') refuse(name, 'data.user', fields.user, 'an address')
  const snapshot = fields.isSnapshot === true
  if (name === 'userNonFundingLedgerUpdates') {
    const place = { path: 'data.nonFundingLedgerUpdates', user, account: user, receivedTs }
    const updates = readLedgerUpdates(fields.nonFundingLedgerUpdates, place)
    return { kind: 'account', channel: name, user, snapshot, events: updates }
  }
  const events =
    name === 'userFills'
      ? readList(fields.fills, name, 'data.fills').map((fill, at) =>
          readFill(fill, { channel: name, path: `data.fills[${at}]`, account: user, snapshot, receivedTs }),
        )
      : readList(fields.fundings, name, 'data.fundings').map((funding, at) =>
          readFunding(funding, { channel: name, path: `data.fundings[${at}]`, account: user, receivedTs }),
        )
  return { kind: 'account', channel: name, user, snapshot, events }
}

/** userEvents: exactly one of fills, funding, liquidation, nonUserCancel; the last two bring no event (orderUpdates and fills tell them). */
function readUserEvent(fields: Fields, receivedTs: EpochMs): ParsedFrame {
  const where = { channel: 'user', account: '', receivedTs }
  if (fields.fills !== undefined) {
    const events = readList(fields.fills, 'user', 'data.fills').map((fill, at) =>
      readFill(fill, { ...where, path: `data.fills[${at}]`, snapshot: false }),
    )
    return { kind: 'account', channel: 'user', user: '', snapshot: false, events }
  }
  if (fields.funding !== undefined) {
    const events = [readFunding(fields.funding, { ...where, path: 'data.funding' })]
    return { kind: 'account', channel: 'user', user: '', snapshot: false, events }
  }
  if (fields.liquidation === undefined && fields.nonUserCancel === undefined)
    refuse('user', 'data', fields, 'fills, funding, liquidation or nonUserCancel')
  return { kind: 'account', channel: 'user', user: '', snapshot: false, events: [] }
}

interface Place {
  channel: string
  path: string
  account: string
  receivedTs: EpochMs
}

/** One fill, as in frames and in answers. @throws MalformedFrameError */
export function readFill(value: unknown, place: Place & { snapshot: boolean }): FillEvent {
  const { channel, path, account, snapshot, receivedTs } = place
  const fill = readFields(value, channel, path)
  if (typeof fill.crossed !== 'boolean') refuse(channel, `${path}.crossed`, fill.crossed, 'true or false')
  return {
    kind: 'fill',
    account,
    coin: readText(fill.coin, channel, `${path}.coin`),
    ts: readTime(fill.time, channel, `${path}.time`),
    tid: readWhole(fill.tid, channel, `${path}.tid`),
    oid: readWhole(fill.oid, channel, `${path}.oid`),
    cloid: readHexOrNone(fill.cloid, 32, channel, `${path}.cloid`),
    side: readSide(fill.side, channel, `${path}.side`),
    px: readDust(fill.px, channel, `${path}.px`),
    sz: readDust(fill.sz, channel, `${path}.sz`),
    startPosition: readStatistic(fill.startPosition, channel, `${path}.startPosition`),
    direction: readText(fill.dir, channel, `${path}.dir`),
    closedPnl: readStatistic(fill.closedPnl, channel, `${path}.closedPnl`),
    fee: readStatistic(fill.fee, channel, `${path}.fee`),
    ...(fill.builderFee !== undefined && {
      builderFee: readStatistic(fill.builderFee, channel, `${path}.builderFee`),
    }),
    ...(fill.feeToken !== undefined &&
      fill.feeToken !== 'USDC' && { feeToken: readText(fill.feeToken, channel, `${path}.feeToken`) }),
    crossed: fill.crossed,
    hash: readHexOrNone(fill.hash, 64, channel, `${path}.hash`),
    ...readLiquidation(fill.liquidation, channel, `${path}.liquidation`),
    snapshot,
    receivedTs,
  }
}

/** {} for a fill that has nothing to do with a liquidation. */
function readLiquidation(value: unknown, channel: string, path: string): { liquidation?: FillLiquidation } {
  if (value === undefined || value === null) return {}
  const fields = readFields(value, channel, path)
  const user = readHexOrNone(fields.liquidatedUser, 40, channel, `${path}.liquidatedUser`)
  return { liquidation: { user, method: fields.method === 'backstop' ? 'backstop' : 'market' } }
}

/** One funding payment: flat as in frames, or under `delta` as in answers of userFunding. @throws MalformedFrameError */
export function readFunding(value: unknown, place: Place): FundingEvent {
  const { channel, path, account, receivedTs } = place
  const outer = readFields(value, channel, path)
  const fields = outer.delta === undefined ? outer : readFields(outer.delta, channel, `${path}.delta`)
  return {
    kind: 'funding_payment',
    account,
    coin: readText(fields.coin, channel, `${path}.coin`),
    ts: readTime(outer.time, channel, `${path}.time`),
    usd: readStatistic(fields.usdc, channel, `${path}.usdc`),
    positionSz: readStatistic(fields.szi, channel, `${path}.szi`),
    rate: readRate(fields.fundingRate, channel, `${path}.fundingRate`),
    receivedTs,
  }
}

/** One item of orderUpdates and historicalOrders, and the `order` of orderStatus. @throws MalformedFrameError */
export function readOrderUpdate(value: unknown, path: string, receivedTs: EpochMs, account = ''): OrderEvent {
  const channel = 'orderUpdates'
  const item = readFields(value, channel, path)
  const order = readFields(item.order, channel, `${path}.order`)
  const word = readText(item.status, channel, `${path}.status`)
  return {
    kind: 'order',
    account,
    coin: readText(order.coin, channel, `${path}.order.coin`),
    oid: readWhole(order.oid, channel, `${path}.order.oid`),
    cloid: readHexOrNone(order.cloid, 32, channel, `${path}.order.cloid`),
    side: readSide(order.side, channel, `${path}.order.side`),
    limitPx: readAmount(order.limitPx, channel, `${path}.order.limitPx`),
    sz: readAmount(order.sz, channel, `${path}.order.sz`),
    originalSz: readAmount(order.origSz, channel, `${path}.order.origSz`),
    status: orderStatusKind(word, `${path}.status`),
    word,
    ts: readTime(item.statusTimestamp, channel, `${path}.statusTimestamp`),
    receivedTs,
  }
}

/**
 * The venue's status word reduced: every …Canceled and scheduledCancel is `canceled`, every …Rejected `rejected`.
 * @throws MalformedFrameError on a word of no known family
 */
export function orderStatusKind(word: string, path = 'status'): OrderStatusKind {
  if (word === 'open' || word === 'filled' || word === 'triggered') return word
  if (/(?:^c|C)anceled$|Cancel$/.test(word)) return 'canceled'
  if (/(?:^r|R)ejected$/.test(word)) return 'rejected'
  return refuse('orderUpdates', path, word, 'open, filled, triggered, …canceled or …rejected')
}
