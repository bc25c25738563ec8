/** The take-profit machine, transition by transition, and the worked examples. */
import { describe, expect, test } from 'vitest'
import { formatFixed, fromNumber } from '#domain/fixed-point.ts'
import { exitFactsOf, exitKnobs, NOW } from '#tests/support/maker-exit-facts.ts'
import { touchAt } from '#tests/support/maker-facts.ts'
import { closing, run } from '#tests/support/take-profit.ts'
import type { ExitFacts } from './exits.ts'
import {
  idle,
  profitOf,
  stepTakeProfit,
  TAKE_PROFIT,
  type TakeProfitState,
  triggered,
} from './take-profit.ts'

const LONG: Partial<ExitFacts> = { positionE8: fromNumber(200), entryPxE8: fromNumber(24.4) }
const KNOBS = { take_profit_min_usd: 20 }
const done = (reject: 'rate' | 'price' | 'other' | null = null): ExitFacts['last'] => ({
  phase: 'done',
  reject,
})
const working: ExitFacts['last'] = { phase: 'working', reject: null }
const phase = (state: TakeProfitState): string =>
  state.phase === 'CLOSING'
    ? `CLOSING(${state.step})`
    : state.phase === 'COOLDOWN'
      ? state.after
      : state.phase

describe('worked examples', () => {
  test('6: long 200 at 24.40 earns 49.18 bps at the mid and 20.39 USD at the touch after the fee', () => {
    const profit = profitOf(exitFactsOf(LONG))
    expect(profit?.bps).toBeCloseTo(49.18, 2)
    expect(profit?.usd).toBeCloseTo(20.39, 2)
    expect(triggered(exitFactsOf(LONG), exitKnobs(KNOBS))).toBe(1)
  })

  test('6: at 24.46 the 24.5 bps are below 30, whatever the dollars', () => {
    const facts = exitFactsOf({ ...LONG, entryPxE8: fromNumber(24.46) })
    expect(profitOf(facts)?.bps).toBeCloseTo(24.5, 1)
    expect(triggered(facts, exitKnobs({ take_profit_min_usd: 5 }))).toBeNull()
  })

  test('6: a short counts the ask and the fee: 22.19 USD, not the 25.90 of the mid', () => {
    const facts = exitFactsOf({
      touch: touchAt('24.513', '24.528'),
      positionE8: fromNumber(-200),
      entryPxE8: fromNumber(24.65),
    })
    expect(profitOf(facts)?.bps).toBeCloseTo(52.5, 1)
    expect(profitOf(facts)?.usd).toBeCloseTo(22.19, 2)
    expect(triggered(facts, exitKnobs({ take_profit_min_usd: 25 }))).toBeNull()
    expect(triggered(facts, exitKnobs({ take_profit_min_usd: 22 }))).toBe(1)
  })

  test('13: it fires in a market too tight to quote in', () => {
    const facts = exitFactsOf({ ...LONG, touch: touchAt('24.513', '24.514') })
    expect(profitOf(facts)?.bps).toBeCloseTo(46.5, 1)
    expect(triggered(facts, exitKnobs({ ...KNOBS, min_spread_bps: 3 }))).toBe(1)
  })
})

test('reaching both limits is enough', () => {
  const profit = profitOf(exitFactsOf(LONG))
  const limits = { take_profit_min_bps: profit?.bps, take_profit_min_usd: profit?.usd }
  expect(triggered(exitFactsOf(LONG), exitKnobs(limits))).toBe(1)
  const more = { ...limits, take_profit_min_usd: (profit?.usd ?? 0) + 0.01 }
  expect(triggered(exitFactsOf(LONG), exitKnobs(more))).toBeNull()
})

test('less than a lot, no entry, or no touch never fires', () => {
  expect(triggered(exitFactsOf({ ...LONG, positionE8: fromNumber(0.009) }), exitKnobs(KNOBS))).toBeNull()
  expect(triggered(exitFactsOf({ ...LONG, entryPxE8: 0n }), exitKnobs(KNOBS))).toBeNull()
  expect(triggered(exitFactsOf({ ...LONG, touch: null }), exitKnobs(KNOBS))).toBeNull()
})

