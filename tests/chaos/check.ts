/** What a chaos run must end with: local, remote and archive hold the same rows, each exactly once. */

import { columnsOf, verifyEntry } from '#clickhouse/archive/archive.ts'
import { createFolderStore } from '#clickhouse/archive/folder-store.ts'
import { filesThatCount, ofPartition, readManifest } from '#clickhouse/archive/manifest.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import type { Table } from '#clickhouse/table.ts'
import { describeError } from '#domain/errors.ts'
import { contentOf } from '../data/two-sides.ts'
import { CHAOS_TABLES } from './tables.ts'
import type { ChaosWorld } from './world.ts'
import type { ChaosWriters } from './writers.ts'

const ask = async <Row>(client: ClickHouseClient, query: string): Promise<Row> => {
  const answer = await client.query({ query, format: 'JSONEachRow' })
  return ((await answer.json()) as Row[])[0] as Row
}

/** Sentences, one for each rule that does not hold. */
export async function violationsOf(world: ChaosWorld, writers: ChaosWriters): Promise<string[]> {
  const found: string[] = []
  const { source, copy } = world
  for (const table of CHAOS_TABLES) {
    const [remote, union] = [await contentOf(copy, table), await unionOf(world, table, found)]
    if (remote.rows !== union.rows || remote.hash !== union.hash)
      found.push(
        `${table.name}: local and archive hold ${union.rows} rows (${union.hash}), the remote ${remote.rows} (${remote.hash})`,
      )
  }
  const trades = writers.trades()
  const facts = await ask<{ c: string; u: string; a: string; b: string }>(
    copy,
    'SELECT toString(count()) AS c, toString(uniqExact(tid)) AS u, toString(min(tid)) AS a, toString(max(tid)) AS b FROM trades',
  )
  // Nothing merged there: what came twice would be counted twice.
  if (
    Number(facts.c) !== trades ||
    Number(facts.u) !== trades ||
    Number(facts.a) !== 0 ||
    Number(facts.b) !== trades - 1
  )
    found.push(
      `trades: ${trades} were written, the remote holds ${facts.c} rows of ${facts.u} trades, ${facts.a} to ${facts.b}`,
    )
  const volume = await ask<{ v: string }>(copy, 'SELECT toString(sum(volume)) AS v FROM candles FINAL')
  if (Number(volume.v) !== writers.candleVolume())
    found.push(`candles: newest volumes sum to ${writers.candleVolume()}, the remote says ${volume.v}`)
  const mended = await ask<{ s: string; d: string }>(
    source,
    "SELECT toString(sum(JSONExtractUInt(details, 'rows_sent'))) AS s, toString(sum(JSONExtractUInt(details, 'rows_deleted'))) AS d FROM data_runs WHERE job = 'verify'",
  )
  if (mended.s !== '0' || mended.d !== '0')
    found.push(`comparing had to mend: ${mended.s} rows sent again, ${mended.d} deleted`)
  return found
}

/** Files and table together, by key: what a restore of everything would give. Every file is read again. */
async function unionOf(
  world: ChaosWorld,
  table: Table,
  found: string[],
): Promise<{ rows: string; hash: string }> {
  const { source } = world
  const store = createFolderStore(world.archiveFolder)
  const manifest = await readManifest(source, table.name)
  const together = `${table.name}_together`
  await source.command({ query: `CREATE TABLE ${together} AS ${table.name}` })
  for (const partition of new Set(manifest.map((each) => each.partition))) {
    for (const entry of filesThatCount(ofPartition(manifest, table.name, partition))) {
      await verifyEntry({ client: source, store }, entry).catch((error: unknown) =>
        found.push(describeError(error)),
      )
      const { structure } = entry
      await store.load(source, entry.file, {
        table: together,
        columns: columnsOf(structure),
        structure,
        token: entry.file,
      })
    }
  }
  const names = table.columnNames.join(', ')
  await source.command({
    query: `INSERT INTO ${together} (${names}) SELECT ${names} FROM ${table.name} FINAL`,
  })
  return contentOf(source, { ...table, name: together })
}

/** Rows that retention took from the local side. */
export async function droppedRows(world: ChaosWorld): Promise<number> {
  const { r } = await ask<{ r: string }>(
    world.source,
    "SELECT toString(sum(rows)) AS r FROM data_runs WHERE job = 'retention' AND table = ''",
  )
  return Number(r)
}
