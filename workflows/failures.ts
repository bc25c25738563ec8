/** How workflow code fails on purpose, and how it reads the failures of activities: HoldfastError on our side, ApplicationFailure on Temporal's. */
// Not here: errors inside activities (activities/failures.ts).
import { ApplicationFailure } from '@temporalio/common'
import { describeError, HoldfastError } from '#domain/errors.ts'

/**
 * Our errors as the failure that ends a run or rejects an update. Everything else passes unchanged: failures of Temporal's
 * own, and bugs, which fail the workflow task and are retried, so that a corrected worker goes on where they stopped.
 */
export function asFailure(error: unknown): unknown {
  if (!(error instanceof HoldfastError) || error.code === 'INVARIANT') return error
  return ApplicationFailure.create({
    message: describeError(error),
    type: error.code === 'INVALID_INPUT' ? 'InvalidInput' : error.code,
    nonRetryable: true,
    details: [{ code: error.code, hint: error.hint, facts: error.details }],
  })
}

/** Runs code that may throw our errors where Temporal wants failures. */
export function orFailure<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw asFailure(error)
  }
}

/** The error of ours that an activity reported, wherever it sits in the cause chain; the error itself when there is none. */
export function asHoldfastError(error: unknown): unknown {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (!(at instanceof ApplicationFailure)) continue
    const detail = at.details?.[0] as { code?: string; hint?: string } | undefined
    if (typeof detail?.code !== 'string') continue
    return new HoldfastError(at.message, {
      code: detail.code,
      retryable: !at.nonRetryable,
      hint: detail.hint ?? '',
      cause: error,
    })
  }
  return error
}
