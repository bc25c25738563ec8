/** The port Venue against the paper exchange: orders of every kind, looked up, canceled, filled; accounts provisioned once. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '#config/clock.ts'
import { readAccounts } from '#config/run-files.ts'
import { buildCloid } from '#domain/ids.ts'
import type { Venue } from '#domain/session/ports.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import { connectExchange, type Exchange } from '#exchange/client/connect.ts'
import { enforceKill } from '#exchange/client/enforce-kill.ts'
import { candleHistory } from '#exchange/client/info.ts'
import { killTargets } from '#exchange/client/kill-targets.ts'
import { provisionPaperAccounts } from '#exchange/client/provision.ts'
import { type Floor, openFloor } from './support/floor.ts'

let floor: Floor
let trading: Exchange
let venue: Venue
let seq = 0

beforeAll(async () => {
  floor = await openFloor()
  trading = await connectExchange({
    ...{ settings: floor.settings, home: floor.home, url: floor.paper.url },
    ...{ role: 'trading', clock: systemClock },
  })
  venue = trading.venue('desk-a')
})
afterAll(async () => {
  trading?.close()
  await floor?.close()
})

const intent = (
  side: 'buy' | 'sell',
  px: string,
  sz: string,
  more: Partial<OrderIntent> = {},
): OrderIntent => ({
  cloid: buildCloid({ tag: 5, run: 5, epoch: 1, seq: seq++, leg: 0 }),
  ...{ coin: 'ETH', side, px, sz, tif: 'alo', reduce_only: false, purpose: 'quote' },
  ...more,
})
const soon = () => ({ expiresAfter: systemClock.now() + 1_500 })

test('provisioning again repeats nothing: same addresses, same money, same agents', async () => {
  const before = readAccounts(floor.home)
  const agents = await trading.info.agents(trading.address('desk-a'))
  expect(agents.map(({ name }) => name).sort()).toEqual(['operator', 'trading', 'watchdog'])
  expect(await provisionPaperAccounts(floor.settings, { home: floor.home }, floor.paper.url)).toEqual(before)
  expect((await trading.info.account(trading.address('desk-b'))).equityUsd).toBe('100000.0')
  expect(await trading.info.agents(trading.address('desk-a'))).toEqual(agents)
})

test('a quote rests, is found by its client order id, and is canceled by it; a second cancel finds it gone', async () => {
  const order = intent('buy', '3400', '1')
  const [answer] = await venue.placeOrders([order], soon())
  expect(answer).toMatchObject({ cloid: order.cloid, status: 'resting' })
  expect(await venue.orderStatus(order.cloid)).toEqual({ status: 'open', word: 'open' })
  expect(await venue.openOrders()).toMatchObject([
    { cloid: order.cloid, side: 'buy', trigger: false, reduceOnly: false },
  ])
  const cancel = () => venue.cancelOrders([{ coin: 'ETH', cloid: order.cloid }], soon())
  expect(await cancel()).toEqual([{ cloid: order.cloid, status: 'canceled' }])
  expect(await cancel()).toEqual([{ cloid: order.cloid, status: 'gone' }])
  expect((await venue.orderStatus(order.cloid)).status).toBe('canceled')
})

test('a post-only order that would take is rejected by name, beside one that rests', async () => {
  const answers = await venue.placeOrders([intent('buy', '3600', '1'), intent('buy', '3400', '1')], soon())
  expect(answers).toMatchObject([{ status: 'rejected', code: 'POST_ONLY_CROSS' }, { status: 'resting' }])
  await venue.cancelByOid(await venue.openOrders(), soon())
  expect(await venue.openOrders()).toEqual([])
})

test('an order that takes is filled, shows as position and fill with its client order id, and closes reduce-only', async () => {
  const since = systemClock.now() - 1_000
  const open = intent('buy', '3510', '2', { tif: 'ioc' })
  expect(await venue.placeOrders([open], soon())).toMatchObject([{ status: 'filled', sz: '2.0' }])
  expect((await venue.account()).positions).toMatchObject([{ coin: 'ETH', sz: '2.0' }])
  const fills = await venue.fillsSince(since)
  expect(fills.every((fill) => fill.cloid === open.cloid && fill.crossed && fill.account === 'desk-a')).toBe(
    true,
  )
  const stop = intent('sell', '3000', '2', { reduce_only: true, trigger: { px: '3000', kind: 'stop' } })
  expect(await venue.placeOrders([stop], soon())).toMatchObject([{ status: 'resting' }])
  expect(await venue.openOrders()).toMatchObject([{ trigger: true, reduceOnly: true, cloid: stop.cloid }])
  const close = intent('sell', '3490', '2', { tif: 'ioc', reduce_only: true })
  expect(await venue.placeOrders([close], soon())).toMatchObject([{ status: 'filled' }])
  expect((await venue.account()).positions).toEqual([])
  const again = intent('sell', '3490', '2', { tif: 'ioc', reduce_only: true })
  expect(await venue.placeOrders([again], soon())).toMatchObject([
    { status: 'rejected', code: 'REDUCE_ONLY' },
  ])
  expect(await venue.cancelOrders([stop], soon())).toMatchObject([{ status: 'canceled' }])
})

test('an expired order is refused by the venue and certainly not placed', async () => {
  const late = intent('buy', '3400', '1')
  const [answer] = await venue.placeOrders([late], { expiresAfter: systemClock.now() - 10 })
  expect(answer).toMatchObject({ status: 'rejected', code: 'EXPIRED' })
  expect(await venue.orderStatus(late.cloid)).toEqual({ status: 'unknown', word: 'unknownOid' })
})

test('a price off the tick, a coin that is not listed and one below 10 USD are refused with their codes', async () => {
  const place = async (order: OrderIntent) => (await venue.placeOrders([order], soon()))[0]
  expect(await place(intent('buy', '3400.123', '1'))).toMatchObject({ status: 'rejected', code: 'TICK' })
  expect(await place(intent('buy', '3400', '1', { coin: 'NOPE' }))).toMatchObject({ status: 'rejected' })
  expect(await place(intent('buy', '3400', '0.001'))).toMatchObject({
    status: 'rejected',
    code: 'MIN_NOTIONAL',
  })
})

test('two hundred orders at once from two keys of one account: every nonce is taken, every order rests once', async () => {
  const operator = floor.exchange.venue('desk-a')
  const orders = Array.from({ length: 200 }, (_, at) => intent('buy', String(3_000 + at), '1'))
  const answers = await Promise.all(
    orders.map((order, at) => (at % 2 ? venue : operator).placeOrders([order], soon())),
  )
  expect(answers.flat().filter(({ status }) => status !== 'resting')).toEqual([])
  const open = await venue.openOrders()
  expect(new Set(open.map(({ cloid }) => cloid))).toEqual(new Set(orders.map(({ cloid }) => cloid)))
  const cancels = await venue.cancelOrders(orders, soon())
  expect(cancels.every(({ status }) => status === 'canceled')).toBe(true)
})

test('a thin book is closed over several tries, with no order that could open', async () => {
  await venue.placeOrders([intent('buy', '3510', '20', { tif: 'ioc' })], soon())
  const before = (await venue.account()).positions[0]?.sz
  expect(Number(before)).toBeGreaterThan(10)
  floor.market.book('ETH', 3_499, 3_501, 1)
  const [target] = await killTargets({
    ...{ scope: { kind: 'account', account: 'desk-a' }, mode: 'flatten', accounts: ['desk-a'], leases: [] },
    exchange: floor.exchange,
    now: systemClock.now(),
  })
  if (!target) throw new TypeError('no target')
  const closing = enforceKill(target, systemClock, 15_000)
  for (let at = 0; at < 8; at++) {
    await systemClock.sleep(150)
    floor.market.book('ETH', 3_499 - at, 3_501 - at, 2)
  }
  expect(await closing).toMatchObject({ clean: true })
  expect((await venue.account()).positions).toEqual([])
})

test('books and candles come as domain values', async () => {
  expect(await venue.touch('BTC')).toEqual({ bid: '99990.0', ask: '100010.0' })
  expect(await venue.touch('NOPE')).toEqual({ bid: null, ask: null })
  const now = systemClock.now()
  const candles = await candleHistory(trading.info, { coin: 'BTC', interval: '1m', bars: 5, now })
  expect(candles.every(({ closeTs }) => closeTs < now)).toBe(true)
})
