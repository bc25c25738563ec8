/** Questions are repeated while that can help, paged without loss, and never spend what cancels need. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { systemClock } from '#config/clock.ts'
import type { FillEvent } from '#domain/events.ts'
import type { Clock } from '#domain/time.ts'
import { type FakeExchange, startFakeExchange } from '#tests/support/fake-exchange.ts'
import { missingData, sharedData } from '#tests/support/shared-data.ts'
import { createActionBudget } from './action-budget.ts'
import { allFills, LIMITS } from './fill-pages.ts'
import { createTransport, type Transport } from './http.ts'
import { candleHistory, createInfo, LIMITS as INFO, type Info } from './info.ts'
import { classifyRefusal } from './refusals.ts'
import { createWeightBudget, LIMITS as WEIGHTS } from './weight-budget.ts'

/** Sleeps take no time, but the clock moves. */
function quickClock(): Clock {
  let at = 0
  return {
    now: () => 1_700_000_000_000 + at,
    monotonicMs: () => at,
    sleep: async (ms) => {
      at += ms
    },
  }
}

let fake: FakeExchange
let transport: Transport
let info: Info
beforeAll(async () => {
  fake = await startFakeExchange()
})
afterAll(() => fake.close())
beforeEach(() => {
  fake.heard.length = 0
  transport = createTransport(fake.url)
  const clock = quickClock()
  info = createInfo({ transport, clock, budget: createWeightBudget(clock) })
})
afterEach(() => transport.close())

test.each([
  ['429', { status: 429, body: '' }],
  ['503', { status: 503, body: '' }],
  ['a broken connection', 'reset' as const],
])('a question is asked again after %s', async (_what, fault) => {
  let asked = 0
  fake.answer = () => (asked++ < 2 ? fault : { body: { BTC: '100.5' } })
  expect(await info.mids()).toEqual({ BTC: '100.5' })
  expect(fake.heard).toHaveLength(3)
})

test('what the items of the last answer weighed is taken before the next question of the type is sent', async () => {
  const clock = quickClock()
  const budget = createWeightBudget(clock)
  const asking = createInfo({ transport, clock, budget })
  const rows = Array.from({ length: 400 }, () => ({}))
  fake.answer = () => ({ body: rows })
  const spent = async (): Promise<number> => {
    const before = budget.left()
    await asking.ask('userFillsByTime', { user: '0x1', startTime: 0 })
    return before - budget.left()
  }
  let leftWhenAsked = 0
  expect(await spent()).toBe(40)
  fake.answer = () => {
    leftWhenAsked = budget.left()
    return { body: rows.slice(0, 20) }
  }
  const before = budget.left()
  expect(await spent()).toBe(40)
  expect(before - leftWhenAsked).toBe(40)
  expect(await spent()).toBe(21) // fewer came, so fewer are expected
})

test('a question that cannot be read is not repeated', async () => {
  fake.answer = () => ({ status: 422, body: 'Failed to deserialize the JSON body into the target type' })
  await expect(info.mids()).rejects.toMatchObject({ code: 'INFO_REFUSED', retryable: false })
  expect(fake.heard).toHaveLength(1)
})

test('after the last attempt the error says so and is retryable', async () => {
  fake.answer = () => ({ status: 429, body: '' })
  await expect(info.mids()).rejects.toMatchObject({ code: 'RATE_LIMITED', retryable: true })
  expect(fake.heard).toHaveLength(INFO.attemptsMax)
})

const fill = (ts: number, tid: number): FillEvent =>
  ({ kind: 'fill', ts, tid, coin: 'BTC', oid: 1 }) as FillEvent

test('fills are paged to the end, and the shared millisecond of two pages comes once', async () => {
  const all = Array.from({ length: 4_500 }, (_, at) => fill(1_000 + Math.floor(at / 3), at))
  const asked: number[] = []
  const found = await allFills(async (start) => {
    asked.push(start)
    return all.filter((each) => each.ts >= start).slice(0, LIMITS.fillsPage)
  }, 0)
  expect(found.map((each) => each.tid)).toEqual(all.map((each) => each.tid))
  expect(asked).toHaveLength(3)
})

test('a millisecond with more fills than a page holds does not loop for ever', async () => {
  const burst = Array.from({ length: LIMITS.fillsPage }, (_, at) => fill(5, at))
  const found = await allFills(async (start) => (start <= 5 ? burst : [fill(9, 1)]), 0)
  expect(found).toHaveLength(LIMITS.fillsPage + 1)
})

test('candle history leaves out the candle that is still forming', async () => {
  const now = 1_700_000_100_000
  fake.answer = () => ({
    body: [0, 1, 2].map((at) => ({
      t: now - 150_000 + at * 60_000,
      T: now - 150_000 + at * 60_000 + 59_999,
      s: 'BTC',
      i: '1m',
      o: '1.0',
      c: '1.0',
      h: '1.0',
      l: '1.0',
      v: '1.0',
      n: 1,
    })),
  })
  const candles = await candleHistory(info, { coin: 'BTC', interval: '1m', bars: 10, now })
  expect(candles.map((each) => each.closeTs)).toEqual([now - 90_001, now - 30_001])
})

