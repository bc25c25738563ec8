/** `holdfast retention status|run`: what would be dropped and what stays and why; dropping it now. */
// Not here: the rules (clickhouse/retention).
import type { Command } from 'commander'
import { formatBytes, print, printJson, printTable } from '#cli/output.ts'
import { withDataJobs } from '#cli/support/data-jobs.ts'
import type { RetentionReport } from '#clickhouse/retention/retention.ts'
import { partitionLabel } from '#domain/time-partition.ts'

interface Options {
  json?: boolean
  dryRun?: boolean
  acceptClock?: boolean
}

export function registerRetention(program: Command): void {
  const retention = program.command('retention').description('what is dropped when its days are over')
  const run = (options: Options) =>
    withDataJobs(async ({ jobs, options: job }) => {
      const report = await jobs.retention({
        ...job,
        ...(options.dryRun ? { dryRun: true } : {}),
        ...(options.acceptClock ? { acceptClock: true } : {}),
      })
      if (options.json) printJson(report)
      else show(report)
      if (report.outcome === 'failed') process.exitCode = 1
    })
  retention
    .command('status')
    .description('what would go and what stays, and why; drops nothing')
    .option('--accept-clock', 'the clock is right although the last run was long ago')
    .option('--json', 'one JSON object')
    .action((options: Options) => run({ ...options, dryRun: true }))
  retention
    .command('run')
    .description('drop what is over its days, archived and copied')
    .option('--dry-run', 'drop nothing, say what would go')
    .option('--accept-clock', 'the clock is right although the last run was long ago')
    .option('--json', 'one JSON object')
    .action(run)
}

function show({ items, dropped_rows, dry_run }: RetentionReport): void {
  if (items.length === 0) {
    print('Nothing is over its days.')
    return
  }
  printTable(
    ['table', 'partition', 'rows', 'uncompressed', dry_run ? 'would' : 'what'],
    items.map(({ table, partition, rows, bytes, action, kept }) => [
      table,
      partitionLabel(partition),
      rows.toLocaleString('en'),
      formatBytes(bytes),
      kept === '' ? (action === 'drop' ? 'drop' : 'drop these rows') : `stay: ${kept}`,
    ]),
  )
  if (!dry_run) print(`${dropped_rows.toLocaleString('en')} rows dropped`)
}
