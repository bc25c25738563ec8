/** Whether the remote holds a partition as the local side does: what retention asks before it drops. */
import { partitionContent, sameContent } from '#clickhouse/archive/content.ts'
import { isParted, type ManifestEntry } from '#clickhouse/archive/manifest.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import type { SourcePartition } from '#clickhouse/sync/plan.ts'
import type { RemoteTarget } from '#clickhouse/sync/remote.ts'
import { describeTables } from '#clickhouse/sync/source.ts'
import { readCursors } from '#clickhouse/sync/state.ts'
import type { Table } from '#clickhouse/table.ts'

/** @returns why not, or null when it does. @throws QueryFailedError when either side does not answer */
export async function whyNotCopied(
  source: ClickHouseClient,
  remote: RemoteTarget,
  table: Table,
  partition: SourcePartition,
  entry: ManifestEntry | null,
): Promise<string | null> {
  const identity = (await describeTables(source)).get(table.name)?.identity ?? ''
  const key = { source: identity, table: table.name, partition: partition.partition }
  const { cursor, pendingTo } = (await readCursors(remote)).get(key)
  if (cursor < partition.newestBlock || pendingTo > cursor) return 'it is not copied to the remote yet'
  // Rows that already left the local side are only on the remote: there is nothing to compare them with.
  if (entry && isParted(entry)) return null
  const [here, there] = await Promise.all([
    partitionContent(source, table, partition.partition),
    partitionContent(remote.client, table, partition.partition),
  ])
  return sameContent(here, there)
    ? null
    : `the remote holds ${there.rows} rows of it, this side ${here.rows}: \`holdfast sync run --verify\` compares them`
}
