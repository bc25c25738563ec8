/** Kills started here can be followed step by step. */
import { expect, test, vi } from 'vitest'
import { createKillJobs, KILL_JOB_LIMITS } from '#dashboard/kill-jobs.ts'
import type { KillRequest, KillResult, KillService } from '#dashboard/services.ts'
import type { Clock } from '#domain/time.ts'

const clock: Clock = { now: () => 5_000, monotonicMs: () => 0, sleep: async () => {} }
const request: KillRequest = {
  scope: { kind: 'all' },
  mode: 'flatten',
  reason: 'test',
  requested_by: 'dashboard',
}

const serviceOf = (kill: KillService['kill']): KillService => ({
  engaged: () => [],
  check: () => {},
  release: async () => {},
  kill,
})

test.each([
  [{ verified: true, residual: { open_orders: 0, positions: {} } }, 'verified'],
  [{ verified: false, residual: { open_orders: 1, positions: {} } }, 'unverified'],
] satisfies [KillResult, string][])('a kill that answers %j ends as %s', async (result, state) => {
  const jobs = createKillJobs({ kills: serviceOf(async () => result), clock, changed: () => {} })
  const { key } = jobs.start(request)
  expect(jobs.get(key)?.state).toBe('running')
  await vi.waitFor(() =>
    expect(jobs.get(key)).toMatchObject({ state, residual: result.residual, ended_ts: 5_000 }),
  )
})

test('a kill that throws ends as failed and its last step says why', async () => {
  const jobs = createKillJobs({
    kills: serviceOf(async () => {
      throw new TypeError('exchange is unreachable')
    }),
    clock,
    changed: () => {},
  })
  const { key } = jobs.start(request)
  await vi.waitFor(() => expect(jobs.get(key)?.state).toBe('failed'))
  expect(jobs.get(key)?.steps.at(-1)).toMatchObject({ ok: false, detail: 'exchange is unreachable' })
})

test('each step is told at once', async () => {
  const changed = vi.fn()
  const jobs = createKillJobs({
    kills: serviceOf(async (_request, progress) => {
      progress({ ts: 1, name: 'written', ok: true, detail: '' })
      progress({ ts: 2, name: 'direct', ok: true, detail: '' })
      return { verified: true, residual: null }
    }),
    clock,
    changed,
  })
  const { key } = jobs.start(request)
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(3))
  expect(jobs.get(key)?.steps.map((step) => step.name)).toEqual(['written', 'direct'])
})

test('only the newest jobs are kept', () => {
  const jobs = createKillJobs({
    kills: serviceOf(() => new Promise(() => {})),
    clock,
    changed: () => {},
  })
  const first = jobs.start(request)
  for (let at = 1; at < KILL_JOB_LIMITS.jobsMax; at++) jobs.start(request)
  expect(jobs.get(first.key)).not.toBeNull()
  jobs.start(request)
  expect(jobs.get(first.key)).toBeNull()
  expect(jobs.list()).toHaveLength(KILL_JOB_LIMITS.jobsMax)
})
