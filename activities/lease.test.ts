/** A lease is renewed by acknowledged heartbeats alone, and the reason for an end is told apart. */
import { ActivityCancellationDetails } from '@temporalio/common'
import { expect, test, vi } from 'vitest'
import type { HeartbeatAnswer } from '#domain/session/ports.ts'
import type { Checkpoint } from '#domain/session/types.ts'
import { type AttemptContext, createControlPlane } from './lease.ts'

const checkpoint = { epoch: 3 } as Checkpoint
const TOKEN = new Uint8Array([1, 2])

function attempt(details?: Partial<ActivityCancellationDetails>) {
  const abort = new AbortController()
  if (details) abort.abort()
  const context = {
    info: { attempt: 2, taskToken: TOKEN },
    heartbeat: vi.fn(),
    cancellationSignal: abort.signal,
    cancellationDetails: details ? new ActivityCancellationDetails(details) : undefined,
  }
  return context as unknown as AttemptContext & { heartbeat: ReturnType<typeof vi.fn> }
}

test.each<[HeartbeatAnswer['kind'], number]>([
  ['acknowledged', 1],
  ['cancel_requested', 0],
  ['attempt_replaced', 0],
  ['unreachable', 0],
])('after the answer %s the lease file is written %i times', async (kind, times) => {
  const renewed = vi.fn()
  const beat = vi.fn(async () => ({ kind }) as HeartbeatAnswer)
  const context = attempt()
  const control = createControlPlane(context, { beat, renewed })
  expect(await control.heartbeat(checkpoint, 900)).toEqual({ kind })
  expect(beat).toHaveBeenCalledWith(TOKEN, checkpoint, 900)
  expect(context.heartbeat).toHaveBeenCalledWith(checkpoint) // the SDK's own patience is renewed either way
  expect(renewed).toHaveBeenCalledTimes(times)
})

test.each([
  ['nothing happened', undefined, null],
  ['a cancellation', { cancelRequested: true }, 'cancel'],
  ['a vanished workflow', { notFound: true }, 'cancel'],
  ['the worker shuts down', { workerShutdown: true }, 'shutdown'],
])('%s is told as %s', (_what, details, reason) => {
  const control = createControlPlane(attempt(details), { beat: vi.fn(), renewed: vi.fn() })
  expect(control.reason()).toBe(reason)
  expect(control.attempt).toBe(2)
})
