/** Uploads are whole or not there: small in memory, large on disk, none left behind. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createUploadArea, type UploadArea } from '#clickhouse/front/upload.ts'

let folder: string
let area: UploadArea

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-upload-test-'))
  area = createUploadArea(join(folder, 'data'))
})

afterEach(() => {
  area.clear()
  rmSync(folder, { recursive: true, force: true })
})

const MEGABYTE = 1024 * 1024

async function* pieces(count: number, size: number, failAt = -1): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) {
    if (i === failAt) throw new BrokenOffError('the client went away')
    yield Buffer.alloc(size, i % 251)
  }
}
class BrokenOffError extends Error {}

test.each([
  ['nothing', 0, 0],
  ['a few bytes', 3, 7],
  ['exactly 8 MB, still in memory', 8, MEGABYTE],
  ['8 MB and one byte more, on disk', 8 * 1024 + 1, 1024],
  ['20 MB', 20, MEGABYTE],
])('%s is stored byte for byte, and gone after its removal', async (_what, count, size) => {
  const upload = await area.store(pieces(count, size))
  expect(upload.bytes).toBe(count * size)
  const parts: Uint8Array[] = []
  for await (const piece of pieces(count, size)) parts.push(piece)
  expect(readFileSync(upload.path).equals(Buffer.concat(parts))).toBe(true)
  await upload.remove()
  expect(existsSync(upload.path)).toBe(false)
})

test('large uploads lie beside the data, never all in memory', async () => {
  const large = await area.store(pieces(9, MEGABYTE))
  expect(dirname(large.path)).toBe(join(folder, 'data.upload'))
  const small = await Promise.all(Array.from({ length: 6 }, () => area.store(pieces(7, MEGABYTE))))
  const inMemory = small.filter(({ path }) => !path.startsWith(folder))
  expect(inMemory).toHaveLength(4) // 4 × 7 MB fit into 32 MB; the fifth goes to the disk
  await Promise.all(small.map((upload) => upload.remove()))
  const again = await area.store(pieces(7, MEGABYTE))
  expect(again.path.startsWith(folder)).toBe(false)
})

test.each([0, 2, 12])('a client that goes away after %i MB leaves no file', async (failAt) => {
  await expect(area.store(pieces(20, MEGABYTE, failAt))).rejects.toThrow('went away')
  const next = await area.store(pieces(1, 1))
  expect(Number(next.path.split('/').at(-1))).toBe(1)
  expect(existsSync(join(dirname(next.path), '0'))).toBe(false)
  expect(existsSync(join(folder, 'data.upload', '0'))).toBe(false)
})
