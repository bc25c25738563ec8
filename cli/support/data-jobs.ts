/** Data jobs for one command: built from settings and environment, ended by Ctrl-C, closed at the end. */
import { type ClickHouseClient, createClickHouse } from '#clickhouse/client.ts'
import type { DataJobs, JobOptions } from '#clickhouse/jobs/data-jobs.ts'
import type { Table } from '#clickhouse/table.ts'
import { TABLES } from '#clickhouse/tables/index.ts'
import { systemClock } from '#config/clock.ts'
import { type Environment, loadEnvironment } from '#config/environment.ts'
import { createHome } from '#config/home.ts'
import { loadSettings } from '#config/load.ts'
import type { Settings } from '#config/schema.ts'
import { InvalidInputError } from '#domain/errors.ts'
import { partitionIdOf, partitionSpan } from '#domain/time-partition.ts'
import { createDataJobs } from '#workers/support/data-jobs.ts'

export interface JobCommand {
  jobs: DataJobs
  client: ClickHouseClient
  environment: Environment
  settings: Settings
  options: JobOptions
}

/** Runs the work and closes everything it used. */
export async function withDataJobs(work: (command: JobCommand) => Promise<void>): Promise<void> {
  const environment = loadEnvironment()
  const settings = loadSettings(environment.HOLDFAST_CONFIG)
  createHome(environment.home)
  const client = createClickHouse(environment)
  const warn = (facts: unknown, text?: string) =>
    void process.stderr.write(`${text ?? JSON.stringify(facts)}\n`)
  const log = { info: () => {}, warn }
  const jobs = createDataJobs({ environment, settings, client, clock: systemClock, log })
  const ended = new AbortController()
  const stop = () => ended.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const showProgress = process.stderr.isTTY
  try {
    await work({
      ...{ jobs, client, environment, settings },
      options: {
        budgetMs: Number.MAX_SAFE_INTEGER,
        signal: ended.signal,
        onProgress: (facts) => {
          if (showProgress) process.stderr.write(`\r${factsLine(facts)}   `)
        },
      },
    })
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
    if (showProgress) process.stderr.write('\r')
    await jobs.close()
    await client.close()
  }
}

const factsLine = (facts: Readonly<Record<string, number>>): string =>
  Object.entries(facts)
    .map(([name, value]) => `${name} ${value.toLocaleString('en')}`)
    .join(', ')

/** A declared table by name. @throws InvalidInputError listing what there is */
export function tableNamed(name: string): Table {
  const table = TABLES.find((each) => each.name === name)
  if (table) return table
  throw new InvalidInputError({
    source: 'command line',
    path: 'TABLE',
    found: JSON.stringify(name),
    expected: `one of ${TABLES.map((each) => each.name).join(', ')}`,
  })
}

/** `2026-11-19`, `2026-11` or the id itself. @throws InvalidInputError */
export function partitionNamed(text: string): string {
  const id = partitionIdOf(text)
  if (partitionSpan(id)) return id
  throw new InvalidInputError({
    source: 'command line',
    path: 'PARTITION',
    found: JSON.stringify(text),
    expected: 'a day such as 2026-11-19, or a month such as 2026-11',
  })
}

/** An ISO time as epoch ms. @throws InvalidInputError */
export function timeOption(path: string, text: string): number {
  const ts = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text)
  if (Number.isFinite(ts)) return ts
  throw new InvalidInputError({
    source: 'command line',
    path,
    found: JSON.stringify(text),
    expected: 'a day or time such as 2026-11-19 or 2026-11-19T08:00:00Z',
  })
}
