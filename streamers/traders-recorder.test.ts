/** Tests of what becomes a row: one for many fills of a moment, changes that are large enough, the state of what changed, every comparison. */
import { expect, it } from 'vitest'
import * as tables from '#clickhouse/tables/traders.ts'
import type { TradeEvent } from '#domain/events.ts'
import { ONE_E8 } from '#domain/fixed-point.ts'
import { PositionBook } from '#domain/traders/position-book.ts'
import { createTradersRecorder } from '#streamers/traders-recorder.ts'

const START = 1_700_000_000_000
let tids = 0
const trade = (buyer: string, seller: string, ts: number, sz = '1'): TradeEvent => ({
  ...{
    kind: 'trade',
    coin: 'BTC',
    ts,
    tid: ++tids,
    side: 'buy',
    px: '100',
    sz,
    hash: '',
    buyer,
    seller,
    receivedTs: ts,
  },
})

function world() {
  const rows: Record<string, Record<string, unknown>[]> = {}
  const recorder = createTradersRecorder({
    writer: {
      write: (table, given) => {
        rows[table.name] = [...(rows[table.name] ?? []), ...(given as Record<string, unknown>[])]
      },
    },
    tables,
    clock: { now: () => START + 99_000 },
    threshold: 0.01,
    scoreOf: () => 73.4,
  })
  const book = new PositionBook((moved) => recorder.moved(moved))
  book.take([trade('0xz', '0xy', START)])
  book.track(['0xa'])
  const flush = () => {
    for (const name of Object.keys(rows)) delete rows[name]
    recorder.flush(book)
    return rows
  }
  const read = (sz: bigint, ts: number) => {
    const result = book.reconcile('0xa', {
      ts,
      positions: sz === 0n ? [] : [{ coin: 'BTC', szE8: sz, entryPxE8: ONE_E8 }],
    })
    if (result) recorder.compared(result)
  }
  return { book, flush, read, recorder }
}

it('writes one row for thousands of fills of a moment', () => {
  const { book, flush, read, recorder } = world()
  read(0n, START + 500)
  for (let at = 0; at < 3_000; at++) book.take([trade('0xa', '0xz', START + 1_000, '0.001')])
  const rows = flush()
  expect(rows.trader_positions).toMatchObject([
    { address: '0xa', coin: 'BTC', sz: '3', sz_before: '0', action: 'open', source: 'tape' },
  ])
  expect(recorder.counts()).toMatchObject({ moves: 3_000, rows: 1 })
  expect(flush().trader_positions).toBeUndefined()
})

it('leaves a change below the threshold out until it has added up, but not the state', () => {
  const { book, flush, read } = world()
  read(0n, START + 500)
  book.take([trade('0xa', '0xz', START + 1_000, '100')])
  flush()
  book.take([trade('0xa', '0xz', START + 2_000, '0.6')])
  const small = flush()
  expect(small.trader_positions).toBeUndefined()
  expect(small.trader_states).toMatchObject([{ coin: 'BTC', sz: '100.6' }])
  book.take([trade('0xa', '0xz', START + 3_000, '0.6')])
  expect(flush().trader_positions).toMatchObject([{ sz: '101.2', sz_before: '100', action: 'increase' }])
})

it('says unknown before the venue was asked, and flat, not nothing, after a position is gone', () => {
  const { book, flush, read } = world()
  book.take([trade('0xa', '0xz', START + 60_000)])
  const unread = flush()
  expect(unread.trader_states).toMatchObject([{ status: 'unknown', base_ts: 0, confidence: 0 }])
  expect(unread.trader_positions).toBeUndefined()
  book.take([trade('0xz', '0xy', START + 90_000)])
  read(ONE_E8, START + 70_000)
  expect(flush().trader_states).toMatchObject([
    { coin: 'BTC', status: 'long', sz: '1' },
    { coin: '', status: 'known', base_ts: START + 70_000 },
  ])
  book.take([trade('0xz', '0xa', START + 91_000)])
  const closed = flush()
  expect(closed.trader_states).toMatchObject([{ coin: 'BTC', status: 'flat', sz: '0' }])
  expect(closed.trader_positions).toMatchObject([{ action: 'close', sz: '0' }])
})

it('keeps what each comparison found, and that of somebody who held nothing', () => {
  const { book, flush, read } = world()
  read(0n, START + 40_000)
  expect(flush().trader_reconciliations).toMatchObject([{ coin: '', true_sz: '0', is_first: true }])
  book.take([trade('0xz', '0xy', START + 120_000)])
  read(2n * ONE_E8, START + 80_000)
  const rows = flush()
  expect(rows.trader_reconciliations).toMatchObject([
    { coin: 'BTC', believed_sz: '0', true_sz: '2', corrected: true, is_first: false },
  ])
  expect(rows.trader_positions).toMatchObject([{ source: 'venue', sz: '2', signal_confidence: 0.5738 }])
})
