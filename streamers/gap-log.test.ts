/** The order in which gaps and reach become durable is what keeps a killed process honest. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ingestGaps } from '#clickhouse/tables/operations.ts'
import type { Gap } from '#streamers/continuity.ts'
import { createGapLog } from '#streamers/gap-log.ts'
import { type IngestState, readIngestState } from '#streamers/ingest-state.ts'
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

const MARKET = { market: 'paper synthetic seed 7', boot: 'boot-1' }
const TEN = { channel: 'trades', coin: 'BTC', ts: 10, tid: 4 }
const make = () =>
  createGapLog({
    writer,
    table: ingestGaps,
    file,
    ...MARKET,
    clock: { now: () => 1_000 },
    state: () => state,
  })

test('the reach is saved as it was before the spool took the rows, and counts for the same market alone', async () => {
  const log = make()
  const persisting = log.persist()
  state = { reach: [{ ...TEN, ts: 99 }], fills: [] } // moves on while the spool appends: perhaps not in the file yet
  await persisting
  expect(readIngestState(file, MARKET, silentLog).reach).toEqual([TEN])
  expect(readIngestState(file, { ...MARKET, market: 'another' }, silentLog)).toEqual({ reach: [], fills: [] })
})

test('after a kill the latest reach counts, after a reboot only what was synced to the disk', async () => {
  const log = make()
  const disk = Promise.withResolvers<void>()
  await log.persist() // starts the first sync, which the fake disk finishes at once
  await Promise.resolve()
  writer.flush = () => disk.promise // from now on the disk is slow
  state = { reach: [{ ...TEN, ts: 20 }], fills: [] }
  await log.persist()
  expect(readIngestState(file, MARKET, silentLog).reach).toEqual([{ ...TEN, ts: 20 }])
  expect(readIngestState(file, { ...MARKET, boot: 'boot-2' }, silentLog).reach).toEqual([TEN])
  disk.resolve()
  await disk.promise
  await log.persist()
  expect(readIngestState(file, { ...MARKET, boot: 'boot-2' }, silentLog).reach).toEqual([{ ...TEN, ts: 20 }])
})

test('a system that does not name its boot counts as rebooted', async () => {
  const log = createGapLog({
    ...{ writer, table: ingestGaps, file, market: 'm', boot: '' },
    clock: { now: () => 1_000 },
    state: () => state,
  })
  await log.persist()
  expect(readIngestState(file, { market: 'm', boot: '' }, silentLog).reach).toEqual([])
})

test('first data are persisted at once, and once more when they came during another persist', async () => {
  const log = make()
  log.soon()
  log.soon()
  state = { reach: [{ ...TEN, ts: 30 }], fills: [] }
  await vi.waitFor(() => expect(readIngestState(file, MARKET, silentLog).reach).toEqual([{ ...TEN, ts: 30 }]))
})

test('an open gap is stored after the reach, a closed one before it, with a higher version', async () => {
  const log = make()
  log.note(OPEN)
  expect(log.open()).toBe(1)
  await log.persist()
  expect(writer.calls).toEqual(['write ingest_gaps', 'flush'])
  expect(readIngestState(file, MARKET, silentLog).reach).toEqual([TEN])
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

test('a gap that is noted while others are being stored is stored by the next persist', async () => {
  const log = make()
  log.note(OPEN)
  const persisting = log.persist()
  log.note(CLOSED)
  log.note({ ...OPEN, coin: 'ETH' })
  await persisting
  await log.persist()
  expect(writer.of('ingest_gaps').map(({ coin, status }) => `${coin} ${status}`)).toEqual([
    'BTC open',
    'BTC closed',
    'ETH open',
  ])
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
  expect(readIngestState(file, MARKET, log)).toEqual({ reach: [], fills: [] })
  expect(warned).toHaveLength(1)
})
