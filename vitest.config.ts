/**
 * Kinds of tests: `unit` beside the code; `system` in tests/, with real servers and processes; `timed`, which also watch the time but mostly
 * wait: two of them leave room for each other; `alone`, which watch the time and keep the machine busy.
 */
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './tests/support/longest-first.ts'

const FOLDERS = 'domain,config,exchange,clickhouse,streamers,activities,workflows,workers,cli,dashboard,bench'

/** A machine that others use too may starve a test: there it may try once more, and the report says that it did. */
const RETRY = process.env.CI ? 1 : 0

/** Sessions and watchdogs on a clock of seconds: a fifth to a half of a core each, the rest is waiting. */
const TIMED = ['kill', 'temporal'].map((folder) => `tests/${folder}/**/*.test.ts`)

/** Whole stacks of which it is measured how soon they start, stop or come back: a neighbour would starve them. */
const ALONE = ['acceptance/{control-plane-outage,recovery}.test.ts', 'cli/{stack,supervisor}.test.ts'].map(
  (path) => `tests/${path}`,
)

/** One file of these is one process, with its servers. */
const systemTests = (
  name: string,
  groupOrder: number,
  files: { include: string[]; exclude: string[]; maxWorkers?: number; fileParallelism?: boolean },
) => ({
  test: {
    name,
    retry: RETRY,
    sequence: { groupOrder },
    pool: 'forks' as const,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    ...files,
  },
})

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          retry: RETRY,
          sequence: { groupOrder: 0 },
          include: [`{${FOLDERS}}/**/*.test.ts`, 'tests/architecture/**/*.test.ts'],
          pool: 'threads',
          testTimeout: 20_000,
        },
      },
      systemTests('system', 1, {
        include: ['tests/**/*.test.ts'],
        exclude: [...TIMED, ...ALONE, 'tests/architecture/**', 'node_modules/**'],
        maxWorkers: 2,
      }),
      systemTests('timed', 2, { include: TIMED, exclude: ['node_modules/**'], maxWorkers: 2 }),
      systemTests('alone', 3, { include: ALONE, exclude: ['node_modules/**'], fileParallelism: false }),
    ],
  },
})
