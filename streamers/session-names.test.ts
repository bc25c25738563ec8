/** A session is named while its lease file is there, and remembered afterwards, also by the next process. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Home, homeAt } from '#config/home.ts'
import { removeLease, writeLease } from '#config/run-files.ts'
import { hash32 } from '#domain/ids.ts'
import { createSessionNames, LIMITS } from '#streamers/session-names.ts'

const SESSION = 'session/paper/maker-eth'
const TAG = hash32(SESSION)
let home: Home
let file: string
let nowMs: number
const make = () => createSessionNames({ home, clock: { monotonicMs: () => nowMs }, file })

beforeEach(() => {
  home = homeAt(mkdtempSync(join(tmpdir(), 'holdfast-names-')))
  file = join(home.root, 'names.json')
  nowMs = 0
})
afterEach(() => rmSync(home.root, { recursive: true }))

const lease = {
  ...{ session_id: SESSION, epoch: 1, run: 2, account: 'paper-maker', coins: ['ETH'] },
  ...{ lease_until_ts: 5, pid: 1, host_id: 'a' },
}

test('an unknown order id looks at the leases again, at most once a second', () => {
  const nameOf = make()
  expect(nameOf(TAG)).toBe('')
  writeLease(home, lease)
  nowMs = LIMITS.lookEveryMs - 1
  expect(nameOf(TAG)).toBe('')
  nowMs = LIMITS.lookEveryMs
  expect(nameOf(TAG)).toBe(SESSION)
})

test('the name outlives the lease and the process', () => {
  writeLease(home, lease)
  expect(make()(TAG)).toBe(SESSION)
  removeLease(home, SESSION)
  expect(make()(TAG)).toBe(SESSION)
})
