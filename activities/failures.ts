/** HoldfastError ↔ ApplicationFailure: code, hint and retryability survive the way through Temporal. */
// Not here: which errors there are (domain/errors.ts); how workflows refuse input (workflows/failures.ts).
import { ApplicationFailure } from '@temporalio/common'
import { describeError, HoldfastError } from '#domain/errors.ts'

/** What an ApplicationFailure made here carries as its only detail. */
export interface FailureDetail {
  code: string
  hint: string
  facts: Readonly<Record<string, unknown>>
}

/** Failure type of bad input: the one name that scripts and the UI look for. */
export const INVALID_INPUT = 'InvalidInput'

/**
 * The failure to report to Temporal. Anything but a HoldfastError passes unchanged: cancellations must stay what they are,
 * and unknown errors are retried by the policy of the call.
 */
export function toFailure(error: unknown): unknown {
  if (!(error instanceof HoldfastError)) return error
  const detail: FailureDetail = { code: error.code, hint: error.hint, facts: error.details }
  return ApplicationFailure.create({
    message: describeError(error),
    type: error.code === 'INVALID_INPUT' ? INVALID_INPUT : error.code,
    nonRetryable: !error.retryable,
    details: [detail],
  })
}

/** Reads a failure back, wherever it sits in the cause chain. Null when none of ours is there. */
export function fromFailure(error: unknown): HoldfastError | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (!(at instanceof ApplicationFailure)) continue
    const detail = at.details?.[0] as Partial<FailureDetail> | undefined
    if (typeof detail?.code !== 'string') continue
    return new HoldfastError(at.message, {
      code: detail.code,
      retryable: !at.nonRetryable,
      hint: detail.hint ?? '',
      details: detail.facts ?? {},
    })
  }
  return null
}
