/** A source that fails or hangs costs freshness, never the page. */
import { expect, test, vi } from 'vitest'
import { createSourceMonitor, MONITOR_LIMITS } from '#dashboard/source-monitor.ts'
import type { Clock } from '#domain/time.ts'

/** Sleeps end at once when `hurry` is on, else only by their signal. */
function testClock() {
  const state = { now: 10_000, hurry: false }
  const clock: Clock = {
    now: () => state.now,
    monotonicMs: () => state.now,
    sleep: (_ms, signal) =>
      new Promise((resolve) => {
        if (state.hurry) resolve()
        else signal?.addEventListener('abort', () => resolve())
      }),
  }
  return { clock, state }
}

const question = (ask: () => Promise<string>, ttlMs = 0) => ({
  source: 'clickhouse' as const,
  key: 'sessions',
  ask,
  initial: 'nothing yet',
  ttlMs,
})

test('a source that answers is up, and its answer is given', async () => {
  const { clock } = testClock()
  const monitor = createSourceMonitor(clock, ['clickhouse'])
  expect(monitor.views()[0]).toMatchObject({ state: 'unknown', answered_ts: 0 })
  expect(await monitor.ask(question(async () => 'one'))).toBe('one')
  expect(monitor.views()[0]).toMatchObject({ state: 'up', answered_ts: 10_000, message: '' })
})

test('when it fails, the last answer stands in, and the failure and its beginning are known', async () => {
  const { clock, state } = testClock()
  const monitor = createSourceMonitor(clock, ['clickhouse'])
  const failing = question(async () => {
    throw new TypeError('connection refused')
  })
  expect(await monitor.ask(failing)).toBe('nothing yet')
  await monitor.ask(question(async () => 'one'))
  state.now = 20_000
  expect(await monitor.ask(failing)).toBe('one')
  state.now = 30_000
  expect(await monitor.ask(failing)).toBe('one')
  expect(monitor.views()[0]).toEqual({
    key: 'clickhouse',
    state: 'down',
    message: 'connection refused',
    since_ts: 20_000,
    answered_ts: 10_000,
  })
  expect(monitor.answeredTs('sessions')).toBe(10_000)
})

test('a source that hangs holds nobody up, is asked once at a time, and counts as down after its timeout', async () => {
  const { clock, state } = testClock()
  state.hurry = true
  const monitor = createSourceMonitor(clock, ['clickhouse'])
  const ask = vi.fn(() => new Promise<string>(() => {}))
  expect(await monitor.ask(question(ask))).toBe('nothing yet')
  await vi.waitFor(() => expect(monitor.views()[0]?.state).toBe('down'))
  expect(monitor.views()[0]?.message).toBe('no answer within 5 s')
  state.hurry = false
  const both = [monitor.ask(question(ask)), monitor.ask(question(ask))]
  expect(ask).toHaveBeenCalledTimes(2)
  void both
})

test.each([
  { ageMs: 999, asked: 1 },
  { ageMs: 1_000, asked: 2 },
])(
  'with a time to live of one second, an answer $ageMs ms old has been asked $asked times',
  async ({ ageMs, asked }) => {
    const { clock, state } = testClock()
    const monitor = createSourceMonitor(clock, ['clickhouse'])
    const ask = vi.fn(async () => 'one')
    await monitor.ask(question(ask, 1_000))
    state.now += ageMs
    await monitor.ask(question(ask, 1_000))
    expect(ask).toHaveBeenCalledTimes(asked)
  },
)

test('after a change no older answer counts as fresh', async () => {
  const { clock, state } = testClock()
  const monitor = createSourceMonitor(clock, ['clickhouse'])
  const ask = vi.fn(async () => 'one')
  await monitor.ask(question(ask, 60_000))
  monitor.expire()
  state.now += 1
  await monitor.ask(question(ask, 60_000))
  expect(ask).toHaveBeenCalledTimes(2)
  state.now += 1
  await monitor.ask(question(ask, 60_000))
  expect(ask).toHaveBeenCalledTimes(2)
})

test('it forgets the oldest answers beyond its limit', async () => {
  const { clock } = testClock()
  const monitor = createSourceMonitor(clock, ['clickhouse'])
  for (let at = 0; at <= MONITOR_LIMITS.answersMax; at++) {
    await monitor.ask({ ...question(async () => 'x'), key: `k${at}` })
  }
  expect(monitor.answeredTs('k0')).toBe(0)
  expect(monitor.answeredTs('k1')).toBe(10_000)
})