test('reads stop before the reserve of orders, orders before that of cancels, cancels never', () => {
  const budget = createWeightBudget(quickClock())
  const spendAll = (kind: 'read' | 'order'): number => {
    let taken = 0
    while (budget.tryTake(1, kind)) taken++
    return taken
  }
  expect(spendAll('read')).toBe(WEIGHTS.weightPerMinuteMax - WEIGHTS.orderReserve - WEIGHTS.cancelReserve)
  expect(spendAll('order')).toBe(WEIGHTS.orderReserve)
  for (let at = 0; at < 2 * WEIGHTS.cancelReserve; at++) expect(budget.tryTake(1, 'cancel')).toBe(true)
})

test.each([
  ['kill', 'clearinghouseState', true],
  ['kill', 'allMids', false],
  ['reconcile', 'clearinghouseState', false],
] as const)(
  'with a spent minute, for a %s the question %s goes out at once: %s',
  async (purpose, type, isAtOnce) => {
    fake.answer = () => ({ body: {} })
    const clock = quickClock()
    const budget = createWeightBudget(clock)
    expect(budget.tryTake(WEIGHTS.weightPerMinuteMax, 'cancel')).toBe(true)
    await createInfo({ transport, clock, budget, purpose })
      .ask(type)
      .catch(() => {})
    expect(clock.monotonicMs() === 0).toBe(isAtOnce)
  },
)

test('weight comes back evenly, 20 a second, and no sliding minute passes the limit', async () => {
  const clock = quickClock()
  const budget = createWeightBudget(clock)
  while (budget.tryTake(1, 'order')) {
    // spend it
  }
  await clock.sleep(59_000)
  expect(budget.tryTake(1, 'order')).toBe(false)
  expect(budget.tryTake(1, 'cancel')).toBe(true)
  expect(await budget.take(20, 'order', 500)).toBe(false)
  expect(await budget.take(20, 'order', 5_000)).toBe(true)
  await clock.sleep(600_000)
  expect(budget.left()).toBe(WEIGHTS.weightPerMinuteMax)
})

test.each([
  ['read', 1],
  ['collect', 1],
  ['urgent', 0],
  ['order', 0],
] as const)(
  'where orders use all that they may, a %s still gets %i of weight each second',
  async (kind, perS) => {
    const clock = quickClock()
    const budget = createWeightBudget(clock)
    while (budget.left() > 300) budget.tryTake(1, 'order')
    const before = budget.left()
    while (kind !== 'read' && kind !== 'collect' && budget.tryTake(1, 'order')) {
      // down to the cancel reserve
    }
    await clock.sleep(20_000)
    let taken = 0
    while (budget.tryTake(1, kind)) taken++
    expect(taken).toBe(20 * perS)
    expect(before - taken).toBeGreaterThan(WEIGHTS.cancelReserve)
  },
)

test('an address without actions left may still cancel', () => {
  const budget = createActionBudget()
  budget.learn({ used: 9_951, cap: 10_000 })
  expect(budget.tryTake(1, 'order')).toBe(false)
  expect(budget.tryTake(1, 'cancel')).toBe(true)
  budget.learn({ used: 9_500, cap: 20_000 })
  expect(budget.tryTake(1, 'order')).toBe(true)
})

const PAIRS = 'exchange/testnet_exchange_pairs_20260312.jsonl'
const CASSETTES = 'info/http_cassettes.jsonl.gz'
test.skipIf(missingData(PAIRS) ?? missingData(CASSETTES))(
  'every error text in the recordings is known',
  () => {
    const lines = [
      ...readFileSync(sharedData(PAIRS), 'utf8').split('\n'),
      ...gunzipSync(readFileSync(sharedData(CASSETTES)))
        .toString('utf8')
        .split('\n'),
    ].filter((line) => line.trim() !== '')
    const texts = new Set<string>()
    for (const line of lines) {
      for (const [, text] of line.matchAll(/"error":"((?:[^"\\]|\\.)*)"/g)) texts.add(text ?? '')
    }
    expect(texts.size).toBeGreaterThan(3)
    const unknown = [...texts].filter((text) => classifyRefusal(text).code === 'OTHER')
    expect(unknown).toEqual([])
  },
)

test('the transport reports nobody listening as unheard', async () => {
  const gone = await startFakeExchange()
  await gone.close()
  const dead = createTransport(gone.url)
  await expect(dead.post('/info', '{}', 1_000)).rejects.toMatchObject({
    heard: 'no',
    code: 'VENUE_NO_ANSWER',
  })
  dead.close()
  expect(systemClock.now()).toBeGreaterThan(0)
})

test('questions of one account that wait for weight are joined, those that were sent are not', async () => {
  const clock = quickClock()
  const budget = createWeightBudget(clock)
  const shared = createInfo({ transport, clock, budget })
  fake.answer = () => ({ body: [] })
  fake.heard.length = 0
  const first = [shared.openOrders('0xa'), shared.openOrders('0xa'), shared.openOrders('0xb')]
  await Promise.all(first)
  expect(fake.heard).toHaveLength(2)
  await shared.openOrders('0xa')
  expect(fake.heard).toHaveLength(3)
})

test('a joined question for fills begins at the earliest start, and each asker hears of his own time alone', async () => {
  const shared = createInfo({ transport, clock: quickClock(), budget: createWeightBudget(quickClock()) })
  fake.answer = () => ({ body: [] })
  fake.heard.length = 0
  await Promise.all([shared.fillsSince('0xa', 'a', 500), shared.fillsSince('0xa', 'a', 100)])
  expect(fake.heard.map(({ body }) => (body as { startTime: number }).startTime)).toEqual([100])
})
