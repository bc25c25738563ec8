/** The spool folder: segment files that rows are appended to and that stay until ClickHouse has them; and the quarantine. */
// Not here: what is in a segment (segment.ts), when one is closed and sent (writer.ts, sender.ts).
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { open, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { encodeFrame, encodeHeader, type SegmentHeader } from '#clickhouse/writer/segment.ts'
import { takeProcessLock } from '#config/process-lock.ts'
import type { EpochMs } from '#domain/time.ts'

const fsyncFile = promisify(fsync)

/** A closed segment that waits to be sent. */
export interface Batch {
  /** Order in which batches were begun, over all lives of the folder. */
  seq: number
  path: string
  table: string
  /** 0 for one that an earlier process left: it is counted when it is read. */
  rows: number
  bytes: number
}

/** A segment that still grows. */
export interface Segment {
  readonly seq: number
  readonly bytes: number
  /** Writes one frame with write(2). When that fails the segment is as before. @throws the file system's error */
  append(content: Buffer, rows: number): void
  /** Settles when everything appended so far is on disk. */
  sync(): Promise<void>
  /** Syncs and closes the file. Nothing can be appended any more. */
  finish(): Promise<void>
  facts(): Omit<Batch, 'rows'>
}

export interface Spool {
  /** What earlier processes left, oldest first. */
  readonly left: readonly Batch[]
  begin(header: Omit<SegmentHeader, 'token'>): Segment
  read(batch: Batch): Promise<Buffer>
  remove(batch: Batch): Promise<void>
  /** Settles when the names of all files are on disk too. */
  syncNames(): Promise<void>
  /** Takes a batch out of the way, with the reason beside it. @returns path of the segment there */
  quarantineBatch(batch: Batch, reason: string): string
  quarantineRow(table: string, row: unknown, reason: string): void
  quarantineBytes(): number
  /** Gives the folder free. */
  release(): void
}

const NAME = /^(\d{12})-(\w+)\.segment$/

/**
 * Opens the folder for this process.
 * @param life random id of this process's life: with the number of a segment it makes the batch's token
 * @throws ProcessLockHeldError when another process writes there
 */
export function openSpool(folder: string, life: string, now: () => EpochMs): Spool {
  const quarantine = join(folder, 'quarantine')
  mkdirSync(quarantine, { recursive: true })
  const release = takeProcessLock(join(folder, 'writer.lock'), 'writer', now())
  const left = segmentsIn(folder)
  // Quarantined segments keep their names, so that they can be moved back: their numbers stay taken.
  let nextSeq = Math.max(left.at(-1)?.seq ?? 0, segmentsIn(quarantine).at(-1)?.seq ?? 0) + 1
  let namesChanged = left.length > 0
  let quarantineBytes = readdirSync(quarantine).reduce(
    (sum, name) => sum + statSync(join(quarantine, name)).size,
    0,
  )

  return {
    left,
    begin(header) {
      const seq = nextSeq++
      namesChanged = true
      const path = join(folder, `${String(seq).padStart(12, '0')}-${header.table}.segment`)
      return createSegment(path, seq, { ...header, token: `${life}-${seq}` })
    },
    read: (batch) => readFile(batch.path),
    remove: (batch) => rm(batch.path, { force: true }),
    async syncNames() {
      if (!namesChanged) return
      namesChanged = false
      const handle = await open(folder, 'r')
      await handle.sync().finally(() => handle.close())
    },
    quarantineBatch(batch, reason) {
      const path = join(quarantine, basename(batch.path))
      if (existsSync(batch.path)) renameSync(batch.path, path)
      writeFileSync(
        `${path}.json`,
        `${JSON.stringify({ table: batch.table, rows: batch.rows, reason, ts: now() })}\n`,
      )
      quarantineBytes += batch.bytes
      return path
    },
    quarantineRow(table, row, reason) {
      const line = `${JSON.stringify({ ts: now(), reason, row }, plainValue)}\n`
      appendFileSync(join(quarantine, `${table}.rows.jsonl`), line)
      quarantineBytes += line.length
    },
    quarantineBytes: () => quarantineBytes,
    release,
  }
}

function segmentsIn(folder: string): Batch[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const match = NAME.exec(name)
      if (!match) return []
      const path = join(folder, name)
      return [{ seq: Number(match[1]), path, table: match[2] ?? '', rows: 0, bytes: statSync(path).size }]
    })
}

function createSegment(path: string, seq: number, header: SegmentHeader): Segment {
  let file = -1 // opened with the first frame
  let bytes = 0
  let syncedBytes = 0
  const put = (piece: Buffer) => {
    let done = 0
    // At its own position each time: what a full disk left half written is overwritten by the next try.
    while (done < piece.length) done += writeSync(file, piece, done, piece.length - done, bytes + done)
    bytes += piece.length
  }
  const sync = async () => {
    const until = bytes
    if (syncedBytes >= until) return
    await fsyncFile(file)
    syncedBytes = Math.max(syncedBytes, until)
  }
  return {
    seq,
    get bytes() {
      return bytes
    },
    append(content, count) {
      if (file < 0) file = openSync(path, 'wx', 0o600)
      if (bytes === 0) put(encodeHeader(header))
      put(encodeFrame(content, count))
    },
    sync,
    async finish() {
      await sync().finally(() => {
        if (file >= 0) closeSync(file)
      })
    },
    facts: () => ({ seq, path, table: header.table, bytes }),
  }
}

const plainValue = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value
