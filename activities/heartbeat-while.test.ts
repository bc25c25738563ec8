/** Work beats while it runs, and not a moment longer, however it ends. */
import { expect, test, vi } from 'vitest'
import { heartbeatWhile } from './heartbeat-while.ts'

/** A clock whose sleeps end when told, or when aborted. */
function handClock() {
  const waiting: (() => void)[] = []
  return {
    tick: () => waiting.shift()?.(),
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        waiting.push(resolve)
        signal?.addEventListener('abort', () => resolve())
      }),
  }
}
const settle = () => new Promise((resolve) => setImmediate(resolve))

test('it beats at once and after each second', async () => {
  const clock = handClock()
  const beat = vi.fn()
  const work = Promise.withResolvers<string>()
  const result = heartbeatWhile(beat, clock, () => work.promise)
  expect(beat).toHaveBeenCalledTimes(1)
  clock.tick()
  await settle()
  expect(beat).toHaveBeenCalledTimes(2)
  work.resolve('done')
  expect(await result).toBe('done')
  clock.tick()
  await settle()
  expect(beat).toHaveBeenCalledTimes(2)
})

test('work that fails stops the beat and fails', async () => {
  const clock = handClock()
  const beat = vi.fn()
  await expect(heartbeatWhile(beat, clock, async () => Promise.reject(new TypeError('x')))).rejects.toThrow(
    'x',
  )
  clock.tick()
  await settle()
  expect(beat).toHaveBeenCalledTimes(1)
})
