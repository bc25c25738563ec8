/** Commands reach exactly the segments they are meant for, in the same tick, and repeat harmlessly. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '#config/clock.ts'
import { createKillStore, type KillStore } from '#config/kill-store.ts'
import type { KillMode, KillOrder, KillScope } from '#domain/session/types.ts'
import { createSessionRegistry, type SegmentFacts, type SessionRegistry } from './session-registry.ts'

let folder = ''
let killStore: KillStore
let registry: SessionRegistry

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'registry-'))
  killStore = createKillStore(folder, { pollMs: 10 })
  registry = createSessionRegistry({ killStore, clock: systemClock })
})
afterEach(() => {
  registry.close()
  killStore.close()
  rmSync(folder, { recursive: true, force: true })
})

const facts = (key: string, account = key): SegmentFacts => ({
  session_id: `session/paper/${key}`,
  account,
  engine: 'maker',
  mode: 'paper',
  coins: ['ETH'],
  epoch: 1,
  run: 5,
})
const order = (mode: KillMode, scope: KillScope = { kind: 'all' }): KillOrder => ({
  scope,
  mode,
  reason: 'operator',
  requested_by: 'test',
  requested_ts: 1,
})

test('a kill is in the inbox and its signal is aborted before kill() returns', () => {
  const { inbox } = registry.open(facts('a'))
  const signal = inbox.changed()
  const heard = registry.kill(order('flatten'), 'direct')
  expect(heard.map((each) => each.session_id)).toEqual(['session/paper/a'])
  expect(signal.aborted).toBe(true)
  expect(inbox.kill()).toEqual({ mode: 'flatten', by: 'direct', reason: 'operator' })
  expect(inbox.changed().aborted).toBe(false)
})

test('a kill of one account leaves the others untouched', () => {
  const mine = registry.open(facts('a', 'one')).inbox
  const other = registry.open(facts('b', 'two')).inbox
  registry.kill(order('halt', { kind: 'account', account: 'one' }), 'control')
  expect(mine.kill()?.by).toBe('control')
  expect(other.kill()).toBeNull()
})

test('a milder command later does not weaken a kill, and a repeat is acknowledged again', () => {
  const { inbox } = registry.open(facts('a'))
  registry.kill(order('flatten'), 'direct')
  expect(registry.kill(order('close_only'), 'control')).toHaveLength(1)
  expect(inbox.kill()?.mode).toBe('flatten')
})

test('a kill that another process wrote to the store wakes the loop and shows as kill_switch', async () => {
  const { inbox } = registry.open(facts('a'))
  const woken = new Promise((resolve) => inbox.changed().addEventListener('abort', resolve))
  const elsewhere = createKillStore(folder)
  elsewhere.engage(order('halt'))
  elsewhere.close()
  await woken
  expect(inbox.kill()).toEqual({ mode: 'halt', by: 'kill_switch', reason: 'operator' })
})

test('a segment that opens under an engaged kill sees it at once', () => {
  killStore.engage(order('close_only'))
  expect(registry.open(facts('a')).inbox.kill()?.mode).toBe('close_only')
})

test('close_only can be lifted, a flatten cannot', () => {
  const { inbox } = registry.open(facts('a'))
  registry.kill(order('close_only'), 'direct')
  registry.lift({ kind: 'all' })
  expect(inbox.kill()).toBeNull()
  registry.kill(order('flatten'), 'direct')
  registry.lift({ kind: 'all' })
  expect(inbox.kill()?.mode).toBe('flatten')
})

test('a closed segment is neither listed nor killed', () => {
  const segment = registry.open(facts('a'))
  expect(registry.list().map((each) => each.session_id)).toEqual(['session/paper/a'])
  segment.close()
  expect(registry.list()).toEqual([])
  expect(registry.kill(order('flatten'), 'direct')).toEqual([])
})

test('a rotate request is taken once, and an unknown session is answered with false', () => {
  const { inbox } = registry.open(facts('a'))
  expect(registry.rotate('session/paper/a', 'params')).toBe(true)
  expect(registry.rotate('session/paper/z', 'params')).toBe(false)
  expect(inbox.takeRotate()).toBe('params')
  expect(inbox.takeRotate()).toBeNull()
})
