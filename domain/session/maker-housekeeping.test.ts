/** Housekeeping: fee rates reach the guard, a position that differs is audited at once, strangers are purged only when asked. */
import { expect, test } from 'vitest'
import { makerStage } from '#tests/support/maker-stage.ts'

test('the account’s own fee rates move the guard, and the base tier holds until they are known', async () => {
  const guard = { min_spread_guard_enabled: true, min_spread_guard_buffer_bps: 1 }
  const base = await makerStage(guard)
  expect(base.decisions.at(-1)?.inputs.needed_bps).toBe(4)
  const rebate = await makerStage(guard, {
    before: ({ ports }) =>
      Object.assign(ports.venue, { fees: async () => ({ makerBps: -0.5, takerBps: 2 }) }),
  })
  expect(rebate.shown()).toHaveLength(2)
  expect(rebate.events.some(({ kind }) => kind === 'maker_fees')).toBe(true)
})

test('a trade by hand is noticed within half a minute, and the venue’s position is taken over', async () => {
  const stage = await makerStage({ min_spread_bps: 50 })
  stage.knobs.streamUp = true
  const silent = stage.venue.onEvent
  stage.venue.onEvent = () => undefined
  stage.hold('3')
  stage.venue.onEvent = silent
  await stage.advance(33_000)
  expect(stage.events.some(({ kind }) => kind === 'position_mismatch')).toBe(true)
  expect(stage.decisions.at(-1)?.inputs).toBeDefined()
})
