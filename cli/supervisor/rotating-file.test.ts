/** Log rotation: when a file is renamed away, how many old ones stay, and that nothing is lost in between. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRotatingFile } from './rotating-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-logs-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const path = (): string => join(folder, 'x.log')
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

test('a file exactly full is kept, and one byte more starts the next', () => {
  const file = createRotatingFile(path(), { bytesMax: 10, oldFiles: 2 })
  file.write('12345')
  file.write('67890')
  expect(readdirSync(folder)).toEqual(['x.log'])
  file.write('a')
  file.close()
  expect([read('x.1.log'), read('x.log')]).toEqual(['1234567890', 'a'])
})

test('only the newest old files stay', () => {
  const file = createRotatingFile(path(), { bytesMax: 4, oldFiles: 2 })
  for (const text of ['aaaa', 'bbbb', 'cccc', 'dddd']) file.write(text)
  file.close()
  expect(readdirSync(folder).sort()).toEqual(['x.1.log', 'x.2.log', 'x.log'])
  expect([read('x.2.log'), read('x.1.log'), read('x.log')]).toEqual(['bbbb', 'cccc', 'dddd'])
})

test('a file that was there is appended to, and counts', () => {
  const first = createRotatingFile(path(), { bytesMax: 6, oldFiles: 1 })
  first.write('abcd')
  first.close()
  const second = createRotatingFile(path(), { bytesMax: 6, oldFiles: 1 })
  second.write('ef')
  second.write('g')
  second.close()
  expect([read('x.1.log'), read('x.log')]).toEqual(['abcdef', 'g'])
})

test('one line larger than the limit gets a file of its own', () => {
  const file = createRotatingFile(path(), { bytesMax: 3, oldFiles: 1 })
  file.write('abcdef')
  file.write('x')
  file.close()
  expect([read('x.1.log'), read('x.log')]).toEqual(['abcdef', 'x'])
})
