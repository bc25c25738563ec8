/** When a resting quote gives way: both sides of each rule, and what goes at once. */
import { expect, test } from 'vitest'
import { fromNumber } from '#domain/fixed-point.ts'
import { knobsOf } from '#tests/support/maker-facts.ts'
import { replaceReason } from './replace.ts'

const KNOBS = knobsOf({ move_threshold_ticks: 3, min_replace_ms: 1_000 })
const quote = {
  side: 'buy' as const,
  pxE8: fromNumber(50),
  remainingE8: fromNumber(1),
  reduceOnly: false,
  ageMs: 5_000,
}
const wanted = { pxE8: fromNumber(50), szE8: fromNumber(1), reduceOnly: false }
const terms = {
  tick: fromNumber(0.01),
  touchE8: fromNumber(50.01),
  moveFactor: 1,
  facingE8: fromNumber(50.03),
  mayMove: true,
  mayTidy: true,
}
const why = (resting = {}, want: object | null = {}, term = {}) =>
  replaceReason({ ...quote, ...resting }, want && { ...wanted, ...want }, { ...terms, ...term }, KNOBS)

test('a quote that nobody wants goes at once, and so does one of the wrong kind', () => {
  expect(why({ ageMs: 0 }, null)).toBe('UNWANTED')
  expect(why({ ageMs: 0 }, { reduceOnly: true })).toBe('REDUCE_ONLY')
})

test('more than a cap allows goes at once; less stays', () => {
  const capped = { szE8: fromNumber(0.99), capped: true }
  expect(why({ ageMs: 0 }, capped)).toBe('CAP')
  expect(why({ ageMs: 0 }, { ...capped, szE8: fromNumber(1) })).toBeNull()
})

test.each([
  [0.02, 5_000, null],
  [0.03, 5_000, 'PRICE'],
  [0.03, 999, null],
  [0.03, 1_000, 'PRICE'],
])('moved by %f after %i ms: %s', (move, ageMs, is) => {
  expect(why({ ageMs, pxE8: fromNumber(50 - move) })).toBe(is)
})

test('with few actions left only twice the threshold counts', () => {
  expect(why({ pxE8: fromNumber(49.95) }, {}, { moveFactor: 2 })).toBeNull()
  expect(why({ pxE8: fromNumber(49.94) }, {}, { moveFactor: 2 })).toBe('PRICE')
})

test.each([
  [0.8, null],
  [0.79, 'SIZE'],
  [1.2, null],
  [1.21, 'SIZE'],
])('with %f coins of 1 left: %s', (left, is) => {
  expect(why({ remainingE8: fromNumber(left) })).toBe(is)
})

test('while the pace of the budget has not come, what lies slightly wrong stays and what limits risk goes', () => {
  const waiting = { mayMove: false }
  expect(why({ pxE8: fromNumber(49.9) }, {}, waiting)).toBeNull()
  expect(why({ remainingE8: fromNumber(0.1) }, {}, waiting)).toBeNull()
  expect(why({}, null, waiting)).toBe('UNWANTED')
  expect(why({}, { reduceOnly: true }, waiting)).toBe('REDUCE_ONLY')
  expect(why({}, { szE8: fromNumber(0.5), capped: true }, waiting)).toBe('CAP')
})

test.each([
  ['buy', 50.02, null],
  ['buy', 50.03, 'CROSSED'],
  ['buy', 50.04, 'CROSSED'],
  ['sell', 50.04, null],
  ['sell', 50.03, 'CROSSED'],
] as const)('a %s at %f against 50.03 on the other side, whatever the budget: %s', (side, px, is) => {
  expect(why({ side, pxE8: fromNumber(px), ageMs: 0 }, {}, { mayMove: false })).toBe(is)
})

test('age counts only behind the front, and neither age nor size under a low budget', () => {
  expect(why({ ageMs: 30_000 })).toBe('AGE')
  expect(why({ ageMs: 29_999 })).toBeNull()
  expect(why({ ageMs: 30_000 }, {}, { touchE8: fromNumber(50) })).toBeNull()
  expect(why({ ageMs: 30_000, remainingE8: fromNumber(0.1) }, {}, { mayTidy: false })).toBeNull()
})
