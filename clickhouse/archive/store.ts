/** Where archive files lie: a folder that the engine sees, a folder that it does not see, or an S3-compatible bucket. */
// Not here: what is written (archive.ts), the folder and bucket themselves (folder-store.ts, streamed-store.ts, bucket-store.ts).
import type { Content } from '#clickhouse/archive/content.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import type { ArchiveCodec } from '#clickhouse/data-policy.ts'
import { describeError, HoldfastError } from '#domain/errors.ts'

/** Rows to write: a query over their columns, and the structure to read them back with. */
export interface FileRows {
  select: string
  params: Readonly<Record<string, unknown>>
  structure: string
  codec: ArchiveCodec
}

/** A file that was written and is not yet called by its name. */
export interface DraftFile {
  /** Counted and hashed from the file itself. */
  measure(columns: readonly string[], structure: string): Promise<Content>
  /** Gives it its name; from now on it is whole or not there. @returns bytes */
  publish(): Promise<number>
  discard(): Promise<void>
}

export interface ArchiveStore {
  /** For people. */
  place: string
  /** Writes the rows under another name. @throws ArchiveWriteError */
  write(client: ClickHouseClient, file: string, rows: FileRows): Promise<DraftFile>
  /** @throws ArchiveDamagedError */
  measure(
    client: ClickHouseClient,
    file: string,
    columns: readonly string[],
    structure: string,
  ): Promise<Content>
  /** Inserts the file's rows into a table. @throws ArchiveDamagedError */
  load(
    client: ClickHouseClient,
    file: string,
    into: { table: string; columns: readonly string[]; structure: string; token: string },
  ): Promise<void>
  remove(file: string): Promise<void>
}

const WRITE_FAULTS = [
  {
    words: /Code: 243|No space left|ENOSPC|NOT_ENOUGH_SPACE|errno: 28\b/i,
    code: 'ARCHIVE_DISK_FULL',
    retryable: true,
    hint: 'free disk space, or set archive.to to another disk',
  },
  {
    words: /Read-only file system|EROFS|EACCES|EPERM|Permission denied|errno: (?:13|30)\b/i,
    code: 'ARCHIVE_READ_ONLY',
    retryable: true,
    hint: 'make the folder writable for the user that Holdfast and its ClickHouse run as, or set archive.to',
  },
  {
    words: /InvalidAccessKeyId|Access Key Id|SignatureDoesNotMatch|request signature|Access ?Denied|\b403\b/i,
    code: 'ARCHIVE_LOGIN',
    retryable: true,
    hint: 'set HOLDFAST_ARCHIVE_S3_KEY and HOLDFAST_ARCHIVE_S3_SECRET to keys that may read and write the bucket',
  },
  {
    words: /NoSuchBucket|\b404\b/i,
    code: 'ARCHIVE_NO_BUCKET',
    retryable: true,
    hint: 'make the bucket, or correct archive.to',
  },
  {
    words: /(?:)/,
    code: 'ARCHIVE_WRITE',
    retryable: true,
    hint: 'see the cause; the next run tries again',
  },
] as const

/** A file could not be written. Nothing is lost: its rows stay in the table until a file holds them. */
export class ArchiveWriteError extends HoldfastError {
  constructor(file: string, place: string, cause: unknown) {
    const said = describeError(cause)
    const { code, hint } = WRITE_FAULTS.find(({ words }) => words.test(said)) ?? WRITE_FAULTS[4]
    super(`archive file ${file} cannot be written to ${place}: ${said}`, {
      ...{ code, hint, retryable: true },
      details: { file },
    })
  }
}

/** A file that should hold certain rows does not. */
export class ArchiveDamagedError extends HoldfastError {
  constructor(file: string, what: string) {
    super(`archive file ${file} is damaged: ${what}`, {
      code: 'ARCHIVE_DAMAGED',
      retryable: false,
      hint: 'put it back from a copy of the archive; while its partition is still in the table, `holdfast archive run --again` writes it anew',
      details: { file },
    })
  }
}
