/** Timers run by time, ties in the order of asking, and also those that are asked for on the way. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Timers } from '#exchange/paper/simulate/timers.ts'

test('any timers come out in the order of their times, equal ones as they were asked for', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { maxLength: 200 }), (times) => {
      const timers = new Timers()
      const ran: [number, number][] = []
      for (const [at, ts] of times.entries()) timers.at(ts, () => ran.push([ts, at]))
      expect(timers.next).toBe(times.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...times))
      timers.runBefore(100)
      expect(ran).toEqual(times.map((ts, at): [number, number] => [ts, at]).sort(([a], [b]) => a - b))
      expect(timers.next).toBe(Number.POSITIVE_INFINITY)
    }),
  )
})

test('what is due later stays, and what a timer asks for runs in its turn', () => {
  const timers = new Timers()
  const ran: string[] = []
  timers.at(10, (ts) => {
    ran.push(`a ${ts}`)
    timers.at(12, () => ran.push('c'))
    timers.at(30, () => ran.push('late'))
  })
  timers.at(11, () => ran.push('b'))
  timers.runBefore(20)
  expect(ran).toEqual(['a 10', 'b', 'c'])
  expect(timers.next).toBe(30)
})
