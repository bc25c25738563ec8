/** The dashboard's HTTP face over fake services: who is let in, what is refused, what is answered. */
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SECURITY_HEADERS } from '#dashboard/headers.ts'
import type { ServedDashboard } from '#dashboard/serve.ts'
import type { OverviewState, SessionDetailState } from '#dashboard/topic-states.ts'
import { waitUntil } from '#tests/support/wait-until.ts'
import { CANDLES, ENDED, MAKER } from './fake-rows.ts'
import { type FakeWorld, fakeWorld, serveFake, TOKEN } from './fakes.ts'
import { rawRequest } from './raw-request.ts'

const cacheFolder = mkdtempSync(join(tmpdir(), 'holdfast-dashboard-'))
let served: ServedDashboard
let world: FakeWorld

beforeAll(async () => {
  world = fakeWorld()
  served = await serveFake(world, { cacheFolder, tickMs: 50, liveClientsMax: 2 })
})
afterAll(async () => {
  await served.close()
  rmSync(cacheFolder, { recursive: true, force: true })
})
beforeEach(() => world.down.clear())

const bearer = { authorization: `Bearer ${TOKEN}` }
const get = (path: string, headers: Record<string, string> = bearer) =>
  rawRequest(`${served.url}${path}`, { headers })
const post = (path: string, body: unknown, headers: Record<string, string> = bearer) =>
  rawRequest(`${served.url}${path}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const kill = { scope: { kind: 'all' }, mode: 'flatten', reason: 'test' }

describe('who is let in', () => {
  test('the link with the token sets a cookie that scripts cannot read and redirects to the address without it', async () => {
    const answer = await get(`/session/paper/maker-eth?token=${TOKEN}`, {})
    expect(answer.status).toBe(303)
    expect(answer.headers.location).toBe('/session/paper/maker-eth')
    const [cookie = ''] = answer.headers['set-cookie'] ?? []
    expect(cookie).toMatch(/^holdfast_\d+=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(cookie).not.toContain(TOKEN)
    const page = await get('/', { cookie: cookie.split(';')[0] ?? '' })
    expect(page.status).toBe(200)
    expect(page.text).toContain('<div id="page">')
  })

  test('a wrong token in the link, no token and a wrong cookie get the login form and no cookie', async () => {
    for (const [path, headers] of [
      ['/?token=wrong', {}],
      ['/', {}],
      ['/data', { cookie: 'holdfast_1=abc' }],
    ] as const) {
      const answer = await get(path, headers)
      expect([path, answer.status]).toEqual([path, 401])
      expect(answer.headers['set-cookie']).toBeUndefined()
      expect(answer.text).toContain('<form method="post" action="/login">')
    }
  })

  test('the login form takes the token and never sends anybody elsewhere', async () => {
    const form = (token: string, path: string) =>
      rawRequest(`${served.url}/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ token, path }).toString(),
      })
    expect(await form(TOKEN, '/data')).toMatchObject({ status: 303, headers: { location: '/data' } })
    for (const path of ['//evil.example', 'https://evil.example', '/\\evil.example', '']) {
      expect((await form(TOKEN, path)).headers.location).toBe('/')
    }
    expect((await form('wrong', '/data')).status).toBe(401)
  })

  test.each(['/api/overview', '/api/data', `/api/${CANDLES}`, '/api/live?topics=overview', '/api/kill/x'])(
    '%s without a token or with a wrong one is answered 401 and tells no figure',
    async (path) => {
      for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
        const answer = await get(path, headers as Record<string, string>)
        expect(answer.status).toBe(401)
        expect(answer.json()).toMatchObject({ error: { code: 'UNAUTHORIZED' } })
      }
    },
  )

  test('a foreign Host is refused even with the token', async () => {
    const answer = await get('/api/overview', { ...bearer, host: 'evil.example' })
    expect(answer.status).toBe(403)
    expect(answer.json()).toMatchObject({ error: { code: 'FOREIGN_HOST' } })
  })

  test.each(['http://evil.example', 'http://127.0.0.1:1', 'null'])(
    'a page of %s is refused even with the token, also for reading',
    async (origin) => {
      expect((await get('/api/overview', { ...bearer, origin })).status).toBe(403)
      expect((await post('/api/kill', kill, { ...bearer, origin })).status).toBe(403)
      expect((await get('/health', { origin })).status).toBe(403)
    },
  )

  test('a change by cookie without Origin is refused, with our own it is taken', async () => {
    const [cookie = ''] = (await get(`/?token=${TOKEN}`, {})).headers['set-cookie'] ?? []
    const headers = { cookie: cookie.split(';')[0] ?? '' }
    const body = { session_id: CANDLES, reason: '' }
    expect((await post('/api/session/pause', body, headers)).status).toBe(403)
    expect((await post('/api/session/pause', body, { ...headers, origin: served.url })).status).toBe(200)
    await post('/api/session/resume', body)
  })

  test('an order of a person reaches its session with who and why, and its answer comes back', async () => {
    const who = { by: 'anna', reason: 'news' }
    const order = (body: object) =>
      post('/api/session/command', { session_id: CANDLES, command: 'reduce', body })
    const answer = await order({ coin: 'BTC', pct: 50, ...who })
    expect([answer.status, answer.json()]).toMatchObject([200, { result: { status: 'done' } }])
    expect(world.actions.at(-1)).toBe(`reduce ${CANDLES} ${JSON.stringify({ coin: 'BTC', pct: 50, ...who })}`)
    const refused = await order({ coin: 'NOPE', ...who })
    expect([refused.status, refused.json()]).toMatchObject([409, { error: { code: 'SESSION_REFUSED' } }])
    const unknown = await post('/api/session/command', { session_id: CANDLES, command: 'sellAll', body: {} })
    expect(unknown.status).toBe(400)
  })

  test('every answer carries the security headers', async () => {
    for (const answer of [
      await get('/'),
      await get('/', {}),
      await get('/api/overview'),
      await get('/nothing'),
    ]) {
      expect(answer.headers).toMatchObject(SECURITY_HEADERS)
    }
    expect(SECURITY_HEADERS['content-security-policy']).not.toContain('unsafe')
  })

  test('the page and its login load nothing inline and nothing from elsewhere', async () => {
    for (const { text } of [await get('/'), await get('/', {})]) {
      expect(text.match(/<script(?![^>]*src="\/assets\/)/g)).toBeNull()
      expect(text).not.toMatch(/<style|style="|\son\w+=/)
      expect(text.match(/(?:src|href)="(?!\/assets\/|data:)[^"]*"/g)).toBeNull()
    }
  })
})

describe('what is answered', () => {
  test('the overview holds services, sessions with figures of all sources, and the market', async () => {
    const { values, lists } = (await get('/api/overview')).json() as unknown as OverviewState
    expect(values.system).toMatchObject({ network: 'paper', market: 'synthetic, seed 7, ×1' })
    expect(lists.services).toHaveLength(9)
    expect(values.exposure).toEqual({
      accounts: 2,
      open_orders: 4,
      positions: { 'BTC (paper-candles)': '0.0154', 'ETH (paper-maker)': '-0.41' },
    })
    expect(lists.sessions.map((row) => [row.session_id, row.state, row.open_orders])).toEqual([
      [CANDLES, 'RUNNING', 1],
      [MAKER, 'RUNNING', 2],
      [ENDED, 'CLOSED', 0],
    ])
    expect(lists.sources.every((source) => source.state === 'up')).toBe(true)
  })

  test('a session holds its rows, and only its own orders', async () => {
    const { values, lists } = (await get(`/api/${MAKER}`)).json() as unknown as SessionDetailState
    expect(values.session).toMatchObject({ engine: 'maker', net_pnl_usd: '-1.90' })
    expect(lists.orders.map((order) => order.oid)).toEqual([7002, 7003])
    expect(lists.fills).toHaveLength(24)
    expect(lists.equity).toHaveLength(600)
    expect(values.status).toMatchObject({ epoch: 2 })
  })

  test('what has ended shows its report and no orders of a later session', async () => {
    const { values, lists } = (await get(`/api/${ENDED}`)).json() as unknown as SessionDetailState
    expect(values.report).toMatchObject({ reason: 'stop: end of day' })
    expect(lists.orders).toEqual([])
    expect(values.session?.positions).toEqual([])
  })

  test('an id that no session can have is unknown', async () => {
    expect((await get('/api/session/paper/NO_SUCH')).status).toBe(404)
    expect((await get('/api/session/real/maker-eth')).status).toBe(404)
  })

  test('a source that is down costs its freshness only, and the answer says so', async () => {
    await get('/api/overview')
    world.down.add('facts')
    world.down.add('control')
    await waitUntil(
      'both sources to be seen down',
      async () => {
        const { lists } = (await get('/api/overview')).json() as unknown as OverviewState
        const down = lists.sources.filter((source) => source.state === 'down').map((source) => source.key)
        return down.length === 2 && lists
      },
      5_000,
    ).then((lists) => {
      expect(lists.sessions.map((row) => row.net_pnl_usd)).toEqual(['12.42', '-1.90', '-7.31'])
      expect(lists.sources.find((source) => source.key === 'clickhouse')).toMatchObject({
        message: 'connect ECONNREFUSED (facts)',
      })
    })
  })

  test('health needs no token and tells nothing', async () => {
    const answer = await get('/health', {})
    expect([answer.status, answer.text]).toEqual([200, '{"ok":true}'])
  })
})

describe('actions', () => {
  test.each([
    ['no JSON', 'flatten', 'the body is no JSON'],
    ['an unknown mode', { ...kill, mode: 'nuke' }, 'mode:'],
    ['mode off, which is a release', { ...kill, mode: 'off' }, 'mode:'],
    ['an unknown scope', { ...kill, scope: { kind: 'some' } }, 'scope.kind:'],
    ['a session scope without id', { ...kill, scope: { kind: 'session' } }, 'scope.session_id:'],
    [
      'an account that does not exist',
      { ...kill, scope: { kind: 'account', account: 'typo' } },
      'account: found typo',
    ],
    ['an unknown field', { ...kill, force: true }, '(root):'],
    ['a reason that is too long', { ...kill, reason: 'x'.repeat(201) }, 'reason:'],
  ])('a kill with %s is refused with the path and kills nothing', async (_what, body, message) => {
    const before = world.killRequests.length
    const answer = await post('/api/kill', body)
    expect(answer.status).toBe(400)
    expect((answer.json() as unknown as { error: { message: string } }).error.message).toContain(message)
    expect(world.killRequests).toHaveLength(before)
  })

  test('a kill is taken at once and can be followed until the exchange has confirmed it', async () => {
    const answer = await post('/api/kill', { ...kill, scope: { kind: 'session', session_id: MAKER } })
    expect(answer.status).toBe(202)
    const { key } = answer.json() as unknown as { key: string }
    const job = async () =>
      (await get(`/api/kill/${key}`)).json() as unknown as { state: string; residual: unknown }
    expect(await job()).toMatchObject({ state: 'running' })
    world.finishKill()
    const done = await waitUntil(
      'the kill to end',
      async () => ((await job()).state === 'running' ? null : job()),
      5_000,
    )
    expect(done).toMatchObject({ state: 'verified', residual: { open_orders: 0, positions: {} } })
    expect(world.killRequests.at(-1)).toMatchObject({
      mode: 'flatten',
      reason: 'test',
      requested_by: 'dashboard',
    })
    expect((await post('/api/release', { scope: { kind: 'session', session_id: MAKER } })).status).toBe(200)
    expect(world.kills).toEqual([])
  })

  test.each(['stop', 'pause', 'resume'])('%s reaches the session it names', async (action) => {
    expect((await post(`/api/session/${action}`, { session_id: CANDLES, reason: 'x' })).status).toBe(200)
    expect(world.actions.at(-1)).toBe(`${action} ${CANDLES}`)
  })

  test('an action on a thing that is no session is refused, one that fails is told', async () => {
    expect((await post('/api/session/stop', { session_id: 'kill-switch' })).status).toBe(400)
    world.down.add('control')
    const answer = await post('/api/session/stop', { session_id: CANDLES })
    expect(answer.status).toBe(502)
    expect(answer.json()).toMatchObject({
      error: { code: 'ACTION_FAILED', message: 'connect ECONNREFUSED (control)' },
    })
  })

  test('a body beyond the limit is refused', async () => {
    expect((await post('/api/kill', { ...kill, reason: 'x'.repeat(70_000) })).status).toBe(413)
  })
})

describe('live stream', () => {
  /** Opens a stream and collects its messages until closed. */
  function listen(topics: string) {
    const messages: { kind: string; topic: string; delta?: unknown }[] = []
    const status = Promise.withResolvers<number>()
    const call = request(
      `${served.url}/api/live?topics=${encodeURIComponent(topics)}`,
      { headers: bearer },
      (response) => {
        status.resolve(response.statusCode ?? 0)
        let rest = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          const frames = (rest + chunk).split('\n\n')
          rest = frames.pop() ?? ''
          for (const frame of frames) {
            const data = /^data: (.*)$/m.exec(frame)?.[1]
            if (data) messages.push(JSON.parse(data) as (typeof messages)[number])
          }
        })
        response.on('error', () => {})
      },
    )
    call.on('error', () => {})
    call.end()
    return { messages, status: status.promise, close: () => call.destroy() }
  }

  test('a snapshot comes first, then only what has changed, and a change of the fills travels alone', async () => {
    const stream = listen(MAKER)
    expect(await stream.status).toBe(200)
    await waitUntil('snapshot and a tick', () => stream.messages.length >= 2, 5_000)
    expect(stream.messages[0]).toMatchObject({ kind: 'snapshot', topic: MAKER })
    world.fills.push({ ...(world.fills[0] as (typeof world.fills)[0]), key: 'new', ts: Date.now() })
    const delta = await waitUntil(
      'the new fill',
      () => stream.messages.find((message) => JSON.stringify(message.delta ?? null).includes('"key":"new"')),
      5_000,
    )
    expect(Object.keys((delta.delta as { upsert: object }).upsert)).toEqual(['fills'])
    stream.close()
  })

  test('readers beyond the limit are refused, and a reader who leaves makes room', async () => {
    const readers = [listen('overview'), listen('overview')]
    expect(await Promise.all(readers.map((reader) => reader.status))).toEqual([200, 200])
    const late = listen('overview')
    expect(await late.status).toBe(503)
    readers[0]?.close()
    await waitUntil(
      'room for one more',
      async () => {
        const again = listen('overview')
        const status = await again.status
        again.close()
        return status === 200
      },
      5_000,
    )
    readers[1]?.close()
  })

  test('an unknown topic is refused', async () => {
    expect(await listen('secrets').status).toBe(404)
  })
})
