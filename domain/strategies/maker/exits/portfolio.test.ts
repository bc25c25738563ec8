/** Pause and stop of a session: both sides of each threshold, the wait below it, and unknown equity. */
import { expect, test } from 'vitest'
import { firstPortfolio, type PortfolioState, stepPortfolio } from './portfolio.ts'

const KNOBS = { emergency_stop_loss_pct: 15, portfolio_pause_threshold_pct: 8, portfolio_pause_s: 180 }
const step = (was: PortfolioState, netPnlUsd: number, ts = 0, equityUsd: number | null = 1_000) =>
  stepPortfolio(was, { ts, netPnlUsd, equityUsd }, KNOBS)
const started = step(firstPortfolio, 0).state

test.each([
  [-79.99, 'ok'],
  [-80, 'pause'],
  [-149.99, 'pause'],
  [-150, 'kill'],
])('with 1,000 USD at start, a PnL of %f: %s', (pnl, verdict) => {
  expect(step(started, pnl).verdict).toBe(verdict)
})

test('the fall counts from the peak of the session', () => {
  const peaked = step(started, 100).state
  expect(step(peaked, 20.01).verdict).toBe('ok')
  expect(step(peaked, 20).verdict).toBe('pause')
})

test('a pause ends after 180 s below the threshold without a break', () => {
  const paused = step(started, -80, 0).state
  const calm = step(paused, -70, 1_000).state
  expect(step(calm, -70, 180_999).verdict).toBe('pause')
  expect(step(calm, -70, 181_000)).toMatchObject({ verdict: 'ok', state: { paused: false } })
  const again = step(calm, -80, 100_000).state
  expect(step(step(again, -70, 101_000).state, -70, 181_000).verdict).toBe('pause')
})

test('unknown equity is no decision, and the first known one stays the measure', () => {
  expect(step(firstPortfolio, -1e6, 0, null).verdict).toBe('ok')
  expect(step(firstPortfolio, -1e6, 0, 0).verdict).toBe('ok')
  expect(step(started, -80, 0, 500).state.startUsd).toBe(1_000)
})
