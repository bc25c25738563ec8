/** Archive files in a folder of this machine that the ClickHouse engine reads and writes itself. */
import { mkdir, open, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Content, readContent } from '#clickhouse/archive/content.ts'
import { ArchiveDamagedError, type ArchiveStore, ArchiveWriteError } from '#clickhouse/archive/store.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { sqlString } from '#clickhouse/front/sql-text.ts'
import { describeError } from '#domain/errors.ts'

/** @param folder absolute, the same for this process and for the engine */
export function createFolderStore(folder: string): ArchiveStore {
  const measureAt = async (
    client: ClickHouseClient,
    path: string,
    columns: readonly string[],
    structure: string,
  ): Promise<Content> => {
    try {
      return await readContent(client, { name: 'archive file', columns, from: fileFunction(path, structure) })
    } catch (error) {
      throw new ArchiveDamagedError(path, describeError(error))
    }
  }
  return {
    place: folder,
    async write(client, file, { select, params, structure, codec }) {
      const path = join(folder, file)
      const draft = `${path}.tmp`
      try {
        await mkdir(folder, { recursive: true })
        await makeFolder(dirname(path))
        await rm(draft, { force: true })
        await client.command({
          query: `INSERT INTO FUNCTION ${fileFunction(draft, structure)} ${select}
            SETTINGS output_format_parquet_compression_method = '${codec}', engine_file_truncate_on_insert = 1`,
          query_params: { ...params },
        })
        await syncToDisk(draft)
      } catch (error) {
        await rm(draft, { force: true }).catch(() => {})
        throw new ArchiveWriteError(file, folder, error)
      }
      return {
        // The engine reports success when the disk fills up while it writes: the reading finds out, and the disk tells why.
        measure: (columns, rowStructure) =>
          measureAt(client, draft, columns, rowStructure).catch(async (error: unknown) => {
            throw new ArchiveWriteError(file, folder, (await isFull(folder)) ? NO_SPACE : error)
          }),
        publish: () => publish(draft, path),
        discard: () => rm(draft, { force: true }),
      }
    },
    measure: (client, file, columns, structure) => measureAt(client, join(folder, file), columns, structure),
    async load(client, file, { table, columns, structure, token }) {
      const names = columns.join(', ')
      try {
        await client.command({
          query: `INSERT INTO ${table} (${names}) SELECT ${names} FROM ${fileFunction(join(folder, file), structure)}`,
          clickhouse_settings: { insert_deduplication_token: token },
        })
      } catch (error) {
        throw new ArchiveDamagedError(file, describeError(error))
      }
    },
    remove: (file) => rm(join(folder, file), { force: true }),
  }
}

/** Less than this is a full disk, bytes. */
const FREE_BYTES_MIN = 1_000_000
const NO_SPACE = 'ENOSPC: No space left on device'

async function isFull(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize < FREE_BYTES_MIN
}

/** Not recursive: on a read-only disk a recursive one says that there is no such folder. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

const fileFunction = (path: string, structure: string): string =>
  `file(${sqlString(path)}, 'Parquet', ${sqlString(structure)})`

/** The rename is the moment at which the file exists; before it the bytes must be on disk, after it the name. */
async function publish(draft: string, path: string): Promise<number> {
  const { size } = await stat(draft)
  await rename(draft, path)
  await syncToDisk(dirname(path))
  return size
}

async function syncToDisk(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
