/** HOLDFAST_KILL engages a kill that outlives the variable, and an unknown word halts. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { engageEnvironmentKill } from './kill-environment.ts'
import { createKillStore } from './kill-store.ts'

const session = { session_id: 'session/paper/maker-eth', account: 'paper-maker' }
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kills-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A process that is started with the variable, and its end. */
function startedWith(word: string | undefined): ReturnType<typeof engageEnvironmentKill> {
  const store = createKillStore(folder)
  const told = engageEnvironmentKill(store, word, 7)
  store.close()
  return told
}
const standing = (): string | undefined => {
  const store = createKillStore(folder)
  const mode = store.effectiveKill(session)?.mode
  store.close()
  return mode
}

test.each([undefined, '', '0', 'off'])('%j engages nothing', (word) => {
  expect(startedWith(word)).toBeNull()
  expect(standing()).toBeUndefined()
})

test('the kill stands on in a process that is started without the variable, until it is lifted', () => {
  expect(startedWith('close')).toMatchObject({ kill: { mode: 'close_only' }, warning: '' })
  expect(startedWith(undefined)).toBeNull()
  expect(standing()).toBe('close_only')
  const store = createKillStore(folder)
  expect(store.clear({ kind: 'all' })).toMatchObject([{ reason: 'HOLDFAST_KILL=close' }])
  store.close()
  expect(standing()).toBeUndefined()
})

test('a milder word does not weaken the kill that stands', () => {
  startedWith('flatten')
  expect(startedWith('1')).toMatchObject({ kill: { mode: 'flatten' } })
})

test('an unknown word halts, and says so', () => {
  const told = startedWith('maybe')
  expect(told?.kill).toMatchObject({ mode: 'halt', reason: 'HOLDFAST_KILL=maybe (unknown word)' })
  expect(told?.warning).toContain('not known')
})
