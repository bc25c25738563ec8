/** Append-only record of everything that changed the exchange: written before an action is answered, read back after a crash. */
// Not here: what the lines mean (journal-records.ts).
//
// One JSON object a line in HOME/data/paper/journal-<number>.jsonl. The lines of one action (or one market event) are one group,
// written with one write(2); the last line of a group carries "end":1. A process that dies in between leaves a group without
// an end: it was never answered, and is cut off at the next start.
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { HoldfastError } from '#domain/errors.ts'

export type JournalLine = Readonly<Record<string, unknown>> & { readonly kind: string }

export interface Journal {
  /** Writes one group; it survives kill -9 of this process when the call returns. */
  append(lines: readonly JournalLine[]): void
  /** Forces the file to disk, against loss of power. */
  sync(): void
  close(): void
  stats(): { file: string; lines: number; bytes: number }
}

/** A journal that keeps nothing, for exchanges that live as long as a test. */
export const memoryJournal: Journal = {
  append: () => {},
  sync: () => {},
  close: () => {},
  stats: () => ({ file: '', lines: 0, bytes: 0 }),
}

const NAME = /^journal-(\d{6})\.jsonl$/

const segments = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => NAME.test(name))
        .sort()
    : []

/** A line that ends a group. */
const isEnd = (line: JournalLine): boolean => line.end === 1

/**
 * Reads all whole groups, oldest first, and cuts an unfinished last group off its file.
 * @throws HoldfastError JOURNAL_BROKEN when a line before the last group cannot be read
 */
export function recoverJournal(
  folder: string,
  onLine: (line: JournalLine) => void,
): { lines: number; cutBytes: number } {
  let lines = 0
  let cutBytes = 0
  const names = segments(folder)
  for (const [index, name] of names.entries()) {
    const file = join(folder, name)
    const bytes = readFileSync(file)
    let group: JournalLine[] = []
    let from = 0
    let goodUntil = 0
    while (from < bytes.length) {
      const newline = bytes.indexOf(10, from)
      if (newline < 0) break
      const line = parseLine(bytes.toString('utf8', from, newline))
      from = newline + 1
      if (line === null) {
        if (index === names.length - 1 && bytes.indexOf(10, from) < 0) break
        throw new HoldfastError(`${file} has an unreadable line at byte ${goodUntil}`, {
          code: 'JOURNAL_BROKEN',
          retryable: false,
          hint: 'restore the file from a backup, or move it away to start with empty accounts',
        })
      }
      group.push(line)
      if (!isEnd(line)) continue
      for (const one of group) onLine(one)
      lines += group.length
      group = []
      goodUntil = from
    }
    if (goodUntil < bytes.length) {
      cutBytes += bytes.length - goodUntil
      truncateSync(file, goodUntil)
    }
  }
  return { lines, cutBytes }
}

function parseLine(text: string): JournalLine | null {
  try {
    const line = JSON.parse(text) as JournalLine
    return typeof line === 'object' && line !== null && typeof line.kind === 'string' ? line : null
  } catch {
    return null
  }
}

/** Opens a new segment after the existing ones. */
export function openJournal(folder: string): Journal {
  mkdirSync(folder, { recursive: true })
  const last = segments(folder).at(-1)
  const number = last ? Number(NAME.exec(last)?.[1]) + 1 : 1
  const file = join(folder, `journal-${String(number).padStart(6, '0')}.jsonl`)
  const handle = openSync(file, 'a')
  let lines = 0
  let bytes = 0
  return {
    append: (group) => {
      if (group.length === 0) return
      let text = ''
      for (const [at, line] of group.entries()) {
        text +=
          at === group.length - 1 ? `${JSON.stringify({ ...line, end: 1 })}\n` : `${JSON.stringify(line)}\n`
      }
      const buffer = Buffer.from(text)
      for (let written = 0; written < buffer.length; ) written += writeSync(handle, buffer, written)
      lines += group.length
      bytes += buffer.length
    },
    sync: () => fsyncSync(handle),
    close: () => {
      fsyncSync(handle)
      closeSync(handle)
    },
    stats: () => ({ file, lines, bytes }),
  }
}
