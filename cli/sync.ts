/** `holdfast sync status|run|verify|resync`: how far the copy to the remote database is, and doing it now. */
// Not here: how rows are copied (clickhouse/sync), what runs by the clock (workflows/schedules.ts).
import type { Command } from 'commander'
import pc from 'picocolors'
import { print, printJson, printTable } from '#cli/output.ts'
import { tableNamed, timeOption, withDataJobs } from '#cli/support/data-jobs.ts'
import { clickHouseUrl } from '#clickhouse/client.ts'
import { remoteAddress } from '#clickhouse/jobs/data-jobs.ts'
import type { CopyReport } from '#clickhouse/sync/copy.ts'
import { type SyncStatus, syncStatus } from '#clickhouse/sync/status.ts'
import type { VerifyReport } from '#clickhouse/sync/verify.ts'

interface Json {
  json?: boolean
}

export function registerSync(program: Command): void {
  const sync = program.command('sync').description('the copy of all tables in a second database')
  sync
    .command('status')
    .description('lag by table, what is refused and why, the last runs')
    .option('--json', 'one JSON object')
    .action(({ json }: Json) =>
      withDataJobs(async ({ jobs, client, environment, settings }) => {
        const status = await syncStatus({
          ...{ client, enabled: settings.sync.enabled, tables: jobs.copied() },
          url: clickHouseUrl(remoteAddress(environment)),
          openRemote: () => jobs.remote(),
        })
        if (json) printJson(status)
        else showStatus(status)
      }),
    )
  sync
    .command('run')
    .description('copy everything new now')
    .option('--verify', 'compare closed hours of both sides afterwards')
    .option('--json', 'one JSON object')
    .action(({ json, verify }: Json & { verify?: boolean }) =>
      withDataJobs(async ({ jobs, options }) => {
        const copied = await jobs.copy(options)
        const verified = verify ? await jobs.verify(options) : null
        if (json) printJson(verified ? { ...copied, verify: verified } : copied)
        else {
          showCopy(copied)
          if (verified) showVerify(verified)
        }
        if (copied.outcome === 'failed' || verified?.outcome === 'failed') process.exitCode = 1
      }),
    )
  sync
    .command('verify')
    .description('compare closed hours of both sides by count and hash, and mend what differs')
    .option('--again', 'compare hours that were found equal before, too')
    .option('--json', 'one JSON object')
    .action(({ json, again }: Json & { again?: boolean }) =>
      withDataJobs(async ({ jobs, options }) => {
        finish(await jobs.verify({ ...options, ...(again ? { again } : {}) }), json)
      }),
    )
  sync
    .command('resync <table>')
    .description(
      'copy what is new, then compare a range of one table hour by hour and send again what differs',
    )
    .requiredOption('--from <time>', 'first day or time, UTC')
    .requiredOption('--until <time>', 'end, exclusive')
    .option('--json', 'one JSON object')
    .action((name: string, given: Json & { from: string; until: string }) =>
      withDataJobs(async ({ jobs, options }) => {
        const only = {
          table: tableNamed(name).name,
          from: timeOption('--from', given.from),
          until: timeOption('--until', given.until),
        }
        await jobs.copy(options)
        finish(await jobs.verify({ ...options, only }), given.json)
      }),
    )
}

function finish(report: VerifyReport, json: boolean | undefined): void {
  if (json) printJson(report)
  else showVerify(report)
  if (report.outcome === 'failed') process.exitCode = 1
}

function showStatus({ enabled, remote, tables, lag_rows, eta_s, rows_per_s, runs }: SyncStatus): void {
  if (!enabled) {
    print('Copying is off: set sync.enabled: true in the settings.')
    return
  }
  print(`${remote.url}: ${remote.reachable ? pc.green(`answers (${remote.kind})`) : pc.red(remote.why)}`)
  if (lag_rows !== null)
    print(
      lag_rows === 0
        ? 'Everything is copied.'
        : `${count(lag_rows)} rows to go${eta_s === null ? '' : `, about ${eta_s} s at ${count(rows_per_s)} rows/s`}.`,
    )
  printTable(
    ['table', 'state', 'lag, rows', 'copied, rows', 'why'],
    tables.map((each) => [
      each.table,
      each.outcome,
      each.lag_rows === null ? '?' : count(each.lag_rows),
      each.copied_rows === null ? '?' : count(each.copied_rows),
      each.why,
    ]),
  )
  for (const run of runs.slice(0, 5))
    print(
      `${new Date(run.at_ts).toISOString()}  ${run.job} ${run.table} ${run.outcome}: ${count(run.rows)} rows in ${run.took_ms} ms ${String(run.details.why ?? '')}`,
    )
}

function showCopy(report: CopyReport): void {
  print(
    `${count(report.rows)} rows copied in ${(report.took_ms / 1_000).toFixed(1)} s (${count(report.rows_per_s)} rows/s), ${count(report.lag_rows)} to go`,
  )
  for (const { table, why } of report.tables.filter((each) => each.why !== ''))
    print(`${pc.yellow(table)} ${why}`)
}

function showVerify(report: VerifyReport): void {
  print(
    `${count(report.hours)} hours with ${count(report.rows)} rows compared: ${report.differing} differed, ${count(report.rows_sent)} rows sent again, ${count(report.rows_deleted)} deleted from the remote`,
  )
  for (const { table, partition, why } of report.failed) print(`${pc.red(`${table} ${partition}`)} ${why}`)
}

const count = (value: number): string => value.toLocaleString('en')
