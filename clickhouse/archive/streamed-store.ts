/** Archive files in a folder of this machine while ClickHouse runs on another: files travel over HTTP in both directions. */
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Content, readContent } from '#clickhouse/archive/content.ts'
import { ArchiveDamagedError, type ArchiveStore, ArchiveWriteError } from '#clickhouse/archive/store.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { describeError } from '#domain/errors.ts'

/** Name of the table that a file is read back into; it is gone afterwards. */
const CHECK_TABLE = 'archive_check'

export function createStreamedStore(folder: string): ArchiveStore {
  return {
    place: `${folder} (over HTTP)`,
    async write(client, file, { select, params, codec }) {
      const path = join(folder, file)
      const draft = `${path}.tmp`
      try {
        await mkdir(dirname(path), { recursive: true })
        const read = await client.exec({
          query: `${select} SETTINGS output_format_parquet_compression_method = '${codec}' FORMAT Parquet`,
          query_params: { ...params },
        })
        await pipeline(read.stream, createWriteStream(draft))
        await syncToDisk(draft)
      } catch (error) {
        await rm(draft, { force: true }).catch(() => {})
        throw new ArchiveWriteError(file, folder, error)
      }
      return {
        measure: (columns, structure) => measureUpload(client, draft, columns, structure),
        async publish() {
          const { size } = await stat(draft)
          await rename(draft, path)
          await syncToDisk(dirname(path))
          return size
        },
        discard: () => rm(draft, { force: true }),
      }
    },
    measure: (client, file, columns, structure) =>
      measureUpload(client, join(folder, file), columns, structure),
    load: (client, file, { table, columns, token }) =>
      upload(client, join(folder, file), table, columns, token),
    remove: (file) => rm(join(folder, file), { force: true }),
  }
}

async function measureUpload(
  client: ClickHouseClient,
  path: string,
  columns: readonly string[],
  structure: string,
): Promise<Content> {
  await client.command({ query: `DROP TABLE IF EXISTS ${CHECK_TABLE} SYNC` })
  await client.command({
    query: `CREATE TABLE ${CHECK_TABLE} (${structure}) ENGINE = MergeTree ORDER BY tuple()`,
  })
  try {
    await upload(client, path, CHECK_TABLE, columns, '')
    return await readContent(client, { name: 'archive file read back', columns, from: CHECK_TABLE })
  } finally {
    await client.command({ query: `DROP TABLE IF EXISTS ${CHECK_TABLE} SYNC` })
  }
}

async function upload(
  client: ClickHouseClient,
  path: string,
  table: string,
  columns: readonly string[],
  token: string,
): Promise<void> {
  try {
    const { stream } = await client.exec({
      query: `INSERT INTO ${table} (${columns.join(', ')}) FORMAT Parquet`,
      values: createReadStream(path),
      clickhouse_settings: {
        ...{ async_insert: 0, wait_end_of_query: 1 },
        ...(token === '' ? {} : { insert_deduplication_token: token }),
      },
    })
    for await (const _ of stream) {
      // An insert answers nothing; reading to the end frees the connection.
    }
  } catch (error) {
    throw new ArchiveDamagedError(path, describeError(error))
  }
}

async function syncToDisk(path: string): Promise<void> {
  await using file = await open(path, 'r')
  await file.sync()
}
