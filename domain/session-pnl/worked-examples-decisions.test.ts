/** Worked examples 9 to 11 of the specification of session PnL (003 §8): the advisor, quotes by mode, restarts and alerts. */
// The original's advisor is called by nobody; ours is asked at the end of each cycle. Restarts through a whole session: domain/session/restarts.test.ts.
import { describe, expect, test } from 'vitest'
import { firstPortfolio, stepPortfolio } from '#domain/strategies/maker/exits/portfolio.ts'
import { makerCare } from '#tests/support/maker-care.ts'
import { type Advice, firstAdvisor, stepAdvisor } from './advisor.ts'

const SECOND = 1_000
const MINUTE = 60_000

describe('9: the advisor from t = 0 on', () => {
  const steps = [
    { t: 70, pnlUsd: 0, equityUsd: 2_000, volatility: null },
    { t: 140, pnlUsd: -50, equityUsd: 1_950, volatility: null },
    { t: 210, pnlUsd: -30, equityUsd: 1_920, volatility: 0.2 },
    { t: 280, pnlUsd: -20, equityUsd: 1_900, volatility: null },
  ]
  const says = (): Advice[] => {
    let state = firstAdvisor(0)
    return steps.map(({ t, ...facts }) => {
      const step = stepAdvisor(
        state,
        { ts: t * SECOND, ...facts },
        { volatilityMax: 0.15, stepsPerYear: 8_640 * 365 },
      )
      state = step.state
      return step.advice
    })
  }

  test('t = 70: conservative, size 0.7, levels 10, +3 bps, leverage 20', () => {
    expect(says()[0]).toEqual({
      ...{ mode: 'CONSERVATIVE', size: 0.7, levels: 10, spreadBps: 3, leverage: 20, pause: false },
    })
  })

  test('t = 140, −50: recovery, size 0.706667, +0.833333, leverage 19, the mean of 20 and 18', () => {
    const advice = says()[1]
    expect(advice).toMatchObject({ mode: 'RECOVERY', leverage: 19, pause: false })
    expect(advice?.size).toBeCloseTo(0.706667, 6)
    expect(advice?.spreadBps).toBeCloseTo(0.833333, 6)
  })

  test('t = 210, −30, volatility 0.2: defensive, size 0.426667, +8.333333, leverage 16', () => {
    const advice = says()[2]
    expect(advice).toMatchObject({ mode: 'DEFENSIVE', leverage: 16, pause: false })
    expect(advice?.size).toBeCloseTo(0.426667, 6)
    expect(advice?.spreadBps).toBeCloseTo(8.333333, 6)
  })

  test('t = 280, −20: pause, defensive, size 1.0, leverage 20', () => {
    expect(says()[3]).toMatchObject({ mode: 'DEFENSIVE', size: 1, leverage: 20, spreadBps: 0, pause: true })
  })

  test('a session of cycles of 70 s: the next segment has these sizes, distances and leverages of its own 100 USD, 0 bps and 10×', () => {
    const care = makerCare({ startUsd: 2_000, advisor_enabled: true, mode_cycle_s: 70 })
    const found = [0, -50, -80, -100].map((netUsd, at) => {
      care.cycle((at + 1) * 70 * SECOND, { netUsd })
      const { size_notional_usd, touch_distance_bps, assumed_leverage } = care.params()
      return [size_notional_usd, touch_distance_bps, assumed_leverage].map((one) => Number(one.toFixed(4)))
    })
    // One mark a cycle tells no volatility before the tenth: the third is a recovery without its 5 bps and its halved leverage.
    expect(found).toEqual([
      [70, 1.5, 10],
      [70.6667, 0.4167, 9.5],
      [42.6667, 1.6667, 8.5],
      [100, 0, 10],
    ])
    expect(care.seen().modes).toEqual([
      `${70 / 60} ADVISOR_CONSERVATIVE`,
      `${140 / 60} ADVISOR_RECOVERY`,
      `${280 / 60} ADVISOR_DEFENSIVE`,
    ])
  })

  test('its pause is the portfolio’s, at 5 % in the very pass, and over by itself 180 s below; the original’s ends with the equity alone', () => {
    const care = makerCare({ startUsd: 2_000, advisor_enabled: true, mode_cycle_s: 70 })
    care.cycle(70 * SECOND, { netUsd: 0 })
    const at = (was: typeof firstPortfolio, netPnlUsd: number, ts: number) =>
      stepPortfolio(was, { ts, netPnlUsd, equityUsd: 2_000 }, care.params())
    const begun = at(firstPortfolio, 0, 0).state
    expect([at(begun, -99.99, 1).verdict, at(begun, -100, 1).verdict]).toEqual(['ok', 'pause'])
    const calm = at(at(begun, -100, 1).state, -90, 2).state
    expect([at(calm, -90, 180_001).verdict, at(calm, -90, 180_002).verdict]).toEqual(['pause', 'ok'])
  })
})

test('11: a drawdown of 2.4 % at minutes 5, 20, 35 and 36 alerts at 5 and 36', () => {
  const care = makerCare({ startUsd: 1_000, session_loss_alert_usd: 1_000, mode_cycle_s: 60 })
  for (const minute of [5, 20, 35, 36]) care.cycle(minute * MINUTE, { netUsd: -24 })
  expect(care.seen().alerts).toEqual(['5 ALERT_DRAWDOWN', '36 ALERT_DRAWDOWN'])
})
