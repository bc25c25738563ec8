/** Orders of every kind through an unmodified @nktkas/hyperliquid client, over HTTP and over the socket. */
import { ApiRequestError } from '@nktkas/hyperliquid'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PaperExchange } from '#exchange/paper/paper-exchange.ts'
import { nktkas, type ScriptedMarket, scriptedMarket, startPaper } from '#tests/paper/support/paper.ts'
import { waitUntil } from '#tests/support/wait-until.ts'

let paper: PaperExchange
let market: ScriptedMarket
let alice: ReturnType<typeof nktkas>
let bob: ReturnType<typeof nktkas>

beforeEach(async () => {
  market = scriptedMarket()
  paper = await startPaper({ source: () => market.source })
  alice = nktkas(paper.url, '1')
  bob = nktkas(paper.url, '2', true)
  paper.fund(alice.address, 10_000)
  paper.fund(bob.address, 10_000)
  market.book('BTC', 99_990, 100_010)
  market.book('ETH', 3_499, 3_501)
})
afterEach(async () => {
  await Promise.all([alice.close(), bob.close()])
  await paper.close()
})

/** Large ones: the client reads a small hex number as an oid. */
const cloid = (n: number): `0x${string}` => `0xab${n.toString(16).padStart(30, '0')}`
const limit = (p: string, s: string, b = true, tif: 'Gtc' | 'Alo' | 'Ioc' = 'Gtc') => ({
  a: 0,
  b,
  p,
  s,
  r: false,
  t: { limit: { tif } },
})

const refusal = async (call: Promise<unknown>): Promise<string> => {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ApiRequestError)
  return (error as ApiRequestError).message
}

test('a resting order is open, found by oid and cloid, canceled by either, and gone after', async () => {
  const placed = await alice.exchange.order({
    orders: [{ ...limit('99000', '0.01'), c: cloid(1) }, limit('98000', '0.01')],
    grouping: 'na',
  })
  const [first, second] = placed.response.data.statuses
  expect(first).toEqual({ resting: { oid: expect.any(Number), cloid: cloid(1) } })
  const oid = (second as { resting: { oid: number } }).resting.oid
  const open = await alice.info.openOrders({ user: alice.address })
  expect(open.map((order) => order.limitPx)).toEqual(['98000.0', '99000.0'])
  const status = await alice.info.orderStatus({ user: alice.address, oid: cloid(1) })
  expect(status).toMatchObject({
    status: 'order',
    order: { status: 'open', order: { tif: 'Gtc', orderType: 'Limit' } },
  })
  expect(await bob.info.orderStatus({ user: bob.address, oid })).toEqual({ status: 'unknownOid' })
  await alice.exchange.cancelByCloid({ cancels: [{ asset: 0, cloid: cloid(1) }] })
  await alice.exchange.cancel({ cancels: [{ a: 0, o: oid }] })
  expect(await alice.info.openOrders({ user: alice.address })).toEqual([])
  expect(await refusal(alice.exchange.cancel({ cancels: [{ a: 0, o: oid }] }))).toContain(
    'Order was never placed, already canceled, or filled. asset=0',
  )
})

test('an aggressive order fills at the book, pays 0.045 % cut off at the micro-dollar, and the state adds up', async () => {
  const placed = await alice.exchange.order({
    orders: [limit('100100', '0.01', true, 'Ioc')],
    grouping: 'na',
  })
  expect(placed.response.data.statuses).toEqual([
    { filled: { totalSz: '0.01', avgPx: '100010.0', oid: expect.any(Number) } },
  ])
  const [fill] = await alice.info.userFills({ user: alice.address })
  expect(fill).toMatchObject({
    px: '100010.0',
    sz: '0.01',
    side: 'B',
    dir: 'Open Long',
    closedPnl: '0.0',
    fee: '0.450045',
    crossed: true,
    startPosition: '0.0',
  })
  const state = await alice.info.clearinghouseState({ user: alice.address })
  // 10000 − fee − size × (price − mark): the mark is the mid.
  expect(state.marginSummary.accountValue).toBe('9999.449955')
  expect(state.assetPositions[0]?.position).toMatchObject({
    coin: 'BTC',
    szi: '0.01',
    entryPx: '100010.0',
    leverage: { type: 'cross', value: 20 },
    marginUsed: '50.0',
  })
})

