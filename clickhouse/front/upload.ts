/** Insert data goes to a file first, whole, and from there into the table. */
// Why: the engine cuts inline data at an empty line and parses the rest as SQL; from a file every format works, and a client
// that goes away in the middle has inserted nothing.
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hash32 } from '#domain/ids.ts'

export interface Upload {
  path: string
  bytes: number
  remove(): Promise<void>
}

export interface UploadArea {
  /** Stores the pieces in order. The file is removed if they break off. */
  store(pieces: AsyncIterable<Uint8Array>): Promise<Upload>
  /** Removes everything. */
  clear(): void
}

const LIMITS = { memoryBytesMax: 32 * 1024 * 1024, smallBytesMax: 8 * 1024 * 1024 } as const

/**
 * Small uploads lie in memory (/dev/shm) where the system has that, large ones beside the data.
 * What a killed process left is removed: the caller holds the data folder, so nobody else uses these.
 */
export function createUploadArea(dataDir: string): UploadArea {
  const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const small = join(memory, `holdfast-upload-${hash32(dataDir).toString(16)}`)
  const large = `${dataDir}.upload`
  const clear = () => {
    for (const folder of [small, large]) rmSync(folder, { recursive: true, force: true })
  }
  clear()
  for (const folder of [small, large]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  let memoryBytes = 0
  let made = 0

  async function store(pieces: AsyncIterable<Uint8Array>): Promise<Upload> {
    const head: Uint8Array[] = []
    let bytes = 0
    const name = String(made++)
    let file: FileHandle | null = null
    let path = ''
    try {
      for await (const piece of pieces) {
        bytes += piece.length
        if (file) await file.appendFile(piece)
        else {
          head.push(piece)
          if (bytes > LIMITS.smallBytesMax) {
            path = join(large, name)
            file = await open(path, 'wx', 0o600)
            await file.appendFile(Buffer.concat(head.splice(0)))
          }
        }
      }
      const inMemory = file === null && memoryBytes + bytes <= LIMITS.memoryBytesMax
      if (!file) {
        path = join(inMemory ? small : large, name)
        file = await open(path, 'wx', 0o600)
        await file.appendFile(Buffer.concat(head))
      }
      await file.close()
      if (inMemory) memoryBytes += bytes
      return {
        path,
        bytes,
        remove: async () => {
          if (inMemory) memoryBytes -= bytes
          await rm(path, { force: true })
        },
      }
    } catch (error) {
      await file?.close().catch(() => {})
      if (path) await rm(path, { force: true })
      throw error
    }
  }
  return { store, clear }
}
