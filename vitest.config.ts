/** Kinds of tests: `unit` beside the code; `system` in tests/, with real servers and processes, two files at a time; `alone`, which also watch the time. */
import { defineConfig } from 'vitest/config'

const FOLDERS = 'domain,config,exchange,clickhouse,streamers,activities,workflows,workers,cli,dashboard,bench'

/** A machine that others use too may starve a test: there it may try once more, and the report says that it did. */
const RETRY = process.env.CI ? 1 : 0

/** Tests that measure how soon something happens, or start whole stacks: a neighbour would starve them. */
const ALONE = ['acceptance', 'cli', 'kill', 'temporal'].map((folder) => `tests/${folder}/**/*.test.ts`)

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
        exclude: [...ALONE, 'tests/architecture/**', 'node_modules/**'],
        maxWorkers: 2,
      }),
      systemTests('alone', 2, { include: ALONE, exclude: ['node_modules/**'], fileParallelism: false }),
    ],
  },
})
