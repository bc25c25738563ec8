/** The exits of a coin together: who goes first, what blocks quotes, and that nothing ever opens. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { absE8, fromNumber } from '#domain/fixed-point.ts'
import { exitFactsOf, exitKnobs, exitText, NOW, runExitPasses } from '#tests/support/maker-exit-facts.ts'
import { firstExits, stepExits } from './exits.ts'

const winning = { positionE8: fromNumber(200), entryPxE8: fromNumber(24.4) }
const losing = { positionE8: fromNumber(10), entryPxE8: fromNumber(24.6) }

test('take profit goes before the cap', () => {
  const knobs = { take_profit_min_usd: 20, max_per_coin_notional: 300 }
  const texts = runExitPasses(knobs, [exitFactsOf(winning), exitFactsOf(winning)]).map(exitText)
  expect(texts).toEqual(['TAKE_PROFIT_CLOSING', 'sell 200@24.496 ioc'])
})

test('the cap goes before the bailout, in chunks', () => {
  const far = { positionE8: fromNumber(100), entryPxE8: fromNumber(24.6) }
  expect(runExitPasses({ max_per_coin_notional: 300 }, [exitFactsOf(far)]).map(exitText)).toEqual([
    'sell 40.78@24.496 ioc',
  ])
})

test('a position found at start is closed before anything is quoted, and only once', () => {
  const passes = [
    exitFactsOf(losing),
    exitFactsOf({ ...losing, ts: NOW + 100 }),
    exitFactsOf({ ts: NOW + 600 }),
    exitFactsOf({ ...losing, ts: NOW + 1_000 }),
  ]
  const texts = runExitPasses({ flatten_on_start: true }, passes).map(exitText)
  expect(texts).toEqual(['sell 10@24.496 ioc', 'FLATTEN_ON_START', 'free', 'free'])
})

test('after a kill nothing is sent and the state stays', () => {
  const was = firstExits(true)
  const step = stepExits(was, exitFactsOf({ ...losing, killed: true }), exitKnobs())
  expect(step).toMatchObject({ order: null, blocked: 'KILLED', state: was })
})

test('whatever happens, an exit order shrinks the position and never turns it', () => {
  const pass = fc.record({
    ms: fc.integer({ min: 0, max: 200_000 }),
    sz: fc.integer({ min: -500, max: 500 }),
    entry: fc.integer({ min: 2_300, max: 2_600 }),
    phase: fc.constantFrom('none' as const, 'working' as const, 'done' as const),
    reject: fc.constantFrom('rate' as const, 'price' as const, 'other' as const, null),
    quotesOpen: fc.boolean(),
    start: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(pass, { minLength: 1, maxLength: 30 }), (list) => {
      let ts = NOW
      const facts = list.map(({ ms, sz, entry, phase, reject, quotesOpen }) => {
        ts += ms
        const positionE8 = fromNumber(sz / 10)
        return exitFactsOf({
          ts,
          positionE8,
          entryPxE8: fromNumber(entry / 100),
          quotesOpen,
          last: { phase, reject },
        })
      })
      const knobs = {
        take_profit_min_usd: 1,
        flatten_on_start: list[0]?.start ?? false,
        max_per_coin_notional: 800,
      }
      for (const [at, { order }] of runExitPasses(knobs, facts).entries()) {
        if (order === null) continue
        const held = facts[at]?.positionE8 ?? 0n
        expect(order.side).toBe(held > 0n ? 'sell' : 'buy')
        expect(order.szE8 > 0n && order.szE8 <= absE8(held)).toBe(true)
      }
    }),
  )
})
