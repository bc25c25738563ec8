/** The journal: intents are on disk before their order may go, answers keep the order's facts, plots get one point a second. */
import { expect, test } from 'vitest'
import type { EquityRow, OrderRow, QuoteRow, SessionEventRow } from '#clickhouse/tables/trading.ts'
import { buildCloid } from '#domain/ids.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import { createJournal, type JournalSink } from './journal.ts'

const facts = { session_id: 'session/paper/a', account: 'acc', epoch: 4, run: 9 }
const cloid = buildCloid({ tag: 1, epoch: 4, seq: 77, run: 9, leg: 0 })
const order: OrderIntent = {
  cloid,
  coin: 'BTC',
  side: 'sell',
  px: '100.5',
  sz: '0.2',
  tif: 'alo',
  reduce_only: true,
  trigger: { px: '99', kind: 'stop' },
  purpose: 'stop',
}

function world() {
  const seen = {
    orders: [] as OrderRow[],
    events: [] as SessionEventRow[],
    equity: [] as EquityRow[],
    quotes: [] as QuoteRow[],
  }
  let release = () => {}
  const flushed = new Promise<void>((resolve) => {
    release = resolve
  })
  const sink: JournalSink = {
    orders: (row) => void seen.orders.push(row),
    decisions: () => {},
    events: (row) => void seen.events.push(row),
    quotes: (row) => void seen.quotes.push(row),
    equity: (row) => void seen.equity.push(row),
    flush: () => flushed,
  }
  return { seen, release: () => release(), journal: createJournal(facts, sink, { now: () => 5_000 }) }
}

test('an intent resolves only when it is on disk', async () => {
  const { seen, release, journal } = world()
  let durable = false
  const intent = journal.intent(order, { epoch: 4, ts: 1_000 }).then(() => {
    durable = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(durable).toBe(false)
  release()
  await intent
  expect(seen.orders).toMatchObject([
    { ...{ cloid, seq: 77, status: 'intent', trigger_px: '99', oid: 0, run: 9, epoch: 4 }, status_ts: 1_000 },
  ])
})

test('an answer keeps what its intent said; one without an intent keeps at least its id', () => {
  const { seen, journal } = world()
  void journal.intent(order, { epoch: 4, ts: 1_000 })
  journal.answer({ cloid, status: 'resting', oid: 12 }, { epoch: 4, ts: 1_001 })
  const strange = buildCloid({ tag: 1, epoch: 3, seq: 5, run: 9, leg: 0 })
  journal.answer({ cloid: strange, status: 'canceled' }, { epoch: 4, ts: 1_002 })
  journal.answer({ cloid: strange, status: 'gone' }, { epoch: 4, ts: 1_003 })
  expect(seen.orders.slice(1)).toMatchObject([
    { cloid, status: 'resting', oid: 12, coin: 'BTC', px: '100.5', purpose: 'stop' },
    { cloid: strange, status: 'canceled', seq: 5, coin: '' },
  ])
})

test('events of one millisecond keep their order', () => {
  const { seen, journal } = world()
  journal.event('a', { x: 1 })
  journal.event('b', {})
  expect(seen.events.map(({ kind, seq, ts }) => [kind, seq, ts])).toEqual([
    ['a', 1, 5_000],
    ['b', 2, 5_000],
  ])
  expect(JSON.parse(seen.events[0]?.details ?? '')).toEqual({ epoch: 4, x: 1 })
})

test.each([
  [999, 1],
  [1_000, 2],
])('%i ms after a point of the equity curve there are %i points', (later, points) => {
  const { seen, journal } = world()
  for (const ts of [1_000, 1_000 + later])
    journal.equity({ ts, equityUsd: '10', netPnlUsd: '1', positions: { BTC: '0.1' } })
  expect(seen.equity).toHaveLength(points)
})

test('quotes are thinned per coin, and an empty side is a zero', () => {
  const { seen, journal } = world()
  const quote = { ts: 1_000, bid: { px: '1', sz: '2' }, ask: null, mid: '1.5', positionSz: '0' }
  journal.quotes({ ...quote, coin: 'BTC' })
  journal.quotes({ ...quote, coin: 'BTC' })
  journal.quotes({ ...quote, coin: 'ETH' })
  expect(seen.quotes.map(({ coin, ask_px }) => [coin, ask_px])).toEqual([
    ['BTC', '0'],
    ['ETH', '0'],
  ])
})
