/** `holdfast archive list|run|verify|restore`: the Parquet files of closed partitions. */
// Not here: how they are written and read back (clickhouse/archive).
import type { Command } from 'commander'
import pc from 'picocolors'
import { formatBytes, print, printJson, printTable } from '#cli/output.ts'
import { partitionNamed, tableNamed, withDataJobs } from '#cli/support/data-jobs.ts'
import { giveUpDamaged, verifyEntry } from '#clickhouse/archive/archive.ts'
import { type ManifestEntry, readManifest } from '#clickhouse/archive/manifest.ts'
import { restorePartition } from '#clickhouse/archive/restore.ts'
import { describeError } from '#domain/errors.ts'
import { partitionLabel } from '#domain/time-partition.ts'

interface Json {
  json?: boolean
}

export function registerArchive(program: Command): void {
  const archive = program.command('archive').description('Parquet files of closed partitions')
  archive
    .command('list [table]')
    .description('every file with its rows, size and what became of its partition')
    .option('--json', 'one JSON object')
    .action((table: string | undefined, { json }: Json) =>
      withDataJobs(async ({ client }) => {
        const entries = await readManifest(client, table === undefined ? '' : tableNamed(table).name)
        if (json) printJson({ files: entries.map(fileLine) })
        else showFiles(entries)
      }),
    )
  archive
    .command('run')
    .description('archive every closed partition now')
    .option('--again', 'read all files first, and write damaged ones anew while their rows are in the table')
    .option('--json', 'one JSON object')
    .action(({ json, again }: Json & { again?: boolean }) =>
      withDataJobs(async ({ jobs, client, options }) => {
        if (again) await giveUpDamaged({ client, store: await jobs.store() }, await readManifest(client))
        const report = await jobs.archive(options)
        if (json) printJson(report)
        else {
          print(
            `${report.archived} files written (${report.rows.toLocaleString('en')} rows, ${formatBytes(report.bytes)}), ${report.current} were current, ${report.waiting} wait`,
          )
          for (const { table, partition, why, hint } of report.failed)
            print(`${pc.red(`${table} ${partitionLabel(partition)}`)} ${why}\n  ${pc.dim('hint')} ${hint}`)
        }
        if (report.failed.length > 0) process.exitCode = 1
      }),
    )
  archive
    .command('verify [table] [partition]')
    .description('read files again and compare count and hash with the list')
    .option('--json', 'one JSON object')
    .action((table: string | undefined, partition: string | undefined, { json }: Json) =>
      withDataJobs(async ({ jobs, client }) => {
        const store = await jobs.store()
        const id = partition === undefined ? null : partitionNamed(partition)
        const all = await readManifest(client, table === undefined ? '' : tableNamed(table).name)
        const asked = all.filter(
          (each) => each.status !== 'superseded' && (id === null || each.partition === id),
        )
        const damaged: { file: string; why: string }[] = []
        for (const entry of asked)
          await verifyEntry({ client, store }, entry).catch((error: unknown) =>
            damaged.push({ file: entry.file, why: describeError(error) }),
          )
        if (json) printJson({ files: asked.length, damaged })
        else {
          print(`${asked.length} files read again, ${damaged.length} damaged`)
          for (const { why } of damaged) print(pc.red(why))
        }
        if (damaged.length > 0) process.exitCode = 1
      }),
    )
  registerRestore(archive)
}

function registerRestore(archive: Command): void {
  archive
    .command('restore <table> <partition>')
    .description('put archived rows back, and prove by hash that they are the same')
    .option('--into <table>', 'another table, made when it is missing; unset: the table itself')
    .option('--json', 'one JSON object')
    .action((table: string, partition: string, { into, json }: Json & { into?: string }) =>
      withDataJobs(async ({ jobs, client }) => {
        const store = await jobs.store()
        const target = into === undefined ? undefined : tableName(into)
        const report = await restorePartition(
          { client, store },
          tableNamed(table),
          partitionNamed(partition),
          target,
        )
        if (json) printJson(report)
        else
          print(
            `${report.content.rows.toLocaleString('en')} rows with hash ${report.content.hash} in ${report.into}, from ${report.files.join(', ')}`,
          )
      }),
    )
}

/** Only a name: it stands in statements. */
const tableName = (text: string): string => (/^[a-zA-Z_]\w*$/.test(text) ? text : tableNamed(text).name)

const fileLine = (entry: ManifestEntry) => ({
  ...{ table: entry.table, partition: partitionLabel(entry.partition), generation: entry.generation },
  ...{
    file: entry.file,
    status: entry.status,
    rows: entry.content.rows,
    hash: entry.content.hash,
    bytes: entry.bytes,
  },
  ...{ archived_ts: entry.archivedTs, dropped_ts: entry.droppedTs },
})

function showFiles(entries: readonly ManifestEntry[]): void {
  const shown = entries.filter(({ status }) => status !== 'superseded')
  printTable(
    ['file', 'rows', 'bytes', 'bytes/row', 'state'],
    shown.map(({ file, content, bytes, status }) => [
      file,
      content.rows.toLocaleString('en'),
      formatBytes(bytes),
      content.rows === 0 ? '' : (bytes / content.rows).toFixed(1),
      status === 'verified' ? 'in the table too' : status,
    ]),
  )
  print(`${shown.length} files, ${formatBytes(shown.reduce((sum, { bytes }) => sum + bytes, 0))}`)
}
