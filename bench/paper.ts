/** Orders accepted by the paper exchange: end to end over HTTP and over WebSocket posts, signature recovery and journal included, and by the engine alone. */
// The server is a process of its own, as in a stack; requests are signed beforehand, so that the client's half costs little.
// `…_per_cpu_s` divides by the server's own processor time: on a busy machine it says what one free core would do.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { PROJECT_ROOT } from '#config/environment.ts'
import { assert } from '#domain/errors.ts'
import { createSigner } from '#exchange/client/keys.ts'
import { signL1 } from '#exchange/client/signing.ts'
import { createEngine } from '#exchange/paper/engine/engine.ts'
import { USD } from '#exchange/paper/engine/units.ts'
import { coinSpec } from '#exchange/paper/market/known-coins.ts'
import { createRandom, uniform } from '#exchange/paper/sources/random.ts'
import type { BenchmarkOptions, Metrics } from './benchmark.ts'

const ACCOUNTS = 40
const CONNECTIONS = 8
const POSTS_IN_FLIGHT = 64
/** Orders placed before the engine's are counted. */
const WARM_UP = 300_000

export async function run({ quick, seed, say }: BenchmarkOptions): Promise<Metrics> {
  const perPath = quick ? 2_000 : 16_000
  const engine = benchEngine(quick ? 100_000 : 1_000_000, seed)
  say(`engine alone: ${Math.round(engine.perSecond)} orders/s`)
  const server = await startServer()
  try {
    const signers = Array.from({ length: ACCOUNTS }, (_, at) =>
      createSigner((seed * 1_000 + at + 1).toString(16).padStart(64, '0'), `bench ${at}`),
    )
    for (const { address } of signers) await server.fund(address)
    const mid = await server.mid()
    const sign = (count: number, offset: number) =>
      Array.from({ length: count }, (_, at) =>
        signedOrder(signers[at % ACCOUNTS] as (typeof signers)[number], mid, offset + at),
      )
    const warm = sign(1_000, 0)
    await overHttp(server.url, warm)
    const http = await measure(server, sign(perPath, 100_000), (bodies) => overHttp(server.url, bodies))
    say(
      `HTTP: ${Math.round(http.perSecond)} orders/s (${Math.round(http.perCpuSecond)} per processor second)`,
    )
    const ws = await measure(server, sign(perPath, 200_000), (bodies) => overSocket(server.url, bodies))
    say(
      `WebSocket: ${Math.round(ws.perSecond)} orders/s (${Math.round(ws.perCpuSecond)} per processor second)`,
    )
    return {
      http_orders_per_s: http.perSecond,
      ws_orders_per_s: ws.perSecond,
      engine_orders_per_s: engine.perSecond,
      http_orders_per_cpu_s: http.perCpuSecond,
      ws_orders_per_cpu_s: ws.perCpuSecond,
      engine_orders_per_cpu_s: engine.perCpuSecond,
    }
  } finally {
    await server.close()
  }
}

interface Rate {
  perSecond: number
  perCpuSecond: number
}

/** A mix of resting, crossing and canceled orders of 50 accounts in one book. Placed orders are counted; their cancels come on top. */
function benchEngine(count: number, seed: number): Rate {
  const engine = createEngine({ specs: [coinSpec('BTC', 0)], seed })
  const random = createRandom(seed)
  const users = Array.from({ length: 50 }, (_, at) => `0x${at.toString(16).padStart(40, '0')}`)
  for (const user of users) engine.deposit(1, user, 1_000_000 * USD)
  const levels = (px: number, step: number) =>
    Array.from({ length: 20 }, (_, at) => ({ px: px + at * step, sz: 1e9, n: 1 }))
  engine.bookSnapshot(1, 0, { bids: levels(999_990, -10), asks: levels(1_000_010, 10) })
  engine.markPrice(1, 0, { mark: 1_000_000, oracle: 1_000_000 })
  const resting: { user: string; oid: number }[] = []
  const place = (now: number) => {
    const user = users[Math.floor(uniform(random) * users.length)] as string
    const isBuy = uniform(random) < 0.5
    const distance = uniform(random) < 0.1 ? -20 : 20 + 10 * Math.floor(uniform(random) * 30)
    const order = {
      asset: 0,
      isBuy,
      px: 1_000_000 + (isBuy ? -distance : distance),
      sz: 1_000,
      reduceOnly: false,
      tif: 'Gtc' as const,
      trigger: null,
      cloid: null,
    }
    const [result] = engine.placeOrders(now, user, { orders: [order], grouping: 'na', builder: null })
    if (result?.kind === 'resting') resting.push({ user, oid: result.oid })
    if (resting.length < 2_000) return
    const at = Math.floor(uniform(random) * resting.length)
    const { user: owner, oid } = resting[at] as { user: string; oid: number }
    resting[at] = resting[resting.length - 1] as { user: string; oid: number }
    resting.pop()
    engine.cancel(now, owner, [{ asset: 0, id: oid }])
  }
  // Until code and heap have settled: an exchange runs for days.
  for (let at = 0; at < WARM_UP; at++) {
    place(at)
    if (at % 64 === 0) engine.drain()
  }
  const began = performance.now()
  const cpu = process.cpuUsage()
  for (let at = 0; at < count; at++) {
    place(WARM_UP + at)
    if (at % 64 === 0) engine.drain()
  }
  const { user, system } = process.cpuUsage(cpu)
  return {
    perSecond: (count / (performance.now() - began)) * 1_000,
    perCpuSecond: (count / (user + system)) * 1e6,
  }
}

