/** The lock of a state folder: one holder, stale locks taken over, leftovers of a killed run ended. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '#config/clock.ts'
import { createHome, type Home, homeAt } from '#config/home.ts'
import { isSameProcess, processStarted } from '#config/process-identity.ts'
import { writeRuntime } from '#config/runtime-file.ts'
import { endLeftovers, HomeHeldError, homeHolder, lockHome } from './home-lock.ts'
import { residentBytes } from './process-table.ts'

let home: Home
beforeEach(() => {
  home = homeAt(mkdtempSync(join(tmpdir(), 'holdfast-lock-')))
  createHome(home)
})
afterEach(() => rmSync(home.root, { recursive: true, force: true }))

const lockFile = (): string => join(home.run, 'supervisor.json')
const sleeper = async (): Promise<{ pid: number; started: string }> => {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  return { pid, started: processStarted(pid) ?? '' }
}

test('a folder is held once, the holder is named, and giving it back frees it', () => {
  const free = lockHome(home, Date.now)
  expect(homeHolder(home)?.pid).toBe(process.pid)
  const refused = (() => {
    try {
      return lockHome(home, Date.now)
    } catch (error) {
      return error
    }
  })()
  expect(refused).toBeInstanceOf(HomeHeldError)
  expect((refused as Error).message).toContain(`pid ${process.pid}`)
  free()
  expect(existsSync(lockFile())).toBe(false)
  lockHome(home, Date.now)()
})

test.each([
  ['of a process that is gone', { pid: 2 ** 22 - 1, process_started: '1', since: '' }],
  ['of a pid that another process has now', { pid: process.pid, process_started: 'earlier', since: '' }],
  ['that cannot be read', 'nonsense'],
])('a lock %s is taken over', (_what, content) => {
  writeFileSync(lockFile(), JSON.stringify(content))
  const free = lockHome(home, Date.now)
  expect(homeHolder(home)?.pid).toBe(process.pid)
  free()
})

const runtimeOf = (services: { name: string; pid: number; started: string }[]) =>
  writeRuntime(home, {
    ready: true,
    ready_ms: 1,
    started_ts: 1,
    updated_ts: 1,
    supervisor: { pid: 1, process_started: '', rss_bytes: 0 },
    home: home.root,
    network: 'paper',
    market: 'synthetic',
    exchange_url: '',
    clickhouse_url: '',
    temporal_address: '',
    temporal_ui_url: '',
    dashboard_url: '',
    services: services.map(({ name, pid, started }) => ({
      ...{ name, pid, process_started: started, state: 'ready' as const, url: '' },
      ...{ restarts: 0, rss_bytes: 0, facts: {}, last_exit: '' },
    })),
  })

test('what a killed run left is ended, and a process that only got the same pid is left alone', async () => {
  const left = await sleeper()
  const stranger = await sleeper()
  runtimeOf([
    { name: 'left', ...left },
    { name: 'stranger', pid: stranger.pid, started: 'another time' },
  ])
  try {
    expect(await endLeftovers(home, systemClock)).toEqual(['left'])
    expect(isSameProcess(left.pid, left.started)).toBe(false)
    expect(isSameProcess(stranger.pid, stranger.started)).toBe(true)
  } finally {
    process.kill(stranger.pid, 'SIGKILL')
  }
})

test('a living process has a start time and memory; one that never was has neither', async () => {
  expect(processStarted(process.pid)).not.toBeNull()
  expect(residentBytes(process.pid)).toBeGreaterThan(1_000_000)
  expect([processStarted(2 ** 22 - 1), residentBytes(2 ** 22 - 1)]).toEqual([null, 0])
})
