/** The journal keeps whole groups, cuts off what a crash left half-written, and refuses a file that somebody broke. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type JournalLine, openJournal, recoverJournal } from '#exchange/paper/journal.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const read = () => {
  const lines: JournalLine[] = []
  const found = recoverJournal(folder, (line) => lines.push(line))
  return { ...found, kinds: lines.map(({ kind }) => kind) }
}
const file = () => join(folder, readdirSync(folder).sort().at(-1) as string)

test('groups come back in order over several segments', () => {
  const first = openJournal(folder)
  first.append([{ kind: 'a' }, { kind: 'b' }])
  first.close()
  const second = openJournal(folder)
  second.append([{ kind: 'c' }])
  expect(second.stats().lines).toBe(1)
  second.close()
  expect(readdirSync(folder)).toEqual(['journal-000001.jsonl', 'journal-000002.jsonl'])
  expect(read()).toEqual({ lines: 3, cutBytes: 0, kinds: ['a', 'b', 'c'] })
})

test('a group cut at any byte leaves the groups before it, and the file goes on from there', () => {
  const journal = openJournal(folder)
  journal.append([{ kind: 'a' }])
  journal.close()
  const whole = readFileSync(file())
  const torn = Buffer.from('{"kind":"b"}\n{"kind":"c","end":1}\n')
  for (let length = 0; length < torn.length; length++) {
    writeFileSync(file(), Buffer.concat([whole, torn.subarray(0, length)]))
    expect(read().kinds).toEqual(['a'])
    expect(readFileSync(file())).toEqual(whole)
  }
  writeFileSync(file(), Buffer.concat([whole, torn]))
  expect(read().kinds).toEqual(['a', 'b', 'c'])
})

test('an unreadable line in the middle is not passed over', () => {
  const journal = openJournal(folder)
  journal.append([{ kind: 'a' }])
  journal.close()
  appendFileSync(file(), 'not json\n{"kind":"b","end":1}\n')
  expect(() => read()).toThrow(expect.objectContaining({ code: 'JOURNAL_BROKEN' }))
})
