/** Every way in which two sides of a table can differ is named; what does not matter is not. */
import { expect, test } from 'vitest'
import { driftReasons, SchemaDriftError, type TableShape } from '#clickhouse/sync/drift.ts'

const shape = (
  over: Partial<Omit<TableShape, 'columns'>> = {},
  columns: Record<string, string> = {},
): TableShape => ({
  engine: 'ReplacingMergeTree',
  partitionKey: 'toYYYYMMDD(ts)',
  sortingKey: 'coin, ts',
  ...over,
  columns: new Map(
    Object.entries({ coin: 'String', ts: 'DateTime64(3)', ...columns }).map(([name, type]) => [
      name,
      { type, defaultKind: '' },
    ]),
  ),
})
const COLUMNS = ['coin', 'ts']

test('equal sides, also with a column of its own there and another MergeTree', () => {
  expect(driftReasons(COLUMNS, shape(), shape())).toEqual([])
  expect(
    driftReasons(COLUMNS, shape(), shape({ engine: 'SharedReplacingMergeTree' }, { _sync_batch: 'UInt64' })),
  ).toEqual([])
})

test.each<[string, TableShape | undefined, TableShape | undefined]>([
  ['the local table does not exist', undefined, shape()],
  ['the remote table does not exist', shape(), undefined],
  ['its remote engine is View, which is no MergeTree', shape(), shape({ engine: 'View' })],
  ['its sorting key is (coin, ts) here and (ts) there', shape(), shape({ sortingKey: 'ts' })],
  ['its partition key is (toYYYYMMDD(ts)) here and () there', shape(), shape({ partitionKey: '' })],
  ['column ts is DateTime64(3) here and DateTime there', shape(), shape({}, { ts: 'DateTime' })],
])('%s', (reason, source, remote) => {
  expect(driftReasons(COLUMNS, source, remote)).toEqual([reason])
})

test('a missing column is named on the side that lacks it, and one that cannot be written too', () => {
  const wide = shape({}, { px: 'Float64' })
  expect(driftReasons([...COLUMNS, 'px'], wide, shape())).toEqual(['column px is missing there'])
  expect(driftReasons([...COLUMNS, 'px'], shape(), wide)).toEqual(['column px is missing here'])
  const computed = shape({}, { px: 'Float64' })
  ;(computed.columns as Map<string, { type: string; defaultKind: string }>).set('px', {
    type: 'Float64',
    defaultKind: 'MATERIALIZED',
  })
  expect(driftReasons([...COLUMNS, 'px'], wide, computed)).toEqual([
    'column px is MATERIALIZED there and cannot be written',
  ])
})

test('the error names table, every reason and what to do', () => {
  const error = new SchemaDriftError('trades', ['a', 'b'])
  expect(error.message).toBe('table trades is not copied: a; b')
  expect(error.hint).toContain('holdfast sync status')
})
