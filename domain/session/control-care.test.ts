/** Care for each cycle: alerts once in a while, an advisor that waits for a known equity, and knobs that the next segment gets. */
import { expect, test } from 'vitest'
import { makerCare } from '#tests/support/maker-care.ts'
import { makerSession } from '#tests/support/session-effects.ts'
import { segmentInput } from './control-segment.ts'
import { createWishBox } from './wishes.ts'

const MINUTE = 60_000

test('an alert says what was found and the level, and waits before it says so again', () => {
  const care = makerCare({ startUsd: 1_000, drawdown_alert_pct: 2, session_loss_alert_usd: 1_000 })
  for (const minute of [5, 10, 35, 36]) care.cycle(minute * MINUTE, { netUsd: -24 })
  expect(care.seen().alerts).toEqual(['5 ALERT_DRAWDOWN', '36 ALERT_DRAWDOWN'])
  expect(care.book.pending.decisions.find(({ reason }) => reason === 'ALERT_DRAWDOWN')?.inputs).toEqual({
    ...{ value: 2.4, limit: 2 },
  })
})

test('all four kinds, each with its own wait', () => {
  const care = makerCare({ startUsd: 1_000, takerFills: 1, makerFills: 1, freeUsd: 100 })
  care.cycle(5 * MINUTE, { netUsd: -24 })
  expect(care.seen().alerts.map((text) => text.slice(2))).toEqual([
    'ALERT_DRAWDOWN',
    'ALERT_TAKER_SHARE',
    'ALERT_SESSION_LOSS',
    'ALERT_MARGIN_USE',
  ])
})

test('without a known equity there is no drawdown, no margin and no advice', () => {
  const care = makerCare({ startUsd: null, freeUsd: 0, session_loss_alert_usd: 1_000, advisor_enabled: true })
  care.cycle(5 * MINUTE, { netUsd: -500 })
  expect(care.seen()).toMatchObject({ alerts: [], modes: [], sizes: [100] })
})

test('advice is in force from the next segment on, and the session’s own knobs stay what they are', () => {
  const care = makerCare({ startUsd: 1_000, advisor_enabled: true, size_notional_usd: 200 })
  const begun = care.params().size_notional_usd
  care.cycle(5 * MINUTE, { netUsd: 0 })
  expect([begun, care.params().size_notional_usd]).toEqual([200, 140])
  expect(care.book.params).toMatchObject({ size_notional_usd: 200 })
  const segment = segmentInput(care.book, makerSession(), createWishBox('flatten'))
  expect(segment).toMatchObject({ params: { size_notional_usd: 140 } })
})

test('a step is what the session earned since the last, and nothing in the first', () => {
  const care = makerCare({ startUsd: 1_000, advisor_enabled: true })
  for (const [at, netUsd] of [10, -20, -60].entries()) care.cycle((at + 1) * MINUTE, { netUsd })
  const told = care.book.pending.decisions.filter(({ reason }) => reason.startsWith('ADVISOR_'))
  expect(told.map(({ inputs }) => inputs.pnl_usd)).toEqual([0, -30, -40])
})

test('switched off, the session quotes with its own knobs from the next segment on', () => {
  const care = makerCare({ startUsd: 1_000, advisor_enabled: true })
  care.cycle(MINUTE, { netUsd: 0 })
  expect(care.params().size_notional_usd).toBe(70)
  Object.assign(care.book.params, { advisor_enabled: false })
  expect(care.params().size_notional_usd).toBe(100)
})

test('advice is told when it changes, not each cycle, and ends with the knob', () => {
  const care = makerCare({ startUsd: 1_000, advisor_enabled: true })
  for (const [at, netUsd] of [0, 0, -30, -30, -60].entries()) care.cycle((at + 1) * MINUTE, { netUsd })
  expect(care.seen().modes).toEqual(['1 ADVISOR_CONSERVATIVE', '3 ADVISOR_RECOVERY', '5 ADVISOR_DEFENSIVE'])
  Object.assign(care.book.params, { advisor_enabled: false })
  care.cycle(6 * MINUTE, { netUsd: -60 })
  Object.assign(care.book.params, { advisor_enabled: true })
  expect(care.params().size_notional_usd).toBe(100)
})
