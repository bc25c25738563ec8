/** The bailout, transition by transition: its timers, both sides of each limit, and the worked example. */
import { expect, test } from 'vitest'
import { formatFixed, fromNumber } from '#domain/fixed-point.ts'
import { exitFactsOf, exitKnobs, NOW } from '#tests/support/maker-exit-facts.ts'
import { touchAt } from '#tests/support/maker-facts.ts'
import { adverseBps, type BailoutState, noBailout, stepBailout } from './bailout.ts'
import type { ExitFacts } from './exits.ts'

const LONG: Partial<ExitFacts> = { positionE8: fromNumber(10), entryPxE8: fromNumber(24.6) }
const WON: Partial<ExitFacts> = { ...LONG, entryPxE8: fromNumber(24.4) }
const step = (was: BailoutState, seconds: number, facts: Partial<ExitFacts> = LONG, knobs = {}) =>
  stepBailout(was, exitFactsOf({ ts: NOW + seconds * 1_000, ...facts }), exitKnobs(knobs))
const begun = step(noBailout, 0).state
const order = (found: ReturnType<typeof step>): string =>
  found.order ? `${found.order.side} ${formatFixed(found.order.szE8)}@${formatFixed(found.order.pxE8)}` : '-'

test('worked example 8: a timer at first, a third after 95 s, all of it after 180 s at any loss', () => {
  expect(adverseBps(exitFactsOf(LONG))).toBeCloseTo(32.5203, 4)
  expect(order(step(noBailout, 0))).toBe('-')
  const part = step(begun, 95)
  expect(order(part)).toBe('sell 3.3@24.499') // 24.4982922 on the venue's ticks, never below its bound
  const later = { ...LONG, touch: touchAt('24.59', '24.60') }
  expect(adverseBps(exitFactsOf(later))).toBeCloseTo(2.0325, 4)
  expect(order(step(part.state, 182, later))).toBe('sell 10@24.576')
})

test.each([
  [89.999, '-'],
  [90, 'sell 3.3@24.499'],
])('a partial waits 90 s: after %f s %s', (seconds, is) => {
  expect(order(step(begun, seconds))).toBe(is)
})

test('after a partial its wait begins anew, the full one goes on', () => {
  const part = step(begun, 90).state
  expect(order(step(part, 179))).toBe('-')
  expect(order(step(part, 180))).toBe('sell 10@24.499')
})

test.each([
  [32.53, '-'],
  [32.52, 'sell 10@24.499'],
])('at 32.52 bps a full limit of %f: %s', (bailout_full_mae_bps, is) => {
  expect(order(step(begun, 1, LONG, { bailout_full_mae_bps }))).toBe(is)
})

test('the timer ends 30 s above the entry, not before, and at once when flat', () => {
  const above = step(begun, 10, WON).state
  const wet = step(step(above, 39, WON).state, 40).state
  expect(wet.sinceTs).toBe(NOW)
  const dry = step(above, 40, WON).state
  expect(dry.sinceTs).toBeNull()
  expect(step(begun, 5, { positionE8: 0n }).state.sinceTs).toBeNull()
})

test('a full bailout pauses quotes for 30 s, a partial does not', () => {
  const all = step(begun, 180).state
  expect(all.pausedUntilTs).toBe(NOW + 210_000)
  expect(step(begun, 90).state.pausedUntilTs).toBe(0)
  expect(step(all, 181, { positionE8: 0n }).state.pausedUntilTs).toBe(NOW + 210_000)
})

test('two orders keep their distance, and one that works is waited for', () => {
  const sent = step(begun, 180).state
  expect(order(step(sent, 180.4))).toBe('-')
  expect(order(step(sent, 180.5))).toBe('sell 10@24.499')
  expect(order(step(sent, 181, { ...LONG, last: { phase: 'working', reject: null } }))).toBe('-')
})

test('a short is mirrored, a share below a lot is one lot, dust is left', () => {
  const short = { positionE8: fromNumber(-10), entryPxE8: fromNumber(24.44) }
  expect(order(step(step(noBailout, 0, short).state, 90, short))).toBe('buy 3.3@24.541')
  const lot = { ...LONG, positionE8: fromNumber(0.02) }
  expect(order(step(step(noBailout, 0, lot).state, 90, lot))).toBe('sell 0.01@24.499')
  const dust = { ...LONG, positionE8: fromNumber(0.009) }
  expect(order(step(step(noBailout, 0, dust).state, 200, dust))).toBe('-')
})

test('without a touch, and after a kill, nothing happens', () => {
  expect(step(begun, 500, { ...LONG, touch: null })).toEqual({ state: begun, order: null, event: null })
  expect(order(step(begun, 500, { ...LONG, killed: true }))).toBe('-')
})
