/** Broken, hostile and endless requests against a running exchange: the venue's answer or a 4xx, and everybody else is served as before. */
import { createConnection } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createSigner } from '#exchange/client/keys.ts'
import { signL1 } from '#exchange/client/signing.ts'
import type { PaperExchange } from '#exchange/paper/paper-exchange.ts'
import { scriptedMarket, startPaper, TOKEN } from '#tests/paper/support/paper.ts'
import { waitUntil } from '#tests/support/wait-until.ts'

const signer = createSigner('6'.repeat(64), 'bad input')
let paper: PaperExchange
let unexpected: unknown[] = []

beforeEach(async () => {
  unexpected = []
  const market = scriptedMarket()
  paper = await startPaper({ source: () => market.source, onFault: (error) => unexpected.push(error) })
  paper.fund(signer.address, 10_000)
  market.book('BTC', 99_990, 100_010)
})
afterEach(async () => {
  await paper.close()
  expect(unexpected).toEqual([])
})

const post = async (
  path: string,
  body: string,
  headers: Record<string, string> = { 'Content-Type': 'application/json' },
) => {
  const response = await fetch(paper.url + path, { method: 'POST', headers, body })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}
const UNREADABLE = 'Failed to deserialize the JSON body into the target type'

test.each([
  ['broken JSON', '/info', '{"type":', 400, 'Failed to parse'],
  ['no JSON at all', '/info', 'hello', 400, 'Failed to parse'],
  ['a number', '/info', '7', 422, UNREADABLE],
  ['an unknown type', '/info', '{"type":"nonsense"}', 422, UNREADABLE],
  ['a type of the prototype', '/info', '{"type":"constructor"}', 422, UNREADABLE],
  ['a missing field', '/info', '{"type":"userFills"}', 422, UNREADABLE],
  ['a short address', '/info', '{"type":"userFills","user":"0x12"}', 422, UNREADABLE],
  [
    'an unknown interval',
    '/info',
    '{"type":"candleSnapshot","req":{"coin":"BTC","interval":"7m","startTime":0}}',
    422,
    UNREADABLE,
  ],
  ['a negative time', '/info', '{"type":"fundingHistory","coin":"BTC","startTime":-1}', 422, UNREADABLE],
  ['an empty envelope', '/exchange', '{}', 422, UNREADABLE],
  [
    'an unknown action',
    '/exchange',
    '{"action":{"type":"steal"},"nonce":1,"signature":{"r":"0x1","s":"0x1","v":27}}',
    422,
    UNREADABLE,
  ],
  ['a path that is none', '/nothing', '{}', 404, 'Not found'],
])('%s is answered with plain text', async (_name, path, body, status, text) => {
  const answer = await post(path, body)
  expect(answer).toMatchObject({ status, type: expect.stringContaining('text/plain') })
  expect(answer.text).toContain(text)
})

test('another content type is 415, another method 405, a body of two megabytes 413 or a cut line', async () => {
  expect(await post('/info', '{"type":"meta"}', { 'Content-Type': 'text/plain' })).toMatchObject({
    status: 415,
  })
  expect((await fetch(`${paper.url}/info`)).status).toBe(405)
  const huge = await post('/info', JSON.stringify({ type: 'x'.repeat(2_000_000) })).catch(() => ({
    status: 413,
  }))
  expect(huge.status).toBe(413)
})

test('a string of one megabyte where a coin should be is no coin', async () => {
  expect(await post('/info', JSON.stringify({ type: 'l2Book', coin: 'x'.repeat(1_000_000) }))).toMatchObject({
    status: 200,
    text: 'null',
  })
})

test.each([
  ['zero size', { s: '0' }, 'Order has zero size.'],
  ['negative size', { s: '-1' }, 'Order has invalid size.'],
  ['zero price', { p: '0' }, 'Order has invalid price.'],
  ['negative price', { p: '-5' }, 'Order has invalid price.'],
  ['an astronomic price', { p: '123456789012345678901234' }, 'Order has invalid price.'],
  ['an unknown coin', { a: 99 }, 'Unknown asset. asset=99'],
])('%s: the error, once for the whole batch, and nothing placed', async (_name, change, text) => {
  const good = { a: 0, b: true, p: '99000', s: '0.01', r: false, t: { limit: { tif: 'Gtc' } } }
  const action = { type: 'order', orders: [good, { ...good, ...change }], grouping: 'na' }
  const nonce = Date.now()
  const answer = await post(
    '/exchange',
    JSON.stringify({
      action,
      nonce,
      signature: signL1(signer, 'paper', action, { nonce, expiresAfter: null }),
    }),
  )
  expect(JSON.parse(answer.text)).toEqual({
    status: 'ok',
    response: { type: 'order', data: { statuses: [{ error: text }] } },
  })
  expect(paper.engine.account(signer.address)?.open.size).toBe(0)
})

