/** The whole stack from outside: start, status, second start, two side by side, Ctrl-C, kill -9 of the supervisor, resuming. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inheritedVariables, PROJECT_ROOT } from '#config/environment.ts'
import { type Home, homeAt } from '#config/home.ts'
import { isSameProcess } from '#config/process-identity.ts'
import { type RuntimeFile, readRuntime } from '#config/runtime-file.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { missingTemporal } from '../support/temporal-server.ts'
import { waitUntil } from '../support/wait-until.ts'

const SERVICES = [
  ...['temporal', 'clickhouse', 'paper-exchange', 'streamers', 'worker-orchestrator'],
  ...['worker-trading', 'worker-data', 'watchdog', 'dashboard'],
]
const START_MS_MAX = 20_000
const STOP_MS_MAX = 10_000
/** The aim is 1.5 GB of memory. Resident sizes count what processes share once for each, Node alone 40 MB nine times over. */
const PSS_BYTES_MAX = 1_500_000_000
const RSS_BYTES_MAX = 1_800_000_000

interface Status {
  ready: boolean
  home: string
  services: { name: string; state: string; url: string; pid: number; restarts: number; rss_bytes: number }[]
  sessions: {
    id: string
    engine: string
    mode: string
    state: string
    equity_usd: number
    open_orders: number
  }[]
  total_rss_bytes: number
  total_pss_bytes: number | null
  ready_ms: number
}

/** Processes of a runtime file that still run, the supervisor included. */
const running = (runtime: RuntimeFile): string[] =>
  [{ name: 'supervisor', ...runtime.supervisor }, ...runtime.services].flatMap(
    ({ name, pid, process_started }) => (pid !== null && isSameProcess(pid, process_started) ? [name] : []),
  )

const read = (home: Home): RuntimeFile => {
  const runtime = readRuntime(home)
  expect(runtime).not.toBeNull()
  return runtime as RuntimeFile
}

/** `holdfast up` in the foreground, as a terminal would run it. */
function foreground(home: Home, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(PROJECT_ROOT, 'cli', 'main.ts'), 'up', ...args], {
    env: { ...inheritedVariables(), HOLDFAST_HOME: home.root },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
const ready = (home: Home): Promise<boolean> =>
  waitUntil('the stack to be ready', () => readRuntime(home)?.ready ?? false, 60_000)
const exit = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('exit', (code) => resolve(code)))

describe.skipIf(missingTemporal() !== null)('one stack', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await startStack({ sessions: true })
  }, 120_000)
  afterAll(() => stack?.stop(), 60_000)

  test('status tells every service with its memory, the sessions, and how long the start took', async () => {
    const status = await stack.cliJson<Status>('status')
    expect(status).toMatchObject({ ready: true, home: stack.home.root })
    expect(status.services.map(({ name, state }) => `${name} ${state}`).sort()).toEqual(
      SERVICES.map((name) => `${name} ready`).sort(),
    )
    for (const { name, pid, rss_bytes, restarts } of status.services) {
      expect([name, pid > 1, rss_bytes > 5_000_000, restarts]).toEqual([name, true, true, 0])
    }
    expect(status.sessions.map(({ id, engine, mode }) => ({ id, engine, mode }))).toEqual([
      { id: 'session/paper/candles-btc', engine: 'candles', mode: 'paper' },
      { id: 'session/paper/maker-eth', engine: 'maker', mode: 'paper' },
    ])
    expect(status.ready_ms).toBeGreaterThan(0)
    expect(status.total_rss_bytes).toBeLessThan(RSS_BYTES_MAX)
    expect(status.total_pss_bytes ?? 0).toBeLessThan(PSS_BYTES_MAX)
  })

  test('a second start on the same folder is refused, naming who has it', async () => {
    const refused = await stack.cli('up', '--detach')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(`held by the supervisor with pid ${stack.runtime().supervisor.pid}`)
  })

  test('a second stack runs beside the first, on other ports, and stopping it leaves the first alone', async () => {
    const second = await startStack()
    try {
      const [one, two] = [stack.runtime(), second.runtime()]
      expect(two.ready).toBe(true)
      const urls = [
        one.clickhouse_url,
        one.exchange_url,
        one.temporal_address,
        one.temporal_ui_url,
        one.dashboard_url,
      ]
      const others = [
        two.clickhouse_url,
        two.exchange_url,
        two.temporal_address,
        two.temporal_ui_url,
        two.dashboard_url,
      ]
      expect(new Set([...urls, ...others]).size).toBe(10)
    } finally {
      await second.stop()
    }
    expect((await stack.cliJson<Status>('status')).ready).toBe(true)
  }, 120_000)

  test('stopped and started again within 20 s, the same sessions go on', async () => {
    const runs = async () =>
      stack.rows<{ id: string; run: number }>(
        'SELECT DISTINCT session_id AS id, run FROM session_events ORDER BY id',
      )
    await waitUntil('both sessions to have written events', async () => (await runs()).length === 2, 30_000)
    const before = await runs()
    const was = stack.runtime()
    const down = await stack.cliJson<{ stopped: boolean; ms: number }>('down')
    expect(down).toMatchObject({ stopped: true })
    expect(down.ms).toBeLessThan(STOP_MS_MAX)
    expect(running(was)).toEqual([])
    expect((await stack.cliJson<Status>('status')).ready).toBe(false)
    expect((await stack.cli('up', '--detach')).code).toBe(0)
    const status = await stack.cliJson<Status>('status')
    expect(status.ready_ms).toBeLessThan(START_MS_MAX)
    expect(status.sessions.map(({ id }) => id)).toEqual([
      'session/paper/candles-btc',
      'session/paper/maker-eth',
    ])
    expect(await runs()).toEqual(before)
    await waitUntil(
      'the maker to quote again',
      async () => (await stack.openOrders('paper-maker')).length > 0,
      30_000,
    )
  }, 120_000)
})

describe.skipIf(missingTemporal() !== null)('in the foreground', () => {
  const home = homeAt(mkdtempSync(join(tmpdir(), 'holdfast-foreground-')))
  afterAll(() => rmSync(home.root, { recursive: true, force: true }))

  test('Ctrl-C stops everything within 10 s and leaves nothing', async () => {
    const child = foreground(home, '--no-sessions')
    const ended = exit(child)
    await ready(home)
    const runtime = read(home)
    const from = performance.now()
    child.kill('SIGINT')
    child.kill('SIGINT') // as npm passes it on besides the terminal
    expect(await ended).toBe(0)
    expect(performance.now() - from).toBeLessThan(STOP_MS_MAX)
    expect(running(runtime)).toEqual([])
    expect(read(home).services.map(({ state }) => state)).toEqual(runtime.services.map(() => 'stopped'))
  }, 120_000)

  test('kill -9 of the supervisor leaves nothing after ten seconds, and the next start does not wait for that', async () => {
    const child = foreground(home, '--no-sessions')
    const ended = exit(child)
    await ready(home)
    const killed = read(home)
    child.kill('SIGKILL')
    await ended
    const again = foreground(home, '--no-sessions')
    const stopped = exit(again)
    await waitUntil('the new supervisor', () => readRuntime(home)?.supervisor.pid === again.pid, 30_000)
    await ready(home)
    expect(running({ ...killed, services: killed.services })).toEqual([])
    const second = read(home)
    again.kill('SIGKILL')
    await stopped
    await waitUntil('everything to be gone', () => running(second).length === 0, 11_000)
  }, 150_000)
})
