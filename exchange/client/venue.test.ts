/** Orders and cancels over real HTTP: every answer, refusal and silence becomes the right typed answer, and nothing is sent twice. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { systemClock } from '#config/clock.ts'
import { buildCloid } from '#domain/ids.ts'
import type { Venue } from '#domain/session/ports.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import { type FakeExchange, META, ok, startFakeExchange } from '#tests/support/fake-exchange.ts'
import { createTransport, type Transport } from './http.ts'
import { createInfo } from './info.ts'
import { createSigner } from './keys.ts'
import { createVenue } from './venue.ts'
import { createWeightBudget, type WeightBudget } from './weight-budget.ts'

let fake: FakeExchange
let transport: Transport
let budget: WeightBudget
let venue: Venue
const signer = createSigner('01'.repeat(32), 'test')
const ADDRESS = '0x00000000000000000000000000000000000000aa'

beforeAll(async () => {
  fake = await startFakeExchange()
})
afterAll(() => fake.close())

beforeEach(async () => {
  transport = createTransport(fake.url)
  fake.heard.length = 0
  fake.answer = () => ({ body: META })
  budget = createWeightBudget(systemClock)
  const info = createInfo({ transport, budget, clock: systemClock })
  const meta = await info.meta()
  fake.heard.length = 0
  venue = createVenue({
    account: 'paper-a',
    address: ADDRESS,
    signer,
    network: 'paper',
    meta,
    info,
    transport,
    clock: systemClock,
    budget,
  })
})
afterEach(() => transport.close())

const cloid = (seq: number) => buildCloid({ tag: 1, epoch: 1, seq, run: 1, leg: 0 })
const intent = (seq: number, more: Partial<OrderIntent> = {}): OrderIntent => ({
  cloid: cloid(seq),
  coin: 'ETH',
  side: 'buy',
  px: '4400.50',
  sz: '0.1000',
  tif: 'alo',
  reduce_only: false,
  purpose: 'quote',
  ...more,
})
const soon = (ms = 1_500) => ({ expiresAfter: systemClock.now() + ms })
const sent = () => fake.heard.filter((each) => each.path === '/exchange').map((each) => each.body)

test('a batch goes out as the venue writes it: asset numbers, plain decimals, cloid, expiry, one nonce', async () => {
  fake.answer = () => ok('order', [{ resting: { oid: 1 } }, { resting: { oid: 2 } }])
  const options = soon()
  await venue.placeOrders(
    [
      intent(1),
      intent(2, {
        coin: 'BTC',
        side: 'sell',
        tif: 'ioc',
        reduce_only: true,
        trigger: { px: '100000.0', kind: 'stop' },
      }),
    ],
    options,
  )
  const [body] = sent()
  expect(body?.action).toEqual({
    type: 'order',
    orders: [
      { a: 1, b: true, p: '4400.5', s: '0.1', r: false, t: { limit: { tif: 'Alo' } }, c: cloid(1) },
      {
        a: 0,
        b: false,
        p: '4400.5',
        s: '0.1',
        r: true,
        t: { trigger: { isMarket: true, triggerPx: '100000', tpsl: 'sl' } },
        c: cloid(2),
      },
    ],
    grouping: 'na',
  })
  expect(body?.expiresAfter).toBe(options.expiresAfter)
  expect(body?.nonce).toBeTypeOf('number')
})

test('each status becomes the answer of its own order', async () => {
  fake.answer = () =>
    ok('order', [
      { resting: { oid: 7 } },
      { filled: { totalSz: '0.1', avgPx: '4400.0', oid: 8 } },
      { error: 'Post only order would have immediately matched, bbo was 4399@4400. asset=1' },
      'waitingForTrigger',
    ])
  const answers = await venue.placeOrders([intent(1), intent(2), intent(3), intent(4)], soon())
  expect(answers).toEqual([
    { cloid: cloid(1), status: 'resting', oid: 7 },
    { cloid: cloid(2), status: 'filled', oid: 8, sz: '0.1', avgPx: '4400.0' },
    expect.objectContaining({ cloid: cloid(3), status: 'rejected', code: 'POST_ONLY_CROSS' }),
    { cloid: cloid(4), status: 'accepted' },
  ])
})

test('modifies go out as one batch, named by cloid, and each status is the answer of its new order', async () => {
  fake.answer = () =>
    ok('order', [{ resting: { oid: 7 } }, { error: 'Cannot modify canceled or filled order' }])
  const modify = (venue.modifyOrders as NonNullable<Venue['modifyOrders']>).bind(venue)
  const modifies = [
    { cloid: cloid(1), order: intent(3) },
    { cloid: cloid(2), order: intent(4, { coin: 'BTC' }) },
    { cloid: cloid(5), order: intent(6, { coin: 'NONE' }) },
  ]
  const before = budget.left()
  expect(await modify(modifies, soon())).toEqual([
    { cloid: cloid(3), status: 'resting', oid: 7 },
    expect.objectContaining({ cloid: cloid(4), status: 'rejected', code: 'GONE' }),
    expect.objectContaining({ cloid: cloid(6), status: 'rejected', code: 'UNREADABLE' }),
  ])
  expect(before - budget.left()).toBeLessThanOrEqual(1)
  const [body] = sent()
  const limit = { limit: { tif: 'Alo' } }
  expect(body?.action).toEqual({
    type: 'batchModify',
    modifies: [
      { oid: cloid(1), order: { a: 1, b: true, p: '4400.5', s: '0.1', r: false, t: limit, c: cloid(3) } },
      { oid: cloid(2), order: { a: 0, b: true, p: '4400.5', s: '0.1', r: false, t: limit, c: cloid(4) } },
    ],
  })
  expect((await modify(modifies.slice(0, 1), { ...soon(), stillAllowed: () => 'KILLED' }))[0]).toMatchObject({
    status: 'rejected',
    code: 'NOT_ALLOWED',
  })
  expect(sent()).toHaveLength(1)
})

test('one error for a whole batch rejects every order of it', async () => {
  fake.answer = () => ok('order', [{ error: 'Order has invalid size.' }])
  const answers = await venue.placeOrders([intent(1), intent(2)], soon())
  expect(answers.map((each) => each.status)).toEqual(['rejected', 'rejected'])
})

test.each([
  ['Action already expired', 'EXPIRED'],
  ['User or API Wallet 0x12 does not exist.', 'AGENT_UNKNOWN'],
  ['Too many cumulative requests sent (3 > 2) for cumulative volume traded $1.', 'ADDRESS_BUDGET'],
  ['Something new', 'OTHER'],
])('a refused action "%s" certainly placed nothing: rejected with %s', async (text, code) => {
  fake.answer = () => ({ body: { status: 'err', response: text } })
  const answers = await venue.placeOrders([intent(1)], soon())
  expect(answers).toEqual([{ cloid: cloid(1), status: 'rejected', message: text, code }])
})

test('silence until after the expiry is unknown, not a failure', async () => {
  fake.answer = () => 'silent'
  const answers = await venue.placeOrders([intent(1)], soon(-400))
  expect(answers).toMatchObject([{ cloid: cloid(1), status: 'unknown' }])
  expect(sent()).toHaveLength(1)
})

test('a broken connection is unknown, and HTTP 500 too', async () => {
  fake.answer = () => 'reset'
  expect((await venue.placeOrders([intent(1)], soon()))[0]?.status).toBe('unknown')
  fake.answer = () => ({ status: 502, body: 'bad gateway' })
  expect((await venue.placeOrders([intent(2)], soon()))[0]?.status).toBe('unknown')
})

test('a kept-alive connection that dies under the request: the same bytes go once more', async () => {
  fake.answer = () => ok('order', [{ resting: { oid: 1 } }])
  await venue.placeOrders([intent(1)], soon())
  let broken = 0
  fake.answer = () => (broken++ === 0 ? 'reset' : ok('order', [{ resting: { oid: 2 } }]))
  expect(await venue.placeOrders([intent(2)], soon())).toEqual([
    { cloid: cloid(2), status: 'resting', oid: 2 },
  ])
  const [, first, second] = sent()
  expect(second).toEqual(first)
})

test('when the first copy was heard after all, the duplicate nonce makes it unknown and nothing is sent a third time', async () => {
  fake.answer = () => ok('order', [{ resting: { oid: 1 } }])
  await venue.placeOrders([intent(1)], soon())
  let broken = 0
  fake.answer = () =>
    broken++ === 0 ? 'reset' : { body: { status: 'err', response: 'Invalid nonce: duplicate nonce 5' } }
  expect((await venue.placeOrders([intent(2)], soon()))[0]?.status).toBe('unknown')
  expect(sent()).toHaveLength(3)
})

test('a nonce that another process used in the same millisecond is replaced by a fresh one', async () => {
  let asked = 0
  fake.answer = () =>
    asked++ === 0
      ? { body: { status: 'err', response: 'Invalid nonce: duplicate nonce 5' } }
      : ok('order', [{ resting: { oid: 3 } }])
  expect((await venue.placeOrders([intent(1)], soon()))[0]?.status).toBe('resting')
  const nonces = sent().map((body) => Number(body.nonce))
  expect(nonces[1]).toBeGreaterThan(nonces[0] ?? 0)
})

test('nothing listens: rejected, because nobody can have heard it', async () => {
  const gone = await startFakeExchange()
  await gone.close()
  const dead = createTransport(gone.url)
  const info = createInfo({ transport: dead, budget, clock: systemClock })
  const parts = { account: 'a', address: ADDRESS, signer, network: 'paper', info, transport: dead } as const
  const unreachable = createVenue({
    ...parts,
    meta: new Map([['ETH', { coin: 'ETH', asset: 1, sizeDecimals: 4, maxLeverage: 25, delisted: false }]]),
    clock: systemClock,
    budget,
  })
  expect(await unreachable.placeOrders([intent(1)], soon())).toMatchObject([
    { status: 'rejected', code: 'UNREACHABLE' },
  ])
  dead.close()
})

test('a veto at the last moment keeps the bytes in', async () => {
  const answers = await venue.placeOrders([intent(1)], { ...soon(), stillAllowed: () => 'lease ended' })
  expect(answers).toEqual([
    { cloid: cloid(1), status: 'rejected', message: 'lease ended', code: 'NOT_ALLOWED' },
  ])
  expect(sent()).toEqual([])
})

test('429: an order is rejected, a cancel is sent again until it passes', async () => {
  fake.answer = () => ({ status: 429, body: 'rate limited' })
  expect(await venue.placeOrders([intent(1)], soon())).toMatchObject([
    { status: 'rejected', code: 'RATE_LIMITED' },
  ])
  let asked = 0
  fake.answer = () => (asked++ < 2 ? { status: 429, body: '' } : ok('cancel', ['success']))
  expect(await venue.cancelOrders([{ coin: 'ETH', cloid: cloid(1) }], soon())).toEqual([
    { cloid: cloid(1), status: 'canceled' },
  ])
})

test('with the weight spent, orders stop at home while cancels still go out', async () => {
  while (budget.tryTake(1, 'order')) {
    // spend what orders may spend
  }
  fake.answer = () => ok('cancel', ['success'])
  expect(await venue.placeOrders([intent(1)], soon())).toMatchObject([
    { status: 'rejected', code: 'RATE_BUDGET' },
  ])
  expect(await venue.cancelOrders([{ coin: 'ETH', cloid: cloid(1) }], soon())).toMatchObject([
    { status: 'canceled' },
  ])
  expect(sent()).toHaveLength(1)
})

test('cancels answer one by one: canceled, gone, unknown', async () => {
  fake.answer = () =>
    ok('cancel', [
      'success',
      { error: 'Order was never placed, already canceled, or filled. asset=1' },
      { error: 'surprise' },
    ])
  const orders = [1, 2, 3].map((seq) => ({ coin: 'ETH', cloid: cloid(seq) }))
  expect((await venue.cancelOrders(orders, soon())).map((each) => each.status)).toEqual([
    'canceled',
    'gone',
    'unknown',
  ])
})

test('a hundred cancels go in batches of 39 and answer in order', async () => {
  fake.answer = ({ body }) =>
    ok(
      'cancel',
      (body.action as { cancels: { cloid: string }[] }).cancels.map(() => 'success'),
    )
  const orders = Array.from({ length: 100 }, (_, seq) => ({ coin: 'ETH', cloid: cloid(seq) }))
  const answers = await venue.cancelOrders(orders, soon())
  expect(answers.map((each) => each.cloid)).toEqual(orders.map((each) => each.cloid))
  expect(sent()).toHaveLength(3)
})

test('a revoked key is loud on cancels by oid', async () => {
  fake.answer = () => ({ body: { status: 'err', response: 'User or API Wallet 0x12 does not exist.' } })
  await expect(venue.cancelByOid([{ coin: 'ETH', oid: 5 }], soon())).rejects.toMatchObject({
    code: 'CANCEL_REFUSED',
  })
})

test('an order that the venue does not know is unknown', async () => {
  fake.answer = () => ({ body: { status: 'unknownOid' } })
  expect(await venue.orderStatus(cloid(1))).toEqual({ status: 'unknown', word: 'unknownOid' })
})

test('no request ever carries the key', async () => {
  fake.answer = () => ok('order', [{ resting: { oid: 1 } }])
  await venue.placeOrders([intent(1)], soon())
  expect(JSON.stringify([fake.heard, signer])).not.toContain('0101010101010101')
})

test('fee rates are read as basis points, rebates negative', async () => {
  fake.answer = () => ({ body: { userAddRate: '-0.00001', userCrossRate: '0.00045', more: 1 } })
  const fees = await venue.fees?.()
  expect(fees?.makerBps).toBeCloseTo(-0.1, 9)
  expect(fees?.takerBps).toBeCloseTo(4.5, 9)
})

test('the budget tells what is left of the weight, and of the actions where they are counted', () => {
  const told = venue.budget?.()
  expect(told).toMatchObject({ weightMax: 1_200, wsLeft: null, actionsLeft: null })
  expect(told?.weightLeft).toBeGreaterThan(1_000)
})
