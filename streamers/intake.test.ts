/** A full spool stops the reading, not the data: everything arrives later, once and in order. */
import { expect, test, vi } from 'vitest'
import { HoldfastError, InvariantError } from '#domain/errors.ts'
import { createIntake } from '#streamers/intake.ts'
import { silentLog } from '#tests/streamers/fakes.ts'

function setUp() {
  const taken: number[] = []
  const calls: string[] = []
  const spool = { capacity: 2, free: Promise.withResolvers<void>() }
  const intake = createIntake<number>({
    take(item) {
      if (item < 0) throw new InvariantError('cannot be stored')
      if (taken.length >= spool.capacity)
        throw new HoldfastError('full', { code: 'SPOOL_FULL', retryable: true, hint: '' })
      taken.push(item)
    },
    room: () => spool.free.promise,
    pause: () => void calls.push('pause'),
    resume: () => void calls.push('resume'),
    log: silentLog,
  })
  const makeRoom = (more: number): void => {
    spool.capacity += more
    const { resolve } = spool.free
    spool.free = Promise.withResolvers()
    resolve()
  }
  return { taken, calls, intake, makeRoom }
}

test('what comes while the spool is full waits in order behind what could not be stored', async () => {
  const { taken, calls, intake, makeRoom } = setUp()
  for (const item of [1, 2, 3, 4, 5]) intake.push(item)
  expect(taken).toEqual([1, 2])
  expect(intake.isHolding()).toBe(true)
  expect(calls).toEqual(['pause'])
  makeRoom(2)
  await vi.waitFor(() => expect(taken).toEqual([1, 2, 3, 4]))
  intake.push(6)
  expect(calls).toEqual(['pause'])
  makeRoom(10)
  await vi.waitFor(() => expect(taken).toEqual([1, 2, 3, 4, 5, 6]))
  await vi.waitFor(() => expect(calls).toEqual(['pause', 'resume']))
  expect(intake.isHolding()).toBe(false)
})

test('an item that can never be stored is dropped with a log line, and the next one is taken', () => {
  const { taken, intake } = setUp()
  intake.push(-1)
  intake.push(1)
  expect(taken).toEqual([1])
  expect(intake.isHolding()).toBe(false)
})
