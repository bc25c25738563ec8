/** Minutes: tuned knobs live in the memory, and go when autotune is switched off. */
import { expect, test } from 'vitest'
import { firstCheckpoint } from '#domain/trading/checkpoint.ts'
import { makerStage } from '#tests/support/maker-stage.ts'
import { START_TS } from '#tests/support/session-stage.ts'
import { recallMaker } from './maker-state.ts'

const TUNED = {
  SIM: { dynamic_min_spread_percentile: 0.8, min_spread_guard_buffer_bps: 3, changedMinute: 0 },
}
const checkpoint = {
  ...firstCheckpoint(3, START_TS),
  engine: { maker: { ...recallMaker({}), begun: true, tuned: TUNED } },
}

test('a tuned guard holds across segments while autotune is on', async () => {
  // 2 × 1.5 bps of fees and a buffer of 3 make 6: wider than the market's 2.
  const on = { autotune_enabled: true, min_spread_guard_enabled: true }
  const stage = await makerStage(on, { input: { checkpoint } })
  expect(stage.decisions.at(-1)).toMatchObject({ gate: 'SPREAD_GATE', inputs: { needed_bps: 6 } })
  expect(stage.memory().tuned).toEqual(TUNED)
})

test('switched off, the configured knobs hold again', async () => {
  const stage = await makerStage({ min_spread_guard_enabled: true }, { input: { checkpoint } })
  expect(stage.decisions.at(-1)).toMatchObject({ inputs: { needed_bps: 5 } })
  expect(stage.memory().tuned).toEqual({})
})
