/** Kills started from this dashboard: each a job whose steps and verification the page can follow. */
// Not here: the kill itself (dashboard/sources/kill-service.ts); its durable record is the kill, not the job.
import type { KillJobView, KillStep } from '#dashboard/model.ts'
import type { KillRequest, KillService } from '#dashboard/services.ts'
import { describeError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'

export const KILL_JOB_LIMITS = { jobsMax: 20, stepsMax: 200 } as const

export interface KillJobs {
  start(request: KillRequest): KillJobView
  get(id: string): KillJobView | null
  /** Newest first. */
  list(): KillJobView[]
}

/** `changed` is called after every step, so that onlookers hear of it at once. */
export function createKillJobs(deps: { kills: KillService; clock: Clock; changed: () => void }): KillJobs {
  const { kills, clock, changed } = deps
  const jobs = new Map<string, KillJobView>()
  let count = 0

  const update = (id: string, change: Partial<KillJobView>): void => {
    const job = jobs.get(id)
    if (job) jobs.set(id, { ...job, ...change })
    changed()
  }

  async function run(id: string, request: KillRequest): Promise<void> {
    const step = (done: KillStep): void => {
      const steps = [...(jobs.get(id)?.steps ?? []), done]
      update(id, { steps: steps.slice(-KILL_JOB_LIMITS.stepsMax) })
    }
    try {
      const result = await kills.kill(request, step)
      update(id, {
        state: result.verified ? 'verified' : 'unverified',
        residual: result.residual,
        ended_ts: clock.now(),
      })
    } catch (error) {
      step({ ts: clock.now(), name: 'kill', ok: false, detail: describeError(error) })
      update(id, { state: 'failed', ended_ts: clock.now() })
    }
  }

  return {
    start(request) {
      count += 1
      const id = `kill-${clock.now()}-${count}`
      const job: KillJobView = {
        key: id,
        scope: request.scope,
        mode: request.mode,
        reason: request.reason,
        state: 'running',
        started_ts: clock.now(),
        ended_ts: null,
        steps: [],
        residual: null,
      }
      jobs.set(id, job)
      for (const oldest of jobs.keys()) {
        if (jobs.size <= KILL_JOB_LIMITS.jobsMax) break
        jobs.delete(oldest)
      }
      void run(id, request)
      return job
    },
    get: (id) => jobs.get(id) ?? null,
    list: () => [...jobs.values()].reverse(),
  }
}
