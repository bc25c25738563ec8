/** Alerts: both sides of each level, what is unknown, and how often one is told. */
import { expect, test } from 'vitest'
import { type AlertFacts, isAlertDue, stepAlerts, type Told } from './alerts.ts'

const MINUTE = 60_000
const LEVELS = { drawdownPct: 2, takerShare: 0.3, lossUsd: 50, marginUse: 0.8, cooldownMs: 30 * MINUTE }
const CALM: AlertFacts = { drawdownPct: 0, makerFills: 0, takerFills: 0, sessionUsd: 0, marginUse: 0 }
const kinds = (change: Partial<AlertFacts>): string[] =>
  stepAlerts({}, { ...CALM, ...change }, LEVELS, 0).alerts.map(({ kind }) => kind)

test.each([
  [{ drawdownPct: 1.99 }, []],
  [{ drawdownPct: 2 }, ['DRAWDOWN']],
  [{ makerFills: 71, takerFills: 29 }, []],
  [{ makerFills: 70, takerFills: 30 }, ['TAKER_SHARE']],
  [{ takerFills: 1 }, ['TAKER_SHARE']],
  [{ sessionUsd: -49.99 }, []],
  [{ sessionUsd: -50 }, ['SESSION_LOSS']],
  [{ marginUse: 0.79 }, []],
  [{ marginUse: 0.8 }, ['MARGIN_USE']],
])('%o: %o', (change, is) => {
  expect(kinds(change)).toEqual(is)
})

test('an equity that is unknown alerts nobody: the original took it for a loss of everything', () => {
  expect(kinds({ drawdownPct: null, marginUse: null })).toEqual([])
})

test('a kind that was told waits, the others do not', () => {
  const first = stepAlerts({}, { ...CALM, drawdownPct: 3 }, LEVELS, 0)
  expect(first.alerts).toEqual([{ kind: 'DRAWDOWN', value: 3, limit: 2 }])
  const both = { ...CALM, drawdownPct: 3, sessionUsd: -60 }
  const second = stepAlerts(first.told, both, LEVELS, 10 * MINUTE)
  expect(second.alerts.map(({ kind }) => kind)).toEqual(['SESSION_LOSS'])
  expect(second.told).toEqual({ DRAWDOWN: 0, SESSION_LOSS: 10 * MINUTE })
})

test('the cool-down ends behind its last millisecond, not on it', () => {
  expect(isAlertDue(undefined, 0, LEVELS.cooldownMs)).toBe(true)
  expect(isAlertDue(0, LEVELS.cooldownMs, LEVELS.cooldownMs)).toBe(false)
  expect(isAlertDue(0, LEVELS.cooldownMs + 1, LEVELS.cooldownMs)).toBe(true)
})

test('worked example 11: a drawdown of 2.4 % at minutes 5, 20, 35 and 36 is told at 5 and 36', () => {
  let told: Told = {}
  const when = [5, 20, 35, 36].filter((minute) => {
    const step = stepAlerts(told, { ...CALM, drawdownPct: 2.4 }, LEVELS, minute * MINUTE)
    told = step.told
    return step.alerts.length > 0
  })
  expect(when).toEqual([5, 36])
})
