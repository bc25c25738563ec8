/** Archive files in an S3-compatible bucket, read and written by the ClickHouse engine itself. */
// An object appears under its name when its upload is complete, so there is no draft to rename: the manifest says which objects count.

import { z } from 'zod'
import { readContent } from '#clickhouse/archive/content.ts'
import { ArchiveDamagedError, type ArchiveStore, ArchiveWriteError } from '#clickhouse/archive/store.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { sqlString } from '#clickhouse/front/sql-text.ts'
import { runQuery, wholeNumber } from '#clickhouse/query.ts'
import { describeError } from '#domain/errors.ts'

export interface BucketOptions {
  /** Base URL without the bucket; path style. */
  endpoint: string
  bucket: string
  /** Before every file; '' or ending in a slash. */
  prefix: string
  key: string
  secret: string
}

/** `s3://BUCKET/PREFIX` → its parts. */
export function bucketOf(place: string): { bucket: string; prefix: string } | null {
  const match = /^s3:\/\/([\w.-]+)(?:\/(.*?))?\/?$/.exec(place)
  if (!match) return null
  return { bucket: match[1] as string, prefix: match[2] ? `${match[2]}/` : '' }
}

export function createBucketStore({ endpoint, bucket, prefix, key, secret }: BucketOptions): ArchiveStore {
  const place = `s3://${bucket}/${prefix}`
  const urlOf = (file: string): string => `${endpoint.replace(/\/$/, '')}/${bucket}/${prefix}${file}`
  // Keys travel as parameters: statements are logged, parameters are not.
  const login = { s3_key: key, s3_secret: secret }
  const s3 = (file: string, structure: string): string =>
    `s3(${sqlString(urlOf(file))}, {s3_key:String}, {s3_secret:String}, 'Parquet', ${sqlString(structure)})`
  const measure: ArchiveStore['measure'] = async (client, file, columns, structure) => {
    try {
      return await readContent(client, {
        name: 'archive object',
        columns,
        from: s3(file, structure),
        params: login,
      })
    } catch (error) {
      throw new ArchiveDamagedError(file, withoutKeys(describeError(error), secret))
    }
  }
  return {
    place,
    measure,
    async write(client, file, { select, params, structure, codec }) {
      try {
        await client.command({
          query: `INSERT INTO FUNCTION ${s3(file, structure)} ${select}
            SETTINGS output_format_parquet_compression_method = '${codec}', s3_truncate_on_insert = 1, s3_max_single_part_upload_size = 33554432`,
          query_params: { ...params, ...login },
        })
      } catch (error) {
        throw new ArchiveWriteError(file, place, withoutKeys(describeError(error), secret))
      }
      return {
        measure: (columns, rowStructure) => measure(client, file, columns, rowStructure),
        publish: () => sizeOf(client, s3(file, structure), login),
        discard: async () => {}, // without a manifest row it does not count; the next try writes over it
      }
    },
    async load(client, file, { table, columns, structure, token }) {
      const names = columns.join(', ')
      try {
        await client.command({
          query: `INSERT INTO ${table} (${names}) SELECT ${names} FROM ${s3(file, structure)}`,
          query_params: login,
          clickhouse_settings: { insert_deduplication_token: token },
        })
      } catch (error) {
        throw new ArchiveDamagedError(file, withoutKeys(describeError(error), secret))
      }
    },
    // A superseded object stays until the bucket's own life cycle rule removes it: the engine cannot delete.
    remove: async () => {},
  }
}

async function sizeOf(
  client: ClickHouseClient,
  from: string,
  params: Record<string, string>,
): Promise<number> {
  const [found] = await runQuery(
    client,
    {
      name: 'size of an archive object',
      sql: `SELECT any(_size) AS bytes FROM (SELECT _size FROM ${from} LIMIT 1)`,
      params: z.looseObject({}),
      row: z.object({ bytes: wholeNumber.nullable() }),
    },
    params,
  )
  return found?.bytes ?? 0
}

const withoutKeys = (text: string, secret: string): string =>
  secret === '' ? text : text.replaceAll(secret, '(secret)')
