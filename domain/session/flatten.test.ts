/** Flattening sends reduce-only IOC orders, one at a time, each willing to pay more, until the venue itself says zero. */
import { expect, test } from 'vitest'
import type { CloseInput } from '#domain/session/effects.ts'
import { flattenCoin, LADDER_BPS } from '#domain/session/flatten.ts'
import type { OrderAnswer } from '#domain/session/ports.ts'
import { TIMING } from '#domain/session/timing.ts'
import { fakePorts } from '../../tests/support/fake-ports.ts'
import { holding } from '../../tests/support/segment-inputs.ts'
import { RUN, SESSION, silence } from '../../tests/support/session-ports.ts'

function flattening(sz = '1', giveUpMs = 30_000) {
  const fakes = fakePorts()
  const checkpoint = holding(sz, { seq: 5 })
  const input: CloseInput = {
    session_id: SESSION,
    run: RUN,
    account: 'unit',
    coins: ['BTC'],
    epoch: 2,
    checkpoint,
    step: 'flatten',
    flatten: true,
    quiet_ms: 0,
    decisions: [],
  }
  const ports = { ...fakes.ports, attempt: 1, stillRunning: () => undefined }
  fakes.venue.state.positions = sz === '0' ? [] : [{ coin: 'BTC', sz, entryPx: '100' }]
  const sentPx = (): unknown[] =>
    fakes.venue
      .called('placeOrders')
      .flatMap(({ orders }) => (orders as { px: string }[]).map(({ px }) => px))
  const flatten = () => fakes.time.drive(flattenCoin(input, ports, { coin: 'BTC', checkpoint, giveUpMs }))
  return { ...fakes, ports, flatten, sentPx }
}

/** The venue takes note of the order and refuses it. */
const refuse = (fakes: ReturnType<typeof flattening>): void => {
  const { venue } = fakes
  fakes.ports.venue.placeOrders = async (orders): Promise<OrderAnswer[]> => {
    venue.state.calls.push({ call: 'placeOrders', ts: fakes.clock.now(), orders })
    return orders.map(({ cloid }) => ({ cloid, status: 'rejected', message: 'no match' }))
  }
}

test.each([
  { sz: '1.5', side: 'sell', px: '98.901' }, // the bid 99, 10 bps lower
  { sz: '-1.5', side: 'buy', px: '101.1' }, // the ask 101, 10 bps higher
])('a position of $sz is closed by one reduce-only $side at $px', async ({ sz, side, px }) => {
  const { flatten, venue } = flattening(sz)
  const { checkpoint, sent } = await flatten()
  expect([sent, checkpoint.seq, checkpoint.orders]).toEqual([1, 6, 1])
  expect(venue.state.placed).toMatchObject([{ side, px, sz: '1.5', tif: 'ioc', reduce_only: true }])
})

test('a flat account is sent nothing', async () => {
  const { flatten, venue } = flattening('0')
  expect(await flatten()).toMatchObject({ sent: 0 })
  expect(venue.state.placed).toEqual([])
})

test('each refused rung pays more than the one before, up to the last, which repeats', async () => {
  const fakes = flattening('1', 3_000)
  refuse(fakes)
  const { checkpoint, sent } = await fakes.flatten()
  const paid = fakes.sentPx().map(Number)
  expect(paid.length).toBeGreaterThan(LADDER_BPS.length)
  for (const [at, px] of paid.entries()) {
    const bps = LADDER_BPS[Math.min(at, LADDER_BPS.length - 1)] ?? 0
    expect(px).toBeCloseTo(99 * (1 - bps / 10_000), 2)
  }
  expect([checkpoint.seq, checkpoint.orders]).toEqual([5 + sent, 0])
})

test('no order id is used twice', async () => {
  const fakes = flattening('1', 3_000)
  refuse(fakes)
  const { sent } = await fakes.flatten()
  const ids = fakes.venue
    .called('placeOrders')
    .flatMap(({ orders }) => (orders as { cloid: string }[]).map((o) => o.cloid))
  expect([ids.length, new Set(ids).size]).toEqual([sent, sent])
})

test('it gives up at its time', async () => {
  const fakes = flattening('1', 3_000)
  refuse(fakes)
  await fakes.flatten()
  expect(fakes.clock.monotonicMs()).toBe(3_000)
})

test('after an order without answer nothing is sent before that order is dead at the venue', async () => {
  const { clock, flatten, ports, venue } = flattening('1', 10_000)
  const sentTs: number[] = []
  ports.venue.placeOrders = () => {
    sentTs.push(clock.now())
    return Promise.resolve([])
  }
  await flatten()
  const gaps = sentTs.slice(1).map((ts, at) => ts - (sentTs[at] ?? 0))
  expect(gaps.length).toBeGreaterThan(0)
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(TIMING.orderTtlMs + TIMING.clockSkewMs)
  expect(venue.state.placed).toEqual([])
})

test('a journal that is down holds nobody in a position', async () => {
  const { flatten, journal, ports, venue } = flattening()
  ports.journal.intent = silence
  await flatten()
  expect(venue.state.positions).toEqual([])
  expect(journal.rows.events.map(({ kind }) => kind)).toEqual(['intent_not_durable'])
})

test('an account that does not answer is no flat account', async () => {
  const { flatten, journal, ports, venue } = flattening('1', 5_000)
  ports.venue.account = silence
  const { sent } = await flatten()
  expect([sent, venue.state.placed]).toEqual([0, []])
  expect(journal.rows.events[0]).toEqual({
    kind: 'flatten_waits',
    details: { coin: 'BTC', why: 'no account' },
  })
})

test.each([
  { ageMs: 2_000, px: '89.91' }, // from the stream: bid 90
  { ageMs: 2_001, px: '98.901' }, // asked: bid 99
])('a price of a stream $ageMs ms old leads to an order at $px', async ({ ageMs, px }) => {
  const { flatten, market, sentPx } = flattening()
  Object.assign(market.state, { ageMs, bid: '90' })
  await flatten()
  expect(sentPx()).toEqual([px])
})

test('without any price it waits and says so', async () => {
  const { flatten, journal, market, ports } = flattening('1', 1_000)
  market.state.bid = null
  ports.venue.touch = async () => ({ bid: null, ask: null })
  expect((await flatten()).sent).toBe(0)
  expect(journal.rows.events[0]?.details.why).toBe('no price')
})
