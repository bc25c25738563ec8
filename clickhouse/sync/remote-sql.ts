/** Our statements as a remote cluster or ClickHouse Cloud wants them: pure text. */
// Not here: sending them (remote.ts).

/** What answers at the remote URL. `server` is the embedded engine too. */
export type RemoteKind = 'server' | 'cluster' | 'cloud'

/** Settings that only tables of one plain server know. */
const PLAIN_ONLY =
  /,?\s*\b(?:fsync_after_insert|fsync_part_directory|non_replicated_deduplication_window) = \d+/g

/** On a cluster a block is remembered for so long, seconds: longer than a remote is likely to be away. */
const WINDOW_SECONDS = 604_800

/**
 * A DDL statement of ours for the remote.
 * Cluster: ON CLUSTER, replicated engine with the server's own default path. Cloud replaces engines by itself and keeps durability to itself.
 */
export function remoteStatement(sql: string, kind: RemoteKind, cluster: string | undefined): string {
  if (kind === 'server') return sql
  const plain = sql.replace(PLAIN_ONLY, '')
  if (kind === 'cloud' || cluster === undefined) return plain
  return plain
    .replace(/^(CREATE DATABASE IF NOT EXISTS \S+)/, `$1 ON CLUSTER '${cluster}'`)
    .replace(/^((?:CREATE TABLE IF NOT EXISTS|ALTER TABLE) \S+)/, `$1 ON CLUSTER '${cluster}'`)
    .replace(/^ENGINE = (\w*MergeTree)/m, 'ENGINE = Replicated$1')
    .replace(
      /^SETTINGS /m,
      `SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = ${WINDOW_SECONDS}, `,
    )
}

/** Settings of every statement that writes rows or cursors. */
export function remoteSettings(kind: RemoteKind): Record<string, string | number> {
  return {
    async_insert: 0, // on by default since 26.2: it would answer before the rows are stored, and forget tokens
    insert_deduplicate: 1,
    wait_end_of_query: 1,
    // Another replica may answer the next read: it must know what was acknowledged.
    ...(kind === 'server' ? {} : { select_sequential_consistency: 1 }),
    ...(kind === 'cluster' ? { insert_quorum: 'auto' } : {}),
  }
}
