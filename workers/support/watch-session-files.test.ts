/** What the watch looks at: a session file, and the strategy file that it names. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { sessionMark } from './watch-session-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-mark-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const session = join(folder, 'a.yaml')
const strategy = join(folder, 'mine.yaml')

test('an edit of either file is an edit; one of another file is none', () => {
  writeFileSync(session, 'engine: candles\nstrategy_file: mine.yaml\n')
  writeFileSync(strategy, 'strategy: ema_cross\n')
  const marks = [sessionMark(session)]
  writeFileSync(join(folder, 'other.yaml'), 'strategy: ema_cross\n')
  expect(sessionMark(session)).toBe(marks[0])
  writeFileSync(strategy, 'strategy: ema_cross\nglobal: {slow_bars: 30}\n')
  marks.push(sessionMark(session))
  writeFileSync(session, 'engine: candles\nstrategy_file: mine.yaml\ncoins: [BTC]\n')
  marks.push(sessionMark(session))
  rmSync(strategy)
  marks.push(sessionMark(session))
  expect(new Set(marks).size).toBe(4)
  expect(marks).not.toContain(null)
  rmSync(session)
  expect(sessionMark(session)).toBeNull()
})
