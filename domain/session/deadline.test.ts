/** Every wait ends, and nothing that ends badly throws. */
import { expect, test } from 'vitest'
import { createStage } from '#tests/support/session-stage.ts'
import { within } from './deadline.ts'

test.each([
  { takesMs: 99, ok: true },
  { takesMs: 101, ok: false },
])('a call of $takesMs ms within 100 ms is in time: $ok', async ({ takesMs, ok }) => {
  const { ports, advance } = createStage()
  const { clock } = ports
  const waiting = within(clock, 100, () => clock.sleep(takesMs).then(() => 'value'))
  await advance(200)
  expect(await waiting).toEqual(ok ? { ok, value: 'value' } : { ok, why: 'no answer in 100 ms' })
})

test('a call that throws, now or later, is unanswered and says why', async () => {
  const { ports, advance } = createStage()
  const { clock } = ports
  const now = within(clock, 100, () => {
    throw new TypeError('at once')
  })
  const later = within(clock, 100, () => clock.sleep(5).then(() => Promise.reject(new TypeError('later'))))
  await advance(200)
  expect([await now, await later]).toEqual([
    { ok: false, why: 'at once' },
    { ok: false, why: 'later' },
  ])
})
