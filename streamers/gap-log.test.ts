/** The order in which gaps and reach become durable is what keeps a killed process honest. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ingestGaps } from '#clickhouse/tables/operations.ts'
import type { Gap } from '#streamers/continuity.ts'
import { createGapLog, type IngestState, readIngestState } from '#streamers/gap-log.ts'
import { createFakeWriter, type FakeWriter, silentLog } from '#tests/streamers/fakes.ts'

let folder: string
let file: string
let writer: FakeWriter
let state: IngestState

const OPEN: Gap = {
  channel: 'trades',
  coin: 'BTC',
  openedTs: 10,
  closedTs: 0,
  reason: 'disconnect',
  rowsRecovered: 0,
  status: 'open',
}
const CLOSED: Gap = { ...OPEN, closedTs: 20, status: 'closed' }

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-gaps-'))
  file = join(folder, 'state.json')
  writer = createFakeWriter()
  state = { reach: [{ channel: 'trades', coin: 'BTC', ts: 10, tid: 4 }], fills: [] }
})
afterEach(() => rmSync(folder, { recursive: true }))

const make = () =>
  createGapLog({
    writer,
    table: ingestGaps,
    file,
    market: 'paper synthetic seed 7',
    clock: { now: () => 1_000 },
    state: () => state,
  })

test('the reach is saved only after everything up to it is durable, and read back for the same market alone', async () => {
  const log = make()
  writer.flush = async () => {
    expect(() => readFileSync(file)).toThrow()
    state = { reach: [], fills: [] } // moves on while the flush runs: not durable, so not saved
  }
  await log.persist()
  expect(readIngestState(file, 'paper synthetic seed 7', silentLog).reach).toEqual([
    { channel: 'trades', coin: 'BTC', ts: 10, tid: 4 },
  ])
  expect(readIngestState(file, 'paper synthetic seed 8', silentLog)).toEqual({ reach: [], fills: [] })
})

test('an open gap is stored after the reach, a closed one before it, with a higher version', async () => {
  const log = make()
  log.note(OPEN)
  expect(log.open()).toBe(1)
  await log.persist()
  expect(writer.calls).toEqual(['flush', 'write ingest_gaps'])
  log.note(CLOSED)
  expect(log.open()).toBe(0)
  await log.persist()
  expect(writer.calls.slice(2)).toEqual(['write ingest_gaps', 'flush'])
  const [open, closed] = writer.of('ingest_gaps')
  expect(open).toMatchObject({
    channel: 'trades',
    opened_ts: 10,
    closed_ts: 0,
    status: 'open',
    version: 1_000,
  })
  expect(closed).toMatchObject({ opened_ts: 10, closed_ts: 20, status: 'closed', version: 1_001 })
})

test('a gap that closed before it was stored is stored once, closed', async () => {
  const log = make()
  log.note(OPEN)
  log.note(CLOSED)
  await log.persist()
  expect(writer.of('ingest_gaps').map(({ status }) => status)).toEqual(['closed'])
})

test('while the spool is full gaps wait, and none is lost', async () => {
  const log = make()
  log.note(CLOSED)
  writer.isFull = true
  await expect(log.persist()).rejects.toThrow('spool is full')
  expect(() => readFileSync(file)).toThrow()
  writer.isFull = false
  await log.persist()
  expect(writer.of('ingest_gaps')).toHaveLength(1)
})

test('a broken state file is reported and counts as none', () => {
  writeFileSync(file, '{"market":')
  const warned: unknown[] = []
  const log = { ...silentLog, warn: (facts: unknown) => void warned.push(facts) }
  expect(readIngestState(file, 'x', log)).toEqual({ reach: [], fills: [] })
  expect(warned).toHaveLength(1)
})
