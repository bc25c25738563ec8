/** The one error tree: every failure carries a code, whether a retry can help, and what an operator should do. */
// Not here: the mapping to Temporal's ApplicationFailure (activities/failures.ts).

export interface HoldfastErrorOptions {
  /** Stable upper-case word that docs/errors.md lists and scripts may match. */
  code: string
  /** True where the same call may succeed later without anybody changing anything. */
  retryable: boolean
  /** What to do about it, as an imperative sentence without a final full stop. */
  hint: string
  cause?: unknown
  /** Small JSON facts for logs: never secrets, never whole payloads. */
  details?: Readonly<Record<string, unknown>>
}

/** Root of all errors thrown on purpose. The message says what was found and what was expected. */
export class HoldfastError extends Error {
  readonly code: string
  readonly retryable: boolean
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(message: string, options: HoldfastErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = options.code
    this.retryable = options.retryable
    this.hint = options.hint
    this.details = options.details ?? {}
  }
}

/** A setting or input that cannot be used: names its source, its path, what was found and what was expected. */
export class InvalidInputError extends HoldfastError {
  constructor(fault: { source: string; path: string; found: string; expected: string; hint?: string }) {
    super(`${fault.source}: ${fault.path || '(root)'}: found ${fault.found}, expected ${fault.expected}`, {
      code: 'INVALID_INPUT',
      retryable: false,
      hint: fault.hint ?? `correct ${fault.path || 'the input'} in ${fault.source}`,
      details: { source: fault.source, path: fault.path },
    })
  }
}

/** A state that our own code must never reach: a bug, not weather. */
export class InvariantError extends HoldfastError {
  constructor(message: string, details?: Readonly<Record<string, unknown>>) {
    super(message, {
      code: 'INVARIANT',
      retryable: false,
      hint: 'report this with the log around it',
      ...(details ? { details } : {}),
    })
  }
}

/** Throws InvariantError unless `condition` holds. For bugs only; bad input has its own errors. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message)
}

/** Message of anything that was thrown, with its causes, on one line. */
export function describeError(error: unknown): string {
  const parts: string[] = []
  for (
    let at: unknown = error;
    at !== undefined && parts.length < 5;
    at = at instanceof Error ? at.cause : undefined
  ) {
    parts.push(at instanceof Error ? at.message : String(at))
  }
  return parts.join(' ← ')
}