test('two accounts trade with each other: same px, sz, time, hash and tid, maker and taker fees, then a self-trade is prevented', async () => {
  await alice.exchange.order({ orders: [limit('100000', '0.02', true, 'Alo')], grouping: 'na' })
  const sold = await bob.exchange.order({ orders: [limit('100000', '0.01', false)], grouping: 'na' })
  expect(sold.response.data.statuses).toEqual([
    { filled: { totalSz: '0.01', avgPx: '100000.0', oid: expect.any(Number) } },
  ])
  const [[bought], [seller]] = await Promise.all([
    alice.info.userFills({ user: alice.address }),
    bob.info.userFills({ user: bob.address }),
  ])
  expect(bought).toMatchObject({ px: '100000.0', sz: '0.01', crossed: false, fee: '0.15', dir: 'Open Long' })
  expect(seller).toMatchObject({ px: '100000.0', sz: '0.01', crossed: true, fee: '0.45', dir: 'Open Short' })
  for (const field of ['time', 'hash', 'tid'] as const) expect(bought?.[field]).toBe(seller?.[field])
  // Alice's own sell meets her own resting buy: the buy goes, the sell trades with the source's bid.
  const again = await alice.exchange.order({ orders: [limit('99990', '0.01', false)], grouping: 'na' })
  expect(again.response.data.statuses).toEqual([
    { filled: { totalSz: '0.01', avgPx: '99990.0', oid: expect.any(Number) } },
  ])
  const history = await alice.info.historicalOrders({ user: alice.address })
  expect(history.map(({ status }) => status)).toContain('selfTradeCanceled')
})

test('a resting order fills only after the volume ahead of it traded, or when the price trades through', async () => {
  await alice.exchange.order({ orders: [limit('99990', '0.5')], grouping: 'na' }) // one BTC ahead
  await alice.exchange.order({ orders: [limit('99988', '0.1')], grouping: 'na' })
  const filled = () =>
    alice.info.userFills({ user: alice.address }).then((fills) => fills.map(({ px, sz }) => [px, sz]))
  market.trade('BTC', 'A', 99_990, 0.9)
  expect(await filled()).toEqual([])
  market.trade('BTC', 'A', 99_990, 0.3)
  expect(await filled()).toEqual([['99990.0', '0.2']])
  market.trade('BTC', 'A', 99_985, 10)
  expect(await filled()).toEqual([
    ['99988.0', '0.1'],
    ['99990.0', '0.3'],
    ['99990.0', '0.2'],
  ])
})

test.each([
  [
    'post-only that crosses',
    limit('100010', '0.01', true, 'Alo'),
    'Post only order would have immediately matched, bbo was 99990@100010. asset=0',
  ],
  [
    'IOC without a match',
    limit('100009', '0.01', true, 'Ioc'),
    'Order could not immediately match against any resting orders. asset=0',
  ],
  ['less than ten dollars', limit('90000', '0.0001'), 'Order must have minimum value of $10. asset=0'],
  ['more than the margin', limit('99000', '3'), 'Insufficient margin to place order. asset=0'],
  [
    'reduce-only without a position',
    { ...limit('99000', '0.01'), r: true },
    'Reduce only order would increase position. asset=0',
  ],
  ['six significant figures', limit('99000.1', '0.01'), 'Price must be divisible by tick size. asset=0'],
  ['price far away', limit('100', '1'), 'Order price cannot be more than 95% away from the reference price'],
  ['too many size decimals', limit('99000', '0.010001'), 'Order has invalid size.'],
])('refused: %s', async (_name, order, text) => {
  expect(await refusal(alice.exchange.order({ orders: [order], grouping: 'na' }))).toContain(text)
  expect(await alice.info.openOrders({ user: alice.address })).toEqual([])
})

test('a stop fires on the mark price, closes the position and cancels its sibling', async () => {
  const trigger = (triggerPx: string, tpsl: 'tp' | 'sl') => ({
    a: 0,
    b: false,
    p: triggerPx,
    s: '0.01',
    r: true,
    t: { trigger: { isMarket: true, triggerPx, tpsl } },
  })
  const placed = await alice.exchange.order({
    orders: [limit('100010', '0.01'), trigger('101000', 'tp'), trigger('99000', 'sl')],
    grouping: 'normalTpsl',
  })
  expect(placed.response.data.statuses).toEqual([
    { filled: expect.anything() },
    'waitingForTrigger',
    'waitingForTrigger',
  ])
  const front = await alice.info.frontendOpenOrders({ user: alice.address })
  expect(front.map(({ orderType, triggerCondition }) => [orderType, triggerCondition])).toEqual([
    ['Stop Market', 'Price below 99000'],
    ['Take Profit Market', 'Price above 101000'],
  ])
  market.book('BTC', 98_900, 98_920)
  market.book('BTC', 98_900, 98_920)
  expect(await alice.info.openOrders({ user: alice.address })).toEqual([])
  const state = await alice.info.clearinghouseState({ user: alice.address })
  expect(state.assetPositions).toEqual([])
  const history = await alice.info.historicalOrders({ user: alice.address })
  expect(history.map(({ status }) => status).sort()).toEqual(['filled', 'filled', 'siblingFilledCanceled'])
})

