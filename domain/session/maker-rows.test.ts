/** The rows of a running maker carry what their tables store: one of each kind from a segment of two minutes. */
import { expect, test } from 'vitest'
import { makerStage } from '#tests/support/maker-stage.ts'
import type { MakerRow } from './maker-rows.ts'

test('a segment of one cycle leaves rows of every kind', async () => {
  const stage = await makerStage(
    {
      autotune_enabled: true,
      autotune_min_maker_share: 0,
      autotune_window_minutes: 1,
      autotune_cooldown_minutes: 1,
      min_spread_guard_enabled: true,
      min_spread_guard_buffer_bps: 1.5,
    },
    { input: { rotate_after_ms: 150_000 }, runMs: 200_000 },
  )
  const kinds = new Set(stage.rows.map(({ kind }) => kind))
  const all: MakerRow['kind'][] = ['minute', 'limits', 'cycle', 'change']
  for (const kind of all) expect(kinds).toContain(kind)
  const [change] = stage.rowsOf('change')
  expect(change).toMatchObject({ reason: 'AUTOTUNE_TIGHTEN' })
  expect(stage.decisions.some(({ kind, reason }) => kind === 'params' && reason === 'AUTOTUNE_TIGHTEN')).toBe(
    true,
  )
})
