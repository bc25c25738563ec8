/** The supervisor over real processes that behave well and badly: readiness, restarts, ordered stop, its own death. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { START } from '#cli/supervisor/child.ts'
import { createGuard, type Guard } from '#cli/supervisor/guard.ts'
import { createSupervisor, type StopPhase, type Supervisor } from '#cli/supervisor/supervisor.ts'
import { systemClock } from '#config/clock.ts'
import { inheritedVariables, PROJECT_ROOT } from '#config/environment.ts'
import { isSameProcess, processStarted } from '#config/process-identity.ts'
import { waitUntil } from '../support/wait-until.ts'
import { fakeSpec } from './fixtures/fake-spec.ts'

let folder: string
let guard: Guard
let supervisor: Supervisor
let lines: string[]
const journal = (): string => join(folder, 'journal')
const events = (): string[][] =>
  existsSync(journal())
    ? readFileSync(journal(), 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(' '))
    : []
const order = (...kinds: string[]): string[] =>
  events().flatMap(([name, kind]) => (kinds.includes(kind ?? '') ? [`${name} ${kind}`] : []))
const stateOf = (name: string) => supervisor.services().find((service) => service.name === name)

function supervise(stopOrder: StopPhase[]): void {
  supervisor = createSupervisor({
    clock: systemClock,
    output: (service, _stream, chunk) => lines.push(`${service}: ${chunk}`),
    log: (_level, text) => lines.push(text),
    guard,
    onChange: () => {},
    lastTrouble: () => 'the port is taken (free it)',
    hush: () => {},
    stopOrder,
  })
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-supervisor-'))
  lines = []
  guard = createGuard()
})
afterEach(async () => {
  supervisor?.killAll()
  await supervisor?.stop()
  guard.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a start waits for readiness, and what a service said about itself is kept', async () => {
  supervise([])
  supervisor.add(fakeSpec('slow', journal(), { FAKE_READY_MS: '300' }))
  supervisor.add(fakeSpec('next', journal()))
  expect(stateOf('slow')?.state).toBe('waiting')
  await supervisor.start(['slow'])
  await supervisor.start(['next'])
  expect(order('started', 'ready')).toEqual(['slow started', 'slow ready', 'next started', 'next ready'])
  const slow = stateOf('slow')
  expect(slow).toMatchObject({
    state: 'ready',
    url: 'http://127.0.0.1/slow',
    restarts: 0,
    facts: { pid: slow?.pid },
  })
  expect(slow?.rss_bytes).toBeGreaterThan(10_000_000)
  expect(supervisor.isReady()).toBe(true)
})

test('a service that is killed is started again at once, the next time later', async () => {
  supervise([])
  supervisor.add(fakeSpec('worker', journal()))
  await supervisor.start(['worker'])
  for (const restarts of [1, 2]) {
    const pid = stateOf('worker')?.pid ?? 0
    process.kill(pid, 'SIGKILL')
    await waitUntil(
      'the worker to be back',
      () => stateOf('worker')?.state === 'ready' && stateOf('worker')?.pid !== pid,
      10_000,
    )
    expect(stateOf('worker')).toMatchObject({ restarts, last_exit: 'was ended by SIGKILL' })
  }
  expect(lines.filter((line) => line.startsWith('worker was'))).toEqual([
    'worker was ended by SIGKILL: starting it again',
    'worker was ended by SIGKILL: starting it again in 500 ms',
  ])
})

test('a service that finds its settings wrong is tried once, and its own words explain the failed start', async () => {
  supervise([])
  supervisor.add(fakeSpec('broken', journal(), { FAKE_EXIT_AT_START: '2' }))
  await expect(supervisor.start(['broken'])).rejects.toThrow(
    'broken could not be started: it ended with exit code 2; it said: the port is taken (free it)',
  )
  expect(order('started')).toEqual(['broken started'])
  expect(stateOf('broken')).toMatchObject({ state: 'failed', pid: null })
})

test('a service that ends for other reasons before it was ready is tried three times', async () => {
  supervise([])
  supervisor.add(fakeSpec('flaky', journal(), { FAKE_EXIT_AT_START: '1' }))
  await expect(supervisor.start(['flaky'])).rejects.toMatchObject({ code: 'SERVICE_START' })
  expect(order('started')).toHaveLength(START.attemptsMax)
})

test('stopping goes phase by phase, and a service that does not listen is killed when its time is up', async () => {
  supervise([
    { services: ['first', 'deaf'], msMax: 700 },
    { services: ['last'], msMax: 700 },
  ])
  supervisor.add(fakeSpec('first', journal(), { FAKE_STOP_MS: '100' }))
  supervisor.add(fakeSpec('deaf', journal(), { FAKE_IGNORES_SIGTERM: '1', FAKE_GRANDCHILD: '1' }))
  supervisor.add(fakeSpec('last', journal()))
  await supervisor.start(['first', 'deaf', 'last'])
  const grandchild = Number(/grandchild=(\d+)/.exec(readFileSync(journal(), 'utf8'))?.[1])
  const from = performance.now()
  await supervisor.stop()
  const took = performance.now() - from
  expect(order('stopped')).toEqual(['first stopped', 'last stopped'])
  expect(lines).toContain('deaf did not stop within 700 ms: killed')
  expect(took).toBeGreaterThanOrEqual(690)
  expect(took).toBeLessThan(3_000)
  expect(supervisor.services().map(({ state, pid }) => [state, pid])).toEqual(
    Array(3).fill(['stopped', null]),
  )
  expect(processStarted(grandchild)).toBeNull()
})

test('a stop during the start leaves nothing running', async () => {
  supervise([{ services: ['slow'], msMax: 2_000 }])
  supervisor.add(fakeSpec('slow', journal(), { FAKE_READY_MS: '60000' }))
  supervisor.add(fakeSpec('never', journal()))
  const starting = supervisor.start(['slow']).catch((error: unknown) => String(error))
  await waitUntil('the slow service to run', () => order('started').length > 0, 10_000)
  await supervisor.stop()
  expect(await starting).toContain('slow could not be started: it was stopped')
  await expect(supervisor.start(['never'])).rejects.toMatchObject({ code: 'STACK_STOPPING' })
  expect(supervisor.services().map(({ pid }) => pid)).toEqual([null, null])
})

test('after kill -9 of the supervisor nothing is left: neither who listens, nor who does not, nor its children', async () => {
  const child = spawn(
    process.execPath,
    [join(PROJECT_ROOT, 'tests', 'cli', 'fixtures', 'fake-supervisor.ts')],
    {
      env: { ...inheritedVariables(), FAKE_JOURNAL: journal() },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
  })
  await waitUntil('the supervised services', () => output.includes('\n'), 20_000)
  const pids = JSON.parse(output) as number[]
  pids.push(Number(/grandchild=(\d+)/.exec(readFileSync(journal(), 'utf8'))?.[1]))
  const started = new Map(pids.map((pid) => [pid, processStarted(pid)]))
  expect([...started.values()].filter((start) => start === null)).toEqual([])
  child.kill('SIGKILL')
  const alive = () => pids.filter((pid) => isSameProcess(pid, started.get(pid) ?? null))
  await waitUntil('all services to be gone', () => alive().length === 0, 15_000)
  expect(order('supervisor-gone')).toEqual(['polite supervisor-gone'])
  supervise([])
}, 60_000)
