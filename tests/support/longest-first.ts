/** The order of test files: the longest first, so that no lane ends with one of them while the others stand idle. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { assert } from '#domain/errors.ts'

/** Longest first; a fresh clone has no durations to go by, and the size of a file says little. */
const LONGEST = [
  'tests/chaos/chaos.test.ts',
  'tests/dashboard/temporal-ui.test.ts',
  'tests/acceptance/kill.test.ts',
  'tests/traders/kill-nine.test.ts',
  'tests/traders/end-to-end.test.ts',
  'tests/streamers/chaos.test.ts',
  'tests/simulation/process-agreement.test.ts',
  'tests/data/stack.test.ts',
  'tests/dashboard/page.test.ts',
  'tests/maker/makers.test.ts',
  'tests/temporal/trading-session.test.ts',
  'tests/temporal/trading-session-life.test.ts',
  'tests/kill/watchdog.test.ts',
  'tests/temporal/crash.test.ts',
  'tests/temporal/sweep.test.ts',
].map((path) => join(import.meta.dirname, '..', '..', path))

for (const path of LONGEST)
  assert(existsSync(path), `${path} is listed as one of the longest tests and is not there`)

const rank = ({ moduleId }: TestSpecification): number => {
  const at = LONGEST.indexOf(moduleId)
  return at < 0 ? LONGEST.length : at
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const group = ({ project }: TestSpecification): number => project.config.sequence.groupOrder
    return sorted.sort((a, b) => group(a) - group(b) || rank(a) - rank(b))
  }
}
