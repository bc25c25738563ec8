/** Kills on disk: merged monotonically, seen by other processes at once, lifted only on purpose. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { killSeverity } from '#domain/session/kill-order.ts'
import type { KillMode, KillOrder, KillScope } from '#domain/session/types.ts'
import { createKillStore, type KillStore } from './kill-store.ts'

let folder = ''
const open: KillStore[] = []
const store = (options?: Parameters<typeof createKillStore>[1]): KillStore => {
  const made = createKillStore(folder, options)
  open.push(made)
  return made
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kills-'))
})
afterEach(() => {
  for (const each of open.splice(0)) each.close()
  rmSync(folder, { recursive: true, force: true })
})

const ALL: KillScope = { kind: 'all' }
const session = { session_id: 'session/paper/maker-eth', account: 'paper-maker' }
const order = (mode: KillMode, scope: KillScope = ALL): KillOrder => ({
  scope,
  mode,
  reason: 'test',
  requested_by: 'test',
  requested_ts: 7,
})

test('a kill survives the process that wrote it', () => {
  store().engage(order('flatten'))
  expect(store().effectiveKill(session)).toEqual(order('flatten'))
})

test('a kill written by another process is seen by the very next check, without waiting for an event', () => {
  const mine = store({ pollMs: 60_000 })
  expect(mine.effectiveKill(session)).toBeNull()
  store().engage(order('halt'))
  expect(mine.effectiveKill(session)?.mode).toBe('halt')
})

test('a milder kill does not weaken a stronger one, in whatever order they come', () => {
  const modes = fc.constantFrom<KillMode>('off', 'close_only', 'halt', 'flatten')
  fc.assert(
    fc.property(fc.array(modes, { minLength: 1, maxLength: 6 }), (sequence) => {
      rmSync(folder, { recursive: true, force: true })
      const [first, second] = [createKillStore(folder), createKillStore(folder)]
      for (const [at, mode] of sequence.entries()) (at % 2 ? first : second).engage(order(mode))
      const strongest = Math.max(...sequence.map(killSeverity))
      for (const each of [first, second]) {
        expect(killSeverity(each.effectiveKill(session)?.mode ?? 'off')).toBe(strongest)
        each.close()
      }
    }),
    { numRuns: 30 },
  )
})

test('engaging tells which kill stands: the stronger one that was there', () => {
  const mine = store()
  mine.engage(order('flatten'))
  expect(mine.engage(order('close_only')).mode).toBe('flatten')
  expect(mine.list()).toEqual([order('flatten')])
})

test('clearing lifts every mode of exactly that scope', () => {
  const mine = store()
  mine.engage(order('halt'))
  mine.engage(order('flatten'))
  mine.engage(order('halt', { kind: 'account', account: 'paper-maker' }))
  expect(mine.clear(ALL)).toHaveLength(2)
  expect(mine.effectiveKill(session)).toEqual(order('halt', { kind: 'account', account: 'paper-maker' }))
  expect(mine.clear(ALL)).toEqual([])
})

test('clearing one session leaves another one killed', () => {
  const mine = store()
  mine.engage(order('flatten', { kind: 'session', session_id: session.session_id }))
  mine.engage(order('flatten', { kind: 'session', session_id: 'session/paper/other' }))
  mine.clear({ kind: 'session', session_id: 'session/paper/other' })
  expect(mine.effectiveKill(session)?.mode).toBe('flatten')
})

test('listeners hear of a kill by another process, and of its end', async () => {
  const mine = store({ pollMs: 20 })
  let heard = Promise.withResolvers<void>()
  mine.onChange(() => heard.resolve())
  const other = store()
  other.engage(order('halt'))
  await heard.promise
  expect(mine.effectiveKill(session)?.mode).toBe('halt')
  heard = Promise.withResolvers<void>()
  other.clear(ALL)
  await heard.promise
  expect(mine.effectiveKill(session)).toBeNull()
})

test('a kill file that cannot be read halts everything, is reported, and ends when it is repaired', () => {
  const file = join(folder, 'all.json')
  writeFileSync(file, '{"mode": "flat')
  const broken: string[] = []
  const mine = store({ onBroken: (name) => broken.push(name) })
  expect(mine.effectiveKill(session)?.mode).toBe('halt')
  expect(broken).toEqual([file])
  writeFileSync(file, JSON.stringify(order('close_only')))
  expect(mine.effectiveKill(session)?.mode).toBe('close_only')
})

test('engaging leaves no half-written file behind', () => {
  store().engage(order('halt'))
  expect(readdirSync(folder)).toEqual(['all.halt.json'])
})

test('a file made by hand kills everything, and its kill outlives it and its process until it is lifted', () => {
  const file = join(folder, 'stop')
  const mine = store()
  writeFileSync(file, 'HALT now')
  expect(mine.effectiveKill(session)).toMatchObject({ mode: 'halt', reason: 'kill file stop: HALT now' })
  rmSync(file)
  expect(mine.effectiveKill(session)?.mode).toBe('halt')
  expect(store().clear(ALL)).toHaveLength(1)
  expect(mine.effectiveKill(session)).toBeNull()
})

test('lifting takes the file made by hand away too; clearing one account leaves it', () => {
  writeFileSync(join(folder, 'stop'), '')
  const mine = store()
  expect(mine.clear({ kind: 'account', account: 'paper-maker' })).toEqual([])
  expect(mine.list()).toMatchObject([{ mode: 'close_only', reason: 'kill file stop: (empty)' }])
  expect(mine.clear(ALL)).toHaveLength(1)
  expect(readdirSync(folder)).toEqual([])
  expect(mine.effectiveKill(session)).toBeNull()
})

test('what stands in a file made by hand may grow stronger, not weaker', () => {
  const mine = store()
  for (const [text, mode] of [
    ['', 'close_only'],
    ['flatten please', 'flatten'],
    ['resume', 'flatten'],
  ] as const) {
    writeFileSync(join(folder, 'stop'), text)
    expect(mine.effectiveKill(session)?.mode).toBe(mode)
  }
})

test('hidden files, what editors and writers leave, and folders kill nothing', () => {
  for (const name of ['.stop.swp', 'stop~', 'all.halt.json.1.0.tmp'])
    writeFileSync(join(folder, name), 'halt')
  mkdirSync(join(folder, 'old'))
  expect(store().effectiveKill(session)).toBeNull()
})
