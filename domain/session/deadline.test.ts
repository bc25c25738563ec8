/** A bounded call always settles by its deadline, and never rejects. */
import { expect, test } from 'vitest'
import { within } from '#domain/session/deadline.ts'
import { silence } from '../../tests/support/session-ports.ts'
import { virtualClock } from '../../tests/support/virtual-clock.ts'

test.each([
  { answersMs: 99, ok: true },
  { answersMs: 101, ok: false },
])('with 100 ms, an answer after $answersMs ms is in time: $ok', async ({ answersMs, ok }) => {
  const { clock, drive } = virtualClock()
  const answer = await drive(within(clock, 100, () => clock.sleep(answersMs).then(() => 'there')))
  expect(answer).toEqual(ok ? { ok, value: 'there' } : { ok, why: 'no answer in 100 ms' })
  expect(clock.monotonicMs()).toBe(Math.min(answersMs, 100))
})

test('silence ends at the deadline', async () => {
  const { clock, drive } = virtualClock()
  expect(await drive(within(clock, 250, silence))).toEqual({ ok: false, why: 'no answer in 250 ms' })
  expect(clock.monotonicMs()).toBe(250)
})

test.each([
  { how: 'rejects', call: () => Promise.reject(new TypeError('broken')) },
  {
    how: 'throws',
    call: (): Promise<never> => {
      throw new TypeError('broken')
    },
  },
])('a call that $how is weather with its message', async ({ call }) => {
  const { clock, drive } = virtualClock()
  expect(await drive(within(clock, 100, call))).toEqual({ ok: false, why: 'broken' })
})

test('a failure after the deadline troubles nobody', async () => {
  const { advance, clock, drive } = virtualClock()
  const late = within(clock, 100, () => clock.sleep(200).then(() => Promise.reject(new TypeError('late'))))
  expect((await drive(late)).ok).toBe(false)
  await advance(200)
})

test('an answered call leaves no timer behind', async () => {
  const { clock, drive } = virtualClock()
  let aborted = false
  const watched = {
    ...clock,
    sleep: (ms: number, signal?: AbortSignal) => {
      signal?.addEventListener('abort', () => (aborted = true))
      return clock.sleep(ms, signal)
    },
  }
  await drive(within(watched, 60_000, async () => 1))
  expect(aborted).toBe(true)
})
