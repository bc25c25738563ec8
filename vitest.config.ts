/** Two kinds of tests: `unit` beside the code, in parallel; `system` in tests/, with real servers and processes, one file at a time. */
import { defineConfig } from 'vitest/config'

const FOLDERS = 'domain,config,exchange,clickhouse,streamers,activities,workflows,workers,cli,dashboard,bench'

/** A machine that others use too may starve a test: there it may try once more, and the report says that it did. */
const RETRY = process.env.CI ? 1 : 0

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
      {
        test: {
          name: 'system',
          retry: RETRY,
          sequence: { groupOrder: 1 },
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/architecture/**', 'node_modules/**'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