interface Server {
  url: string
  fund(address: string): Promise<void>
  mid(): Promise<number>
  cpuMs(): Promise<number>
  close(): Promise<void>
}

async function startServer(): Promise<Server> {
  const home = mkdtempSync(join(tmpdir(), 'bench-paper-'))
  // biome-ignore lint/style/noProcessEnv: the child needs its parent's PATH, and nothing else of it
  const { PATH } = process.env
  const child = spawn(process.execPath, ['exchange/paper/server.ts'], {
    cwd: PROJECT_ROOT,
    env: {
      PATH,
      HOLDFAST_HOME: home,
      HOLDFAST_PORT_PAPER: '0',
      HOLDFAST_CONFIG: join(home, 'none.yaml'),
      HOLDFAST_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message: { url: string }) => resolve(message.url))
    child.once('exit', (code) => reject(new TypeError(`the exchange ended with ${code}`)))
  })
  const token = readFileSync(join(home, 'secrets', 'control-token'), 'utf8').trim()
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` }
  const post = async (path: string, body: unknown) =>
    (await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })).json()
  return {
    url,
    fund: async (address) => {
      await post('/admin/fund', { address, usdc: 1_000_000 })
    },
    mid: async () => Number(((await post('/info', { type: 'allMids' })) as { BTC: string }).BTC),
    cpuMs: async () =>
      ((await (await fetch(`${url}/admin/status`, { headers })).json()) as { cpu_ms: number }).cpu_ms,
    close: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** A resting order, one each request, as a client would send it. */
function signedOrder(signer: ReturnType<typeof createSigner>, mid: number, at: number): string {
  const p = String(Math.round(mid * 0.8) + (at % 500))
  const action = {
    type: 'order',
    orders: [{ a: 0, b: true, p, s: '0.001', r: false, t: { limit: { tif: 'Gtc' } } }],
    grouping: 'na',
  }
  const nonce = Date.now() + at
  return JSON.stringify({
    action,
    nonce,
    signature: signL1(signer, 'paper', action, { nonce, expiresAfter: null }),
  })
}

async function measure(
  server: Server,
  bodies: string[],
  send: (bodies: string[]) => Promise<number>,
): Promise<Rate> {
  const cpu = await server.cpuMs()
  const began = performance.now()
  const accepted = await send(bodies)
  const seconds = (performance.now() - began) / 1_000
  const cpuSeconds = ((await server.cpuMs()) - cpu) / 1_000
  assert(
    accepted === bodies.length,
    `${bodies.length - accepted} of ${bodies.length} orders were not accepted`,
  )
  return { perSecond: accepted / seconds, perCpuSecond: accepted / cpuSeconds }
}

/** Keep-alive connections that each wait for their answer before the next request. @returns how many orders came to rest */
async function overHttp(url: string, bodies: readonly string[]): Promise<number> {
  const { hostname, port } = new URL(url)
  let next = 0
  let accepted = 0
  const worker = () =>
    new Promise<void>((resolve, reject) => {
      const socket: Socket = createConnection(Number(port), hostname)
      let received = ''
      const send = () => {
        const body = bodies[next++]
        if (body === undefined) {
          socket.end()
          resolve()
          return
        }
        socket.write(
          `POST /exchange HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        )
      }
      socket.on('connect', send)
      socket.on('error', reject)
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1')
        const head = received.indexOf('\r\n\r\n')
        const length = Number(/Content-Length: (\d+)/i.exec(received)?.[1])
        if (head < 0 || received.length < head + 4 + length) return
        if (received.includes('"resting"')) accepted++
        received = ''
        send()
      })
    })
  await Promise.all(Array.from({ length: CONNECTIONS }, worker))
  return accepted
}

/** One socket with many posts in flight. */
function overSocket(url: string, bodies: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`)
    let next = 0
    let answered = 0
    let accepted = 0
    const send = () => {
      const body = bodies[next]
      if (body !== undefined)
        socket.send(`{"method":"post","id":${next++},"request":{"type":"action","payload":${body}}}`)
    }
    socket.on('open', () => {
      for (let at = 0; at < POSTS_IN_FLIGHT; at++) send()
    })
    socket.on('error', reject)
    socket.on('message', (raw) => {
      if (String(raw).includes('"resting"')) accepted++
      if (++answered < bodies.length) return send()
      socket.close()
      resolve(accepted)
    })
  })
}
