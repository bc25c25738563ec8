/** Insert data goes to a file first, whole, and from there into the table. */
// Why: the engine cuts inline data at an empty line and parses the rest as SQL; from a file every format works, and a client
// that goes away in the middle has inserted nothing.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

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
  const owner = createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 24)
  const small = join(memory, `holdfast-upload-${owner}`)
  const large = `${dataDir}.upload`
  const clear = () => {
    for (const folder of [small, large]) rmSync(folder, { recursive: true, force: true })
  }
  clear()
  for (const folder of [small, large]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  let memoryBytes = 0
  let made = 0

  async function storeSmall(name: string, content: Buffer): Promise<Upload> {
    const bytes = content.length
    if (memoryBytes + bytes <= LIMITS.memoryBytesMax) {
      memoryBytes += bytes // before the first wait: another upload must not take the same room
      const stored = await storeAt(join(small, name), content).catch(() => null)
      const back = () => {
        memoryBytes -= bytes
      }
      if (stored) return { ...stored, remove: () => stored.remove().finally(back) }
      back() // a full /dev/shm, mostly
    }
    return storeAt(join(large, name), content)
  }

  return {
    async store(pieces) {
      const name = String(made++)
      const head: Uint8Array[] = []
      let bytes = 0
      const rest = pieces[Symbol.asyncIterator]()
      while (bytes <= LIMITS.smallBytesMax) {
        const next = await rest.next()
        if (next.done) return storeSmall(name, Buffer.concat(head))
        head.push(next.value)
        bytes += next.value.length
      }
      return storeAt(join(large, name), Buffer.concat(head), { [Symbol.asyncIterator]: () => rest })
    },
    clear,
  }
}

/** Writes a file whole, or leaves none. */
async function storeAt(path: string, head: Buffer, rest?: AsyncIterable<Uint8Array>): Promise<Upload> {
  const remove = () => rm(path, { force: true })
  let bytes = head.length
  try {
    await using file = await open(path, 'wx', 0o600)
    await file.appendFile(head)
    for await (const piece of rest ?? []) {
      bytes += piece.length
      await file.appendFile(piece)
    }
  } catch (error) {
    await remove()
    throw error
  }
  return { path, bytes, remove }
}