test('a modify is a new order under a new oid; leverage changes what an order needs', async () => {
  const placed = await alice.exchange.order({ orders: [limit('99000', '0.01')], grouping: 'na' })
  const oid = (placed.response.data.statuses[0] as { resting: { oid: number } }).resting.oid
  await alice.exchange.modify({ oid, order: limit('98500', '0.02') })
  const [open] = await alice.info.openOrders({ user: alice.address })
  expect(open).toMatchObject({ limitPx: '98500.0', sz: '0.02' })
  expect(open?.oid).toBeGreaterThan(oid)
  expect(await refusal(alice.exchange.modify({ oid, order: limit('98500', '0.02') }))).toContain(
    'Cannot modify canceled or filled order',
  )
  await alice.exchange.updateLeverage({ asset: 0, isCross: true, leverage: 2 })
  expect(await refusal(alice.exchange.order({ orders: [limit('99000', '0.3')], grouping: 'na' }))).toContain(
    'Insufficient margin',
  )
  expect(await refusal(alice.exchange.updateLeverage({ asset: 0, isCross: true, leverage: 41 }))).toContain(
    'Invalid leverage value',
  )
})

test('streams: orderUpdates, userFills and userEvents tell a socket order before and after it fills', async () => {
  const updates: string[] = []
  const fills: unknown[] = []
  const events: unknown[] = []
  await alice.subscriptions.orderUpdates({ user: alice.address }, (data) =>
    updates.push(...data.map(({ status }) => status)),
  )
  await alice.subscriptions.userFills({ user: alice.address }, (data) => fills.push(data))
  await alice.subscriptions.userEvents({ user: alice.address }, (data) => events.push(data))
  await waitUntil('fills snapshot', () => fills.length === 1, 5_000)
  expect(fills[0]).toEqual({ isSnapshot: true, user: alice.address.toLowerCase(), fills: [] })
  await alice.wsExchange.order({ orders: [limit('100010', '0.01')], grouping: 'na' })
  await waitUntil('fill', () => fills.length === 2 && events.length === 1, 5_000)
  expect(updates).toEqual(['open', 'filled'])
  expect(fills[1]).toMatchObject({ fills: [{ px: '100010.0', sz: '0.01' }] })
})

test('an agent trades for its master until it is replaced; a stranger and a wrong key are told so', async () => {
  const agent = nktkas(paper.url, '3')
  const stranger = nktkas(paper.url, '4')
  expect(await refusal(agent.exchange.order({ orders: [limit('99000', '0.01')], grouping: 'na' }))).toMatch(
    /User or API Wallet 0x[0-9a-f]{40} does not exist\./,
  )
  await alice.exchange.approveAgent({ agentAddress: agent.address, agentName: 'bot' })
  await agent.exchange.order({ orders: [limit('99000', '0.01')], grouping: 'na' })
  expect(await alice.info.openOrders({ user: alice.address })).toHaveLength(1)
  expect(await alice.info.extraAgents({ user: alice.address })).toEqual([
    { name: 'bot', address: agent.address.toLowerCase(), validUntil: expect.any(Number) },
  ])
  expect(await alice.info.userRole({ user: agent.address })).toEqual({
    role: 'agent',
    data: { user: alice.address.toLowerCase() },
  })
  await alice.exchange.approveAgent({ agentAddress: stranger.address, agentName: 'bot' })
  expect(await refusal(agent.exchange.order({ orders: [limit('99000', '0.01')], grouping: 'na' }))).toContain(
    'does not exist.',
  )
  await Promise.all([agent.close(), stranger.close()])
})

test('usdSend makes an account and costs one dollar to do so', async () => {
  const newcomer = nktkas(paper.url, '5')
  await alice.exchange.usdSend({ destination: newcomer.address, amount: '100' })
  const [sender, receiver] = await Promise.all([
    alice.info.clearinghouseState({ user: alice.address }),
    alice.info.clearinghouseState({ user: newcomer.address }),
  ])
  expect([sender.withdrawable, receiver.withdrawable]).toEqual(['9899.0', '100.0'])
  await newcomer.exchange.order({ orders: [limit('99000', '0.001')], grouping: 'na' })
  expect(await refusal(alice.exchange.usdSend({ destination: newcomer.address, amount: '9900' }))).toContain(
    'Insufficient balance for withdrawal.',
  )
  await newcomer.close()
})
