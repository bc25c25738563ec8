/** Chooses the archive's store from the settings: a bucket, a folder that the engine sees, or one that it does not. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { bucketOf, createBucketStore } from '#clickhouse/archive/bucket-store.ts'
import { createFolderStore } from '#clickhouse/archive/folder-store.ts'
import { type ArchiveStore, ArchiveWriteError } from '#clickhouse/archive/store.ts'
import { createStreamedStore } from '#clickhouse/archive/streamed-store.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { sqlString } from '#clickhouse/front/sql-text.ts'

export interface ArchivePlace {
  to: string | undefined
  s3_endpoint: string | undefined
  s3_region: string
  key: string
  secret: string
  /** Used when `to` is unset. */
  defaultFolder: string
  /** Relative folders start here. */
  base: string
}

/**
 * Opens the store. A folder is tried out: can the engine read a file of it?
 * @throws ArchiveWriteError when the folder cannot be made or written
 */
export async function openStore(client: ClickHouseClient, place: ArchivePlace): Promise<ArchiveStore> {
  const bucket = place.to === undefined ? null : bucketOf(place.to)
  if (bucket) {
    const endpoint = place.s3_endpoint ?? `https://s3.${place.s3_region}.amazonaws.com`
    return createBucketStore({ endpoint, ...bucket, key: place.key, secret: place.secret })
  }
  const named = place.to ?? place.defaultFolder
  const folder = isAbsolute(named) ? named : resolve(place.base, named)
  const probe = join(folder, '.probe')
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(probe, 'holdfast\n')
  } catch (error) {
    throw new ArchiveWriteError('.probe', folder, error)
  }
  try {
    const answer = await client.query({
      query: `SELECT any(line) AS line FROM file(${sqlString(probe)}, 'LineAsString')`,
      format: 'JSONEachRow',
    })
    const [found] = await answer.json<{ line: string }>()
    return found?.line === 'holdfast' ? createFolderStore(folder) : createStreamedStore(folder)
  } catch {
    return createStreamedStore(folder)
  } finally {
    rmSync(probe, { force: true })
  }
}
