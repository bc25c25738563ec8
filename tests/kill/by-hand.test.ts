/** Kills without any command of ours, on real processes: a file written by hand, and a variable that a process is started under. */
// Not here: what the words mean (domain/risk/kill-words.test.ts), files that are taken over (config/kill-store.test.ts).
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createKillStore } from '#config/kill-store.ts'
import { waitUntil } from '../support/wait-until.ts'
import { type Floor, openFloor } from './support/floor.ts'

const HOST = 'tests/kill/support/trading-host.ts'
const WATCHDOG = 'workers/watchdog.ts'
let floor: Floor

beforeEach(async () => {
  floor = await openFloor()
})
afterEach(() => floor.close())

const noOrders = (): Promise<boolean> =>
  waitUntil('no orders', async () => (await floor.openOrders('desk-a')).length === 0, 20_000)

test('a file made by hand halts with the host dead, and removing it lets nobody trade again', async () => {
  await floor.start(WATCHDOG)
  const host = await floor.start(HOST, ['desk-a', 'a'])
  await host.kill()
  const file = join(floor.home.kills, 'stop')
  writeFileSync(file, 'full stop\n')
  await noOrders()
  expect(await floor.position('desk-a', 'ETH')).toBe('2.0')
  rmSync(file)
  const store = createKillStore(floor.home.kills)
  expect(store.list()).toMatchObject([{ mode: 'halt', requested_by: 'kill-file' }])
  store.close()
})

test('a process that is started under an unknown word halts everything on the host; the original read it as off', async () => {
  await floor.start(HOST, ['desk-a', 'a'])
  expect(await floor.openOrders('desk-a')).toHaveLength(3)
  floor.env.HOLDFAST_KILL = 'maybe'
  await floor.start(WATCHDOG)
  await noOrders()
  expect(await floor.position('desk-a', 'ETH')).toBe('2.0')
})
