/** A source is down while any of its questions fails, and only then. */
import { expect, test } from 'vitest'
import { createSourceHealth, FORGET_FAILURE_MS } from '#dashboard/source-health.ts'
import type { Clock } from '#domain/time.ts'

function world() {
  const time = { now: 1_000 }
  const clock: Clock = { now: () => time.now, monotonicMs: () => time.now, sleep: async () => {} }
  const health = createSourceHealth(clock, ['clickhouse', 'temporal'])
  return { time, health, view: () => health.views()[0] }
}

test('before the first answer nothing is known', () => {
  expect(world().view()).toMatchObject({ state: 'unknown', answered_ts: 0 })
})

test('one question that fails makes its source down, also while others are answered, and its beginning stays', () => {
  const { health, time, view } = world()
  health.bad('clickhouse', 'gaps', 'unknown column')
  for (time.now = 2_000; time.now <= 9_000; time.now += 1_000) {
    health.good('clickhouse', 'sessions')
    health.bad('clickhouse', 'gaps', 'unknown column')
    expect(view()).toMatchObject({ state: 'down', message: 'unknown column', since_ts: 1_000 })
  }
  expect(health.views()[1]).toMatchObject({ key: 'temporal', state: 'unknown' })
})

test('it is up again once the failing question is answered', () => {
  const { health, time, view } = world()
  health.bad('clickhouse', 'gaps', 'refused')
  time.now = 5_000
  health.good('clickhouse', 'gaps')
  expect(view()).toEqual({ key: 'clickhouse', state: 'up', message: '', since_ts: 5_000, answered_ts: 5_000 })
  time.now = 8_000
  expect(view()).toMatchObject({ since_ts: 5_000 })
})

test.each([
  { ageMs: FORGET_FAILURE_MS - 1, state: 'down' },
  { ageMs: FORGET_FAILURE_MS, state: 'up' },
])('a failure that nobody has repeated for $ageMs ms leaves its source $state', ({ ageMs, state }) => {
  const { health, time, view } = world()
  health.good('clickhouse', 'sessions')
  health.bad('clickhouse', 'gaps', 'refused')
  time.now += ageMs
  expect(view()?.state).toBe(state)
})
