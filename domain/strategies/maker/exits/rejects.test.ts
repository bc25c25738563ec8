/** Five refusals in ten seconds rest a coin for a minute; four, or five over a longer time, do not. */
import { expect, test } from 'vitest'
import { noRejects, stepRejects } from './rejects.ts'

const after = (...times: number[]) => times.reduce((state, ts) => stepRejects(state, ts, 1), noRejects)

test('the fifth refusal within ten seconds pauses', () => {
  expect(after(0, 1, 2, 3).pausedUntilTs).toBe(0)
  expect(after(0, 1, 2, 3, 9_999).pausedUntilTs).toBe(69_999)
  expect(after(0, 1, 2, 3, 10_000).pausedUntilTs).toBe(0)
  expect(stepRejects(noRejects, 5, 5).pausedUntilTs).toBe(60_005)
})