describe('transitions', () => {
  const first = closing(1)
  test('IDLE enters CLOSING(1) and sends nothing while quotes may rest', () => {
    const step = stepTakeProfit(idle, exitFactsOf({ ...LONG, quotesOpen: true }), exitKnobs(KNOBS))
    expect(phase(step.state)).toBe('CLOSING(1)')
    const waits = run(step.state, { ...LONG, quotesOpen: true }, KNOBS)
    expect(waits.order).toBeNull()
    expect(run(step.state, LONG, KNOBS).order).toMatchObject({ side: 'sell', tif: 'ioc' })
  })

  test.each([
    [1, '24.496'],
    [2, '24.447'],
    [3, '24.275'],
  ])('CLOSING(%i) sells all of it at the mid less its bound: %s', (step, px) => {
    const { order } = run(closing(step), LONG, KNOBS)
    expect(order && `${formatFixed(order.szE8)}@${formatFixed(order.pxE8)}`).toBe(`200@${px}`)
  })

  test('an order that still works is waited for, 2 s at most', () => {
    const sent = closing(1, { sentTs: NOW, sends: 1 })
    expect(run(sent, { ...LONG, ts: NOW + 1_999, last: working }, KNOBS).state).toEqual(sent)
    expect(phase(run(sent, { ...LONG, ts: NOW + 2_000, last: working }, KNOBS).state)).toBe('CLOSING(2)')
  })

  test('nothing filled goes a step further; after the third it rests', () => {
    const none = (step: number) =>
      phase(run(closing(step, { sentTs: NOW, sends: 1 }), { ...LONG, last: done() }, KNOBS).state)
    expect([none(1), none(2), none(3)]).toEqual(['CLOSING(2)', 'CLOSING(3)', 'REST'])
  })

  test('a part filled stays at its step, three sends at most', () => {
    const part = { ...LONG, positionE8: fromNumber(120), last: done() }
    const again = run(closing(1, { sentTs: NOW, sends: 2 }), part, KNOBS)
    expect(phase(again.state)).toBe('CLOSING(1)')
    expect(again.order?.szE8).toBe(fromNumber(120))
    expect(phase(run(closing(1, { sentTs: NOW, sends: 3 }), part, KNOBS).state)).toBe('CLOSING(2)')
  })

  test('nothing left is DONE, and so is a position that has turned', () => {
    const sent = closing(2, { sentTs: NOW, sends: 1 })
    expect(phase(run(sent, { ...LONG, positionE8: 0n, last: done() }, KNOBS).state)).toBe('DONE')
    expect(phase(run(sent, { ...LONG, positionE8: fromNumber(-1), last: done() }, KNOBS).state)).toBe('DONE')
    expect(phase(run(first, { ...LONG, positionE8: 0n }, KNOBS).state)).toBe('DONE')
  })

  test('a rate refusal tries the same step for 5 s, then the next', () => {
    const sent = closing(1, { sentTs: NOW, sends: 1, sinceTs: NOW })
    const soon = run(sent, { ...LONG, ts: NOW + 4_999, last: done('rate') }, KNOBS)
    expect(phase(soon.state)).toBe('CLOSING(1)')
    expect(soon.order).not.toBeNull()
    const late = run(sent, { ...LONG, ts: NOW + 5_000, last: done('rate') }, KNOBS)
    expect(phase(late.state)).toBe('CLOSING(2)')
  })

  test('a price refusal goes to REST at once', () => {
    const sent = closing(1, { sentTs: NOW, sends: 1 })
    expect(phase(run(sent, { ...LONG, last: done('price') }, KNOBS).state)).toBe('REST')
  })

  const rest: TakeProfitState = { phase: 'REST', sinceTs: NOW, placed: false }
  test('REST lies post-only at the touch, and is put back when it is gone', () => {
    const { order } = run(rest, LONG, KNOBS)
    expect(order).toMatchObject({ side: 'sell', tif: 'alo', pxE8: fromNumber(24.527) })
    expect(run({ ...rest, placed: true }, { ...LONG, last: working }, KNOBS).order).toBeNull()
    expect(run({ ...rest, placed: true }, { ...LONG, last: done('other') }, KNOBS).order).not.toBeNull()
  })

  test('REST ends filled as DONE, after 30 s as FAILED, and takes its order back', () => {
    expect(phase(run(rest, { ...LONG, positionE8: 0n }, KNOBS).state)).toBe('DONE')
    expect(phase(run(rest, { ...LONG, ts: NOW + 29_999, last: working }, KNOBS).state)).toBe('REST')
    const failed = run(rest, { ...LONG, ts: NOW + 30_000, last: working }, KNOBS)
    expect(phase(failed.state)).toBe('FAILED')
    expect(failed.cancel).toBe(true)
    expect(failed.event).toContain('FAILED')
  })

  test.each([
    ['DONE', TAKE_PROFIT.doneMs],
    ['FAILED', TAKE_PROFIT.failedMs],
  ] as const)('COOLDOWN after %s lasts %i ms', (after, lasts) => {
    const state: TakeProfitState = { phase: 'COOLDOWN', untilTs: NOW + lasts, after }
    expect(run(state, { ts: NOW + lasts - 1 }, KNOBS).state).toEqual(state)
    expect(run(state, { ts: NOW + lasts }, KNOBS).state).toEqual(idle)
  })

  test.each([first, rest, closing(3, { sentTs: NOW, sends: 1 })])('a kill aborts it: %o', (state) => {
    const step = run(state, { ...LONG, killed: true }, KNOBS)
    expect(phase(step.state)).toBe('ABORTED')
    expect([step.order, step.cancel]).toEqual([null, true])
    expect(run(idle, { ...LONG, killed: true }, KNOBS).state).toEqual(idle)
  })
})
