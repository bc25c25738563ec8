/** Disks that are full, folders that may not be written, wrong keys, jumping clocks: each says what is wrong, and nothing is lost. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { verifyEntry } from '#clickhouse/archive/archive.ts'
import { archiveRun } from '#clickhouse/archive/archive-run.ts'
import { createFolderStore } from '#clickhouse/archive/folder-store.ts'
import { readManifest } from '#clickhouse/archive/manifest.ts'
import { openStore } from '#clickhouse/archive/open-store.ts'
import { restorePartition } from '#clickhouse/archive/restore.ts'
import type { ArchiveStore } from '#clickhouse/archive/store.ts'
import { openRemote } from '#clickhouse/sync/remote.ts'
import { trades } from '#clickhouse/tables/market.ts'
import { DAY_MS } from '#domain/time.ts'
import { startFrontProcess } from '../clickhouse/front-process.ts'
import { type BucketStandIn, startBucket } from './bucket-stand-in.ts'
import { contentOf, DATABASE, insertTrades, silent, startTwoSides, type TwoSides } from './two-sides.ts'

let sides: TwoSides
let bucket: BucketStandIn
let folder: string
beforeAll(async () => {
  ;[sides, bucket] = await Promise.all([startTwoSides(), startBucket('holdfast-key')])
})
afterAll(async () => {
  await Promise.all([sides.close(), bucket.close()])
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  if (folder) rmSync(folder, { recursive: true, force: true })
  folder = mkdtempSync(join(tmpdir(), 'holdfast-faults-'))
  for (const name of ['trades', 'archive_manifest'])
    await sides.source.command({ query: `TRUNCATE TABLE ${name} SYNC` })
})

/** A file system of so many kilobytes, where this machine lets us make one. */
function smallDisk(path: string, kilobytes: number): boolean {
  mkdirSync(path, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', path], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const unmount = (path: string) => execFileSync('umount', ['-l', path], { stdio: 'ignore' })
const canMount = (() => {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-mount-'))
  const can = smallDisk(path, 64)
  if (can) unmount(path)
  rmSync(path, { recursive: true, force: true })
  return can
})()

const NOW = Date.now()
const archive = (store: ArchiveStore, now = NOW) =>
  archiveRun({
    ...{ client: sides.source, store, afterHours: 6, budgetMs: 1e9, onStep: () => {} },
    clock: { now: () => now, monotonicMs: () => 0 },
    tables: [{ table: trades, codec: 'zstd' }],
    signal: new AbortController().signal,
  })
const place = (to: string, more: object = {}) => ({
  ...{
    to,
    s3_endpoint: undefined,
    s3_region: 'us-east-1',
    key: '',
    secret: '',
    defaultFolder: folder,
    base: folder,
  },
  ...more,
})
const day = (ago: number): string => new Date(NOW - ago * DAY_MS).toISOString().slice(0, 10)

test.skipIf(!canMount)(
  'an archive disk that is full: the error says so, no file is left, and with room it goes on',
  async () => {
    await insertTrades(sides.source, { day: day(3), first: 0, count: 200_000 })
    const disk = join(folder, 'disk')
    smallDisk(disk, 200)
    try {
      const full = await archive(createFolderStore(disk))
      expect(full).toMatchObject({ outcome: 'failed', archived: 0, failed: [{ code: 'ARCHIVE_DISK_FULL' }] })
      expect(await readManifest(sides.source)).toEqual([])
      execFileSync('mount', ['-o', 'remount,size=50m', disk])
      expect(await archive(createFolderStore(disk))).toMatchObject({
        outcome: 'ok',
        archived: 1,
        rows: 200_000,
      })
      expect((await contentOf(sides.source, trades)).rows).toBe('200000')
    } finally {
      unmount(disk)
    }
  },
)

test('an archive folder that may not be written is said with what to do, before anything is tried', async () => {
  await expect(openStore(sides.source, place('/sys/holdfast-archive'))).rejects.toMatchObject({
    code: 'ARCHIVE_READ_ONLY',
    hint: expect.stringContaining('archive.to'),
  })
})

test.skipIf(!canMount)('a folder that becomes read-only fails the file, not the table', async () => {
  await insertTrades(sides.source, { day: day(3), first: 0, count: 100 })
  const disk = join(folder, 'disk')
  smallDisk(disk, 2_000)
  execFileSync('mount', ['-o', 'remount,ro', disk])
  try {
    expect(await archive(createFolderStore(disk))).toMatchObject({ failed: [{ code: 'ARCHIVE_READ_ONLY' }] })
    expect((await contentOf(sides.source, trades)).rows).toBe('100')
  } finally {
    unmount(disk)
  }
})

test('a bucket holds, verifies and restores the same rows; wrong keys and damaged objects are named, without the secret', async () => {
  await insertTrades(sides.source, { day: day(3), first: 0, count: 5_000 })
  const at = (key: string) =>
    openStore(
      sides.source,
      place('s3://desk/archive', { s3_endpoint: bucket.url, key, secret: 'the-secret-word' }),
    )
  const refused = await archive(await at('wrong-key'))
  expect(refused).toMatchObject({ outcome: 'failed', failed: [{ code: 'ARCHIVE_LOGIN' }] })
  expect(JSON.stringify(refused)).not.toContain('the-secret-word')
  const store = await at('holdfast-key')
  expect(await archive(store)).toMatchObject({ outcome: 'ok', archived: 1, rows: 5_000 })
  const name = `/desk/archive/trades/${day(3)}.parquet`
  expect([...bucket.objects.keys()]).toEqual([name])
  const [entry] = await readManifest(sides.source)
  expect(entry?.bytes).toBe(bucket.objects.get(name)?.length)
  const before = await contentOf(sides.source, trades)
  const restored = await restorePartition(
    { client: sides.source, store },
    trades,
    day(3).replaceAll('-', ''),
    'trades_again',
  )
  expect({ rows: String(restored.content.rows), hash: restored.content.hash }).toEqual(before)
  await sides.source.command({ query: 'DROP TABLE trades_again SYNC' })
  bucket.objects.set(name, bucket.objects.get(name)?.subarray(0, 2_000) as Buffer)
  await expect(verifyEntry({ client: sides.source, store }, entry as never)).rejects.toMatchObject({
    code: 'ARCHIVE_DAMAGED',
  })
  expect(sides.here.log()).not.toContain('the-secret-word')
})

test('a clock that is a year ahead archives too early, and the file is made anew when more rows come', async () => {
  await insertTrades(sides.source, { day: day(0), first: 0, count: 100 })
  const store = createFolderStore(folder)
  expect(await archive(store)).toMatchObject({ archived: 0 })
  expect(await archive(store, NOW + 365 * DAY_MS)).toMatchObject({ archived: 1, rows: 100 })
  await insertTrades(sides.source, { day: day(0), first: 100, count: 100 })
  expect(await archive(store, NOW - 365 * DAY_MS)).toMatchObject({ archived: 0 })
  expect(await archive(store, NOW + 2 * DAY_MS)).toMatchObject({ archived: 1, rows: 200 })
})

test('wrong credentials of the remote are named as such, and the right ones go on', async () => {
  const guarded = await startFrontProcess({ env: { CLICKHOUSE_USER: 'copy', CLICKHOUSE_PASSWORD: 'right' } })
  const options = { tables: [trades], log: silent }
  try {
    const address = { ...guarded.address(DATABASE), CLICKHOUSE_PASSWORD: 'wrong' }
    const client = guarded.client(DATABASE)
    await expect(openRemote({ ...options, address, client })).rejects.toMatchObject({
      code: 'REMOTE_LOGIN',
      hint: expect.stringContaining('HOLDFAST_REMOTE_CLICKHOUSE_PASSWORD'),
    })
    const target = await openRemote({ ...options, address: guarded.address(DATABASE), client })
    expect(target.kind).toBe('server')
    await client.close()
  } finally {
    await guarded.remove()
  }
})

test.skipIf(!canMount)(
  'a remote whose disk is full keeps what it has, says so, and gets the rest when there is room',
  async () => {
    const home = join(folder, 'remote')
    smallDisk(home, 8_000)
    const small = await startFrontProcess({ home })
    try {
      await insertTrades(sides.source, { day: day(3), first: 0, count: 400_000 })
      const client = small.client(DATABASE)
      const remote = await openRemote({
        address: small.address(DATABASE),
        client,
        tables: [trades],
        log: silent,
      })
      const limits = { batchRows: 100_000, batchBytes: 1e9 }
      const report = await sides.copy({ remote, limits })
      expect(report.outcome).toBe('failed')
      expect(report.tables[0]?.why).toMatch(/space/i)
      execFileSync('mount', ['-o', 'remount,size=400m', home])
      expect(await sides.copy({ remote, limits })).toMatchObject({ outcome: 'ok', lag_rows: 0 })
      expect(await contentOf(client, trades)).toEqual(await contentOf(sides.source, trades))
      await client.close()
    } finally {
      await small.stop()
      unmount(home)
    }
  },
)
