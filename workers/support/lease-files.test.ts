/** Lease files come to disk in order, the newest last, and a removed one stays removed. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Home, homeAt } from '#config/home.ts'
import { type LeaseFile, readLeases } from '#config/run-files.ts'
import { createLeaseFiles } from './lease-files.ts'

let home: Home
beforeEach(() => {
  home = homeAt(mkdtempSync(join(tmpdir(), 'holdfast-leases-')))
})
afterEach(() => rmSync(home.root, { recursive: true, force: true }))

const lease = (session_id: string, lease_until_ts: number): LeaseFile => ({
  ...{ session_id, lease_until_ts, epoch: 1, run: 2, account: 'a', coins: ['BTC'], pid: 1, host_id: 'h' },
})

test('of many writes in a row the newest is on disk, whole, and no scrap is left', async () => {
  const files = createLeaseFiles(home, { warn: vi.fn() })
  for (let at = 1; at <= 50; at++) files.write(lease('session/paper/a', at))
  files.write(lease('session/paper/b', 7))
  await files.settled()
  expect(readLeases(home).map(({ session_id, lease_until_ts }) => [session_id, lease_until_ts])).toEqual(
    expect.arrayContaining([
      ['session/paper/a', 50],
      ['session/paper/b', 7],
    ]),
  )
  expect(readdirSync(join(home.run, 'leases')).filter((name) => !name.endsWith('.json'))).toEqual([])
})

test('a removed lease stays removed, and can be written again', async () => {
  const files = createLeaseFiles(home, { warn: vi.fn() })
  files.write(lease('session/paper/a', 1))
  files.remove('session/paper/a')
  await files.settled()
  expect(readLeases(home)).toEqual([])
  files.write(lease('session/paper/a', 2))
  await files.settled()
  expect(readLeases(home)).toHaveLength(1)
})

test('a folder that cannot be written is a warning, not a crash', async () => {
  const warn = vi.fn()
  writeFileSync(join(home.root, 'run'), 'in the way')
  const files = createLeaseFiles(home, { warn })
  files.write(lease('session/paper/a', 1))
  await files.settled()
  expect(warn).toHaveBeenCalledTimes(1)
})
