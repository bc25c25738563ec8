/** A few mistakes cost nothing, a flood of them waits, and only those who sent it. */
import { expect, test } from 'vitest'
import type { Clock } from '#domain/time.ts'
import { SLOW_LANE, SlowLane } from '#exchange/paper/slow-lane.ts'

function lane() {
  let now = 0
  const sleeps: number[] = []
  const clock: Clock = {
    now: () => now,
    monotonicMs: () => now,
    sleep: async (ms) => {
      sleeps.push(ms)
    },
  }
  return { lane: new SlowLane(clock), sleeps, pass: (ms: number) => (now += ms) }
}
const strike = (slow: SlowLane, connection: object, address: string, times: number) => {
  for (let at = 0; at < times; at++) slow.strike(connection, address)
}

test('a connection is slow after more than its strikes, and no longer once they faded', () => {
  const { lane: slow, pass } = lane()
  const connection = {}
  strike(slow, connection, 'a', SLOW_LANE.connectionStrikesMax)
  expect(slow.isSlow(connection, 'a')).toBe(false)
  slow.strike(connection, 'a')
  expect(slow.isSlow(connection, 'a')).toBe(true)
  pass(1_000)
  expect(slow.isSlow(connection, 'a')).toBe(false)
})

test('of an address that floods over many connections, all are slow but those that once made sense', () => {
  const { lane: slow } = lane()
  for (let at = 0; at <= SLOW_LANE.addressStrikesMax; at++) slow.strike({}, 'a')
  const [fresh, proven, elsewhere] = [{}, {}, {}]
  slow.prove(proven)
  slow.strike(proven, 'a')
  expect(slow.isSlow(fresh, 'a')).toBe(true)
  expect(slow.isSlow(proven, 'a')).toBe(false)
  expect(slow.isSlow(elsewhere, 'b')).toBe(false)
  strike(slow, proven, 'a', SLOW_LANE.connectionStrikesMax)
  expect(slow.isSlow(proven, 'a')).toBe(true)
})

test('turns come one after the other, and beyond the lane’s length there are none', async () => {
  const { lane: slow, sleeps, pass } = lane()
  await Promise.all([slow.turn(), slow.turn(), slow.turn()])
  expect(sleeps).toEqual([1, SLOW_LANE.turnMs, 2 * SLOW_LANE.turnMs])
  pass(10_000)
  const waiting = Array.from({ length: SLOW_LANE.waitingMax }, () => slow.turn())
  await expect(slow.turn()).rejects.toThrow('Too many requests')
  await Promise.all(waiting)
  await expect(slow.turn()).resolves.toBeUndefined()
})
