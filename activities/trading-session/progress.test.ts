/** A running segment reports its first equity at once and then once a minute. */
import { expect, test } from 'vitest'
import { createProgressRule, PROGRESS } from './progress.ts'

const known = { equityUsd: '10000' }
const unknown = { equityUsd: '0' }

test('a first segment reports as soon as its equity is known', () => {
  const due = createProgressRule(0, unknown)
  expect([due(unknown, 1_000), due(known, 2_000), due(known, 3_000)]).toEqual([false, true, false])
})

test('a later segment waits a minute, to the millisecond', () => {
  const due = createProgressRule(5_000, known)
  expect([due(known, 5_000 + PROGRESS.everyMs - 1), due(known, 5_000 + PROGRESS.everyMs)]).toEqual([
    false,
    true,
  ])
})

test('after a report the next one is a minute away', () => {
  const due = createProgressRule(0, unknown)
  expect(due(known, 100)).toBe(true)
  expect([due(known, 100 + PROGRESS.everyMs - 1), due(known, 100 + PROGRESS.everyMs)]).toEqual([false, true])
})