test.each([['NaN'], ['Infinity'], ['1e3'], [''], ['0x10']])('a size of "%s" is unreadable', async (s) => {
  const action = {
    type: 'order',
    orders: [{ a: 0, b: true, p: '99000', s, r: false, t: { limit: { tif: 'Gtc' } } }],
    grouping: 'na',
  }
  const nonce = Date.now()
  expect(
    await post(
      '/exchange',
      JSON.stringify({
        action,
        nonce,
        signature: signL1(signer, 'paper', action, { nonce, expiresAfter: null }),
      }),
    ),
  ).toMatchObject({ status: 422 })
})

test('a nonce works once, in any order, not two days late; a refused reading does not burn it', async () => {
  const action = { type: 'noop' }
  const send = async (nonce: number, change: Record<string, unknown> = {}) =>
    JSON.parse(
      (
        await post(
          '/exchange',
          JSON.stringify({
            action,
            nonce,
            signature: signL1(signer, 'paper', action, { nonce, expiresAfter: null }),
            ...change,
          }),
        )
      ).text,
    )
  const now = Date.now()
  expect(await send(now)).toEqual({ status: 'ok', response: { type: 'default' } })
  expect(await send(now)).toEqual({ status: 'err', response: `Invalid nonce: duplicate nonce ${now}` })
  expect((await send(now - 1_000)).status).toBe('ok')
  expect((await send(now - 3 * 86_400_000)).response).toContain('Invalid nonce: nonce too low')
  expect((await send(now + 2 * 86_400_000)).response).toContain('Invalid nonce')
  // One bit more or less, and it is somebody else's signature.
  expect((await send(now + 1, { nonce: now + 2 })).response).toMatch(
    /^User or API Wallet 0x[0-9a-f]{40} does not exist\.$/,
  )
})

test('admin paths want the token, a local Host and no foreign Origin', async () => {
  const ask = (headers: Record<string, string>) =>
    fetch(`${paper.url}/admin/status`, { headers }).then(({ status }) => status)
  expect(await ask({ Authorization: `Bearer ${TOKEN}` })).toBe(200)
  expect(await ask({})).toBe(401)
  expect(await ask({ Authorization: 'Bearer wrong-token' })).toBe(401)
  expect(await ask({ Authorization: `Bearer ${TOKEN}`, Origin: 'https://evil.example' })).toBe(403)
  const raw = await new Promise<string>((resolve) => {
    const socket = createConnection(paper.port, '127.0.0.1', () => {
      socket.write(
        `GET /admin/status HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: close\r\n\r\n`,
      )
    })
    let text = ''
    socket.on('data', (chunk) => {
      text += String(chunk)
    })
    socket.on('close', () => resolve(text))
  })
  expect(raw).toContain('HTTP/1.1 403')
})

test('a socket survives every bad frame with an error frame, and still works', async () => {
  const socket = new WebSocket(`${paper.url.replace('http', 'ws')}/ws`)
  await new Promise((resolve) => socket.once('open', resolve))
  const frames: { channel: string; data: unknown }[] = []
  socket.on('message', (raw) => frames.push(JSON.parse(String(raw))))
  const bad = [
    'no json',
    '7',
    '[]',
    '{}',
    '{"method":"fly"}',
    '{"method":"subscribe"}',
    '{"method":"subscribe","subscription":{"type":"webData2"}}',
    '{"method":"post","id":"x","request":{}}',
    '{"method":"subscribe","subscription":{"type":"candle","coin":"BTC","interval":"7m"}}',
  ]
  for (const frame of bad) socket.send(frame)
  socket.send('{"method":"subscribe","subscription":{"type":"bbo","coin":"NOPE"}}')
  for (const method of ['subscribe', 'subscribe', 'unsubscribe', 'unsubscribe'])
    socket.send(JSON.stringify({ method, subscription: { type: 'allMids' } }))
  socket.send('{"method":"post","id":5,"request":{"type":"info","payload":{"type":"nonsense"}}}')
  socket.send('{"method":"ping","id":1}')
  await waitUntil('pong', () => frames.some(({ channel }) => channel === 'pong'), 5_000)
  const errors = frames.filter(({ channel }) => channel === 'error').map(({ data }) => String(data))
  expect(errors.slice(0, bad.length)).toEqual(
    bad.map((frame) => `Error parsing JSON into valid websocket request: ${frame}`),
  )
  expect(errors.slice(bad.length)).toEqual([
    'Invalid subscription {"type":"bbo","coin":"NOPE"}',
    'Already subscribed: {"type":"allMids"}',
    'Already unsubscribed: {"type":"allMids"}',
  ])
  expect(frames.find(({ channel }) => channel === 'post')).toEqual({
    channel: 'post',
    data: { id: 5, response: { type: 'error', payload: UNREADABLE } },
  })
  socket.terminate()
})
