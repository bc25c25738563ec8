/** Tests of the followers' file: whole or not at all, of this market alone. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { takeSnapshot } from '#domain/traders/book-snapshot.ts'
import { PositionBook } from '#domain/traders/position-book.ts'
import { choosePinned } from '#streamers/traders-parts.ts'
import { readTradersState, saveTradersState } from '#streamers/traders-state.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
function place() {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-traders-'))
  folders.push(folder)
  const warnings: unknown[] = []
  return {
    folder,
    file: join(folder, 'run', 'traders.json'),
    log: { warn: (facts: object) => void warnings.push(facts) },
    warnings,
  }
}
const state = () => ({ tracked: [{ address: '0xa', score: 80 }], book: takeSnapshot(new PositionBook(), 5) })

it('reads what it wrote, and leaves nothing beside it', () => {
  const { file, folder, log } = place()
  saveTradersState(file, 'paper', state())
  saveTradersState(file, 'paper', state())
  expect(readTradersState(file, 'paper', log)).toEqual(state())
  expect(readdirSync(join(folder, 'run'))).toEqual(['traders.json'])
})

it('begins anew without a file, on another market, and with a broken one, of which it warns', () => {
  const { file, log, warnings } = place()
  expect(readTradersState(file, 'paper', log)).toBeNull()
  saveTradersState(file, 'paper', state())
  expect(readTradersState(file, 'mainnet', log)).toBeNull()
  expect(warnings).toEqual([])
  writeFileSync(file, '{"market":"paper","tracked":[],"book":{"version":99}}')
  expect(readTradersState(file, 'paper', log)).toBeNull()
  writeFileSync(file, '{"market":"pap')
  expect(readTradersState(file, 'paper', log)).toBeNull()
  expect(warnings).toHaveLength(2)
})

it('pins those of the settings first, then the best, as far as the users of the address reach', () => {
  const tracked = ['0xa', '0xb', '0xc'].map((address, at) => ({ address, score: 90 - at }))
  const own = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ name: `n${at}`, address: `0xown${at}` }))
  expect(choosePinned({ pinned: ['0xC', '0xD'], pinned_max: 3 }, tracked, own(1))).toEqual([
    '0xc',
    '0xd',
    '0xa',
  ])
  expect(choosePinned({ pinned: [], pinned_max: 10 }, tracked, own(8))).toEqual(['0xa', '0xb'])
  expect(choosePinned({ pinned: [], pinned_max: 10 }, tracked, own(12))).toEqual([])
  expect(choosePinned({ pinned: ['0xOWN0'], pinned_max: 1 }, [], own(1))).toEqual([])
})
