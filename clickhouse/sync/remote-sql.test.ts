/** The declarations' own statements, as each kind of remote gets them. */
import { expect, test } from 'vitest'
import { createTableSql } from '#clickhouse/ddl.ts'
import { remoteSettings, remoteStatement } from '#clickhouse/sync/remote-sql.ts'
import { candles, trades } from '#clickhouse/tables/market.ts'

test('a plain server gets them as they are', () => {
  expect(remoteStatement(createTableSql(trades), 'server', undefined)).toBe(createTableSql(trades))
})

test('a cluster gets replicated tables on all its replicas, with a long memory for tokens', () => {
  const sql = remoteStatement(createTableSql(candles), 'cluster', 'main')
  expect(sql).toContain("CREATE TABLE IF NOT EXISTS candles ON CLUSTER 'main'\n(")
  expect(sql).toContain('ENGINE = ReplicatedReplacingMergeTree(received_ts)')
  expect(sql).toContain('SETTINGS replicated_deduplication_window = 10000')
  expect(sql).toContain('replicated_deduplication_window_seconds = 604800, enable_block_number_column = 1')
  expect(sql).not.toMatch(/non_replicated|fsync/)
  expect(remoteStatement('ALTER TABLE candles ADD COLUMN x Int8', 'cluster', 'main')).toBe(
    "ALTER TABLE candles ON CLUSTER 'main' ADD COLUMN x Int8",
  )
  expect(remoteStatement('CREATE DATABASE IF NOT EXISTS `d`', 'cluster', 'main')).toBe(
    "CREATE DATABASE IF NOT EXISTS `d` ON CLUSTER 'main'",
  )
})

test('Cloud gets plain engines, which it replaces, and no settings of a plain server', () => {
  const sql = remoteStatement(createTableSql(trades), 'cloud', undefined)
  expect(sql).toContain('ENGINE = ReplacingMergeTree')
  expect(sql).not.toMatch(/non_replicated|fsync|ON CLUSTER|, *,|SETTINGS *,/)
  expect(sql).toContain('enable_block_number_column = 1')
})

test('inserts never go through the asynchronous queue; replicas are read in sequence', () => {
  for (const kind of ['server', 'cluster', 'cloud'] as const)
    expect(remoteSettings(kind)).toMatchObject({ async_insert: 0, insert_deduplicate: 1 })
  expect(remoteSettings('server')).not.toHaveProperty('select_sequential_consistency')
  expect(remoteSettings('cloud')).toMatchObject({ select_sequential_consistency: 1 })
  expect(remoteSettings('cluster')).toMatchObject({ insert_quorum: 'auto' })
})
