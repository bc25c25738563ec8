/** Every five minutes: one signal per coin from what all tracked traders hold, and the returns of earlier signals. */
// Not here: the work (activities/signals.ts), when it runs (schedules.ts).
import { proxyActivities } from '@temporalio/workflow'
import type { SignalsActivities, SignalsResult } from '#activities/signals.ts'
import { SMALL_JOB } from '#workflows/policies.ts'

const { makeSignals } = proxyActivities<SignalsActivities>(SMALL_JOB)

export async function signals(): Promise<SignalsResult> {
  return makeSignals()
}
