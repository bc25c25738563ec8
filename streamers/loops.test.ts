/** Jobs repeat, survive their failures, and end when told. */
import { expect, test, vi } from 'vitest'
import { systemClock } from '#config/clock.ts'
import { runLoops } from '#streamers/loops.ts'
import { createRate } from '#streamers/rate.ts'

test('a job that fails is told and runs again; stop waits for the run that is under way', async () => {
  const errors: string[] = []
  const log = {
    info: () => {},
    warn: () => {},
    error: (_facts: unknown, message: string) => void errors.push(message),
  }
  let runs = 0
  let isInside = false
  const job = async (): Promise<void> => {
    runs++
    isInside = true
    await systemClock.sleep(5)
    isInside = false
    throw new TypeError('always')
  }
  const loops = runLoops(systemClock, [{ everyMs: 1, run: job }], log)
  await vi.waitFor(() => expect(runs).toBeGreaterThanOrEqual(4))
  await loops.stop()
  expect(isInside).toBe(false)
  expect(errors).toHaveLength(2) // the first ones of a lasting fault
  const after = runs
  await systemClock.sleep(20)
  expect(runs).toBe(after)
})

test('a rate is what the counter grew by over the last seconds', () => {
  let ms = 0
  const rate = createRate({ clock: { monotonicMs: () => ms }, windowS: 3 })
  expect(rate.perSecond()).toBe(0)
  for (const count of [0, 100, 200, 1_200, 2_200]) {
    rate.note(count)
    ms += 1_000
  }
  expect(rate.perSecond()).toBe(700) // from 100 to 2,200 in three seconds
})
