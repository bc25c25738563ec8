/** Aggregation of the book as the venue does it, against one instant of its own book at several aggregations. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { viewBook } from '#exchange/paper/market/book-view.ts'
import { coinSpec } from '#exchange/paper/market/known-coins.ts'
import type { WireLevel } from '#exchange/paper/sources/source.ts'
import { missingData, sharedData } from '#tests/support/shared-data.ts'

const FILES = ['nsf5', 'nsf5_m5', 'nsf4', 'nsf3'].map((name) => `info/l2book_btc_${name}.json`)
const missing = FILES.map(missingData).find((reason) => reason !== null) ?? null
type Recorded = { time: number; spread: string; levels: [WireLevel[], WireLevel[]] }
const read = (at: number): Recorded =>
  JSON.parse(readFileSync(sharedData(FILES[at] as string), 'utf8')) as Recorded
const BTC = coinSpec('BTC', 0)

test.skipIf(missing !== null).each([
  { from: 0, to: 1, nSigFigs: 5, mantissa: 5 },
  { from: 1, to: 2, nSigFigs: 4, mantissa: null },
  { from: 2, to: 3, nSigFigs: 3, mantissa: null },
])(
  'recorded book $from gives recorded book $to: bids round down, asks up, sizes and counts add up',
  ({ from, to, nSigFigs, mantissa }) => {
    const [fine, coarse] = [read(from), read(to)]
    const view = viewBook(
      BTC,
      { ts: fine.time, bids: fine.levels[0], asks: fine.levels[1] },
      { nSigFigs, mantissa },
    )
    for (const side of [0, 1] as const) {
      // The last bucket may reach beyond what 20 fine levels show.
      const whole = view.levels[side].slice(0, -1)
      expect(whole.length).toBeGreaterThan(0)
      expect(whole).toEqual(coarse.levels[side].slice(0, whole.length))
    }
  },
)

test('the spread is only shown on aggregated books, and is the one of the best prices', () => {
  const book = {
    ts: 1,
    bids: [{ px: '64900.0', sz: '1.0', n: 1 }],
    asks: [{ px: '64901.0', sz: '1.0', n: 1 }],
  }
  expect(viewBook(BTC, book, { nSigFigs: 3, mantissa: null }).spread).toBe('1.0')
  expect(viewBook(BTC, book, { nSigFigs: null, mantissa: null })).not.toHaveProperty('spread')
  expect(viewBook(BTC, { ...book, asks: [] }, { nSigFigs: 3, mantissa: null })).not.toHaveProperty('spread')
})
