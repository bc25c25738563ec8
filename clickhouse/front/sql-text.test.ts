/** Statements are routed by what they are, not by what their texts and names look like. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  firstWord,
  isSelect,
  isStreamable,
  outputFormat,
  splitInsert,
  sqlString,
} from '#clickhouse/front/sql-text.ts'

describe('an insert with data', () => {
  test.each([
    [
      'INSERT INTO t FORMAT JSONEachRow',
      { head: 'INSERT INTO t', settings: '', format: 'JSONEachRow', data: '' },
    ],
    [
      'insert into t format RowBinary\n',
      { head: 'insert into t', settings: '', format: 'RowBinary', data: '' },
    ],
    [
      "INSERT INTO db.t (a, `b c`) SETTINGS x = 1, y = 'FORMAT CSV' FORMAT Native;",
      {
        head: 'INSERT INTO db.t (a, `b c`)',
        settings: "SETTINGS x = 1, y = 'FORMAT CSV'",
        format: 'Native',
        data: '',
      },
    ],
    [
      "INSERT INTO t VALUES ('FORMAT CSV')",
      { head: 'INSERT INTO t', settings: '', format: 'Values', data: "('FORMAT CSV')" },
    ],
    [
      'INSERT INTO t FORMAT CSV\n1,2\n\n3,4',
      { head: 'INSERT INTO t', settings: '', format: 'CSV', data: '1,2\n\n3,4' },
    ],
    [
      '/* a ( */ -- b\n INSERT INTO t (format, values) FORMAT TSV',
      { head: '/* a ( */ -- b\n INSERT INTO t (format, values)', settings: '', format: 'TSV', data: '' },
    ],
    ['INSERT INTO values FORMAT CSV', { head: 'INSERT INTO values', settings: '', format: 'CSV', data: '' }],
    [
      'INSERT INTO db.format VALUES (1)',
      { head: 'INSERT INTO db.format', settings: '', format: 'Values', data: '(1)' },
    ],
  ])('%j is taken apart', (sql, expected) => {
    expect(splitInsert(sql)).toEqual(expected)
  })

  test.each([
    'SELECT 1 FORMAT JSON',
    "INSERT INTO t SELECT 'VALUES' FORMAT Null",
    'INSERT INTO t (a) WITH x AS (SELECT 1) SELECT * FROM x',
    "INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV",
    'CREATE TABLE insert_into (a Int8) ENGINE = Memory',
    '',
    'INSERT',
  ])('%j is left to the engine', (sql) => {
    expect(splitInsert(sql)).toBeNull()
  })
})

test.each([
  ['SELECT 1', true],
  ['  -- SELECT\n WITH 1 AS x SELECT x', true],
  ['(SELECT 1) UNION ALL (SELECT 2)', true],
  ['SHOW TABLES', false],
  ['EXPLAIN SELECT 1', false],
  ['', false],
])('%j selects: %s', (sql, expected) => {
  expect(isSelect(sql)).toBe(expected)
})

test.each([
  ['SELECT 1 FORMAT JSONEachRow', 'JSONEachRow'],
  ['SELECT 1\nformat CSV ;\n', 'CSV'],
  ['SELECT 1 FORMAT Native SETTINGS max_threads = 1', 'Native'],
  ["SELECT 'FORMAT CSV'", null],
  ['SELECT 1', null],
])('the output format of %j is %s', (sql, expected) => {
  expect(outputFormat(sql)).toBe(expected)
})

test('formats with a header or a frame are not streamed: their pieces would be documents of their own', () => {
  expect(['JSONEachRow', 'Native', 'rowbinary', 'TabSeparated'].every(isStreamable)).toBe(true)
  expect(
    ['JSON', 'Parquet', 'ArrowStream', 'CSVWithNames', 'RowBinaryWithNamesAndTypes'].some(isStreamable),
  ).toBe(false)
})

test('any text survives as a literal: its quotes and backslashes never end it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const literal = sqlString(text)
      expect(/^'(?:[^'\\]|\\.)*'$/su.test(literal)).toBe(true)
      expect(firstWord(`${literal} SELECT`)).toBe('SELECT')
    }),
  )
})
