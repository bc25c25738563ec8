/** The control port: kills fast and durably for those with the token, refuses everybody else. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '#config/clock.ts'
import { createHome, homeAt } from '#config/home.ts'
import { createKillStore, type KillStore } from '#config/kill-store.ts'
import { readHosts } from '#config/run-files.ts'
import { type ControlServer, type KillAnswer, startControlServer } from './control-server.ts'
import { createSessionRegistry, type OpenSegment } from './session-registry.ts'

const home = homeAt(mkdtempSync(join(tmpdir(), 'control-')))
let killStore: KillStore
let server: ControlServer
let segment: OpenSegment

beforeEach(async () => {
  createHome(home)
  killStore = createKillStore(home.kills)
  const registry = createSessionRegistry({ killStore, clock: systemClock })
  segment = registry.open({
    session_id: 'session/paper/a',
    account: 'a',
    engine: 'maker',
    mode: 'paper',
    coins: ['ETH'],
    epoch: 1,
    run: 1,
  })
  server = await startControlServer({
    registry,
    killStore,
    clock: systemClock,
    home,
    log: pino({ level: 'silent' }),
    guard: { allowedHosts: [], token: 'secret' },
    host: { host_id: 'h1', network: 'paper', bind: '127.0.0.1', port: 0 },
  })
})
afterEach(async () => {
  await server.close()
  killStore.close()
  rmSync(home.root, { recursive: true, force: true })
})

const post = (body: unknown, headers: Record<string, string> = { authorization: 'Bearer secret' }) =>
  fetch(`${server.url}/kill`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

test('POST /kill aborts the segment, is durable, and tells who heard it', async () => {
  const answer = await post({ scope: { kind: 'all' }, mode: 'flatten', reason: 'test' })
  const { acknowledged } = (await answer.json()) as KillAnswer
  expect(acknowledged.map((each) => each.session_id)).toEqual(['session/paper/a'])
  expect(segment.inbox.kill()?.by).toBe('direct')
  expect(killStore.list()[0]?.mode).toBe('flatten')
})

test('mode off lifts the kill from file and memory', async () => {
  await post({ mode: 'close_only' })
  expect(segment.inbox.kill()?.mode).toBe('close_only')
  await post({ mode: 'off' })
  expect(segment.inbox.kill()).toBeNull()
  expect(killStore.list()).toEqual([])
})

test.each([
  ['a wrong token', { authorization: 'Bearer other' }, 401],
  ['no token', {}, 401],
  ['a page of another site', { authorization: 'Bearer secret', origin: 'https://evil.example' }, 403],
])('refuses %s and kills nothing', async (_who, headers: Record<string, string>, status) => {
  expect((await post({ mode: 'flatten' }, headers)).status).toBe(status)
  expect(segment.inbox.kill()).toBeNull()
})

test.each([
  ['broken JSON', '{"mode":'],
  ['an unknown mode', { mode: 'pause' }],
  ['an unknown field', { mode: 'halt', scop: 'all' }],
  ['a session scope without its id', { scope: { kind: 'session' } }],
])('answers 422 to %s and kills nothing', async (_what, body) => {
  const answer = await post(body)
  expect(answer.status).toBe(422)
  expect(segment.inbox.kill()).toBeNull()
})

test('a body over the limit is refused', async () => {
  expect((await post({ mode: 'halt', reason: 'x'.repeat(20_000) })).status).toBe(413)
})

test('the host is registered while it runs and gone afterwards', async () => {
  expect(readHosts(home)).toMatchObject([{ host_id: 'h1', url: server.url, pid: process.pid }])
  await server.close()
  expect(readHosts(home)).toEqual([])
  server = { ...server, close: async () => {} }
})

test('GET /sessions shows the running segments', async () => {
  const answer = await fetch(`${server.url}/sessions`, { headers: { authorization: 'Bearer secret' } })
  expect(await answer.json()).toMatchObject({
    host_id: 'h1',
    sessions: [{ session_id: 'session/paper/a', epoch: 1 }],
  })
})
