/** kill -9 in the middle of trading: after the restart every answered order, fill and balance is there, and no order twice. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { PROJECT_ROOT } from '#config/environment.ts'
import { nktkas } from '#tests/paper/support/paper.ts'
import { waitUntil } from '#tests/support/wait-until.ts'

interface Server {
  url: string
  child: ChildProcess
}

const running = new Set<ChildProcess>()
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts the real process and waits for its ready message. */
async function startServer(home: string): Promise<Server> {
  const child = spawn(process.execPath, ['exchange/paper/server.ts'], {
    cwd: PROJECT_ROOT,
    env: {
      ...process.env,
      HOLDFAST_HOME: home,
      HOLDFAST_PORT_PAPER: '0',
      HOLDFAST_CONFIG: join(home, 'none.yaml'),
      HOLDFAST_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message: { kind: string; url: string }) => resolve(message.url))
    child.once('exit', (code) => reject(new TypeError(`the server ended with ${code} before it was ready`)))
  })
  return { url, child }
}

const kill = (child: ChildProcess) =>
  new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })

async function fund(home: string, url: string, address: string): Promise<void> {
  const token = readFileSync(join(home, 'secrets', 'control-token'), 'utf8').trim()
  const body = JSON.stringify({ address, usdc: 100_000, once: true })
  await fetch(`${url}/admin/fund`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body,
  })
}

function journalLines(home: string): Record<string, unknown>[] {
  const folder = join(home, 'data', 'paper')
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

const cloidOf = (n: number): `0x${string}` => `0xcd${n.toString(16).padStart(30, '0')}`

test('three kills in the middle of a stream of orders lose nothing and double nothing', async () => {
  const home = mkdtempSync(join(tmpdir(), 'paper-durability-'))
  const acknowledged = new Set<string>()
  let sent = 0
  for (let round = 0; round < 3; round++) {
    const server = await startServer(home)
    const client = nktkas(server.url, '1')
    await fund(home, server.url, client.address)
    const mid = Number((await client.info.allMids()).ETH)
    const goal = acknowledged.size + 40 + round * 17
    let dead = false
    const worker = async () => {
      while (!dead) {
        const cloid = cloidOf(sent++)
        // Every third order crosses the book, so that fills are at stake too.
        const px = Math.round(sent % 3 === 0 ? mid * 1.01 : mid * 0.9)
        const order = {
          a: 1,
          b: sent % 2 === 0,
          p: String(sent % 2 === 0 ? px : Math.round(mid * 2 - px)),
          s: '0.02',
          r: false,
          t: { limit: { tif: 'Gtc' as const } },
          c: cloid,
        }
        try {
          await client.exchange.order({ orders: [order], grouping: 'na' })
          acknowledged.add(cloid)
        } catch {
          // killed in between: this one is unknown, and may or may not exist
        }
      }
    }
    const workers = Array.from({ length: 4 }, worker)
    while (acknowledged.size < goal) await new Promise((resolve) => setImmediate(resolve))
    await kill(server.child)
    dead = true
    await Promise.all(workers)
    await client.close()
  }

  const server = await startServer(home)
  const client = nktkas(server.url, '1')
  const lost: string[] = []
  for (const cloid of acknowledged) {
    const found = await client.info.orderStatus({ user: client.address, oid: cloid as `0x${string}` })
    if (found.status !== 'order') lost.push(cloid)
  }
  expect(lost).toEqual([])
  const oids = new Map<unknown, Set<unknown>>()
  for (const line of journalLines(home)) {
    if (line.kind === 'order' && line.cloid)
      oids.set(line.cloid, (oids.get(line.cloid) ?? new Set()).add(line.oid))
  }
  expect([...oids.values()].filter((set) => set.size > 1)).toEqual([])
  expect(oids.size).toBeGreaterThanOrEqual(acknowledged.size)

  // The balance is what deposit and fills say, to the micro-dollar.
  const fills = await client.info.userFills({ user: client.address })
  expect(fills.length).toBeGreaterThan(10)
  const micro = (text: string) => BigInt(Math.round(Number(text) * 1e6))
  const cash = fills.reduce(
    (sum, { closedPnl, fee }) => sum + micro(closedPnl) - micro(fee),
    100_000_000_000n,
  )
  const held = fills.reduce(
    (sum, { side, sz }) => sum + (side === 'B' ? 1 : -1) * Math.round(Number(sz) * 1e4),
    0,
  )
  const state = await client.info.clearinghouseState({ user: client.address })
  const position = state.assetPositions[0]?.position
  expect(Math.round(Number(position?.szi ?? '0') * 1e4)).toBe(held)
  expect(micro(state.marginSummary.accountValue) - micro(position?.unrealizedPnl ?? '0')).toBe(cash)
  await client.close()
  const ended = new Promise((resolve) => server.child.once('exit', resolve))
  server.child.kill('SIGTERM')
  expect(await ended).toBe(0)
  rmSync(home, { recursive: true, force: true })
})

test('the synthetic market goes on after a kill: no minute is missing, none is told differently', async () => {
  const home = mkdtempSync(join(tmpdir(), 'paper-market-'))
  const candles = async (url: string) => {
    const body = JSON.stringify({
      type: 'candleSnapshot',
      req: { coin: 'BTC', interval: '1m', startTime: Date.now() - 3_600_000 },
    })
    const response = await fetch(`${url}/info`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    })
    return (await response.json()) as { t: number; T: number; c: string; v: string }[]
  }
  const first = await startServer(home)
  // The first stored position comes within a second.
  await waitUntil(
    'a stored position',
    () => readdirSync(join(home, 'data', 'paper')).includes('market-synthetic.json'),
    20_000,
  )
  const before = await candles(first.url)
  await kill(first.child)
  const second = await startServer(home)
  const after = await candles(second.url)
  for (const [at, { t }] of after.entries()) if (at > 0) expect(t - (after[at - 1]?.t ?? 0)).toBe(60_000)
  const closed = before.filter(({ T }) => T < Date.now() - 120_000)
  expect(closed.length).toBeGreaterThan(50)
  const later = new Map(after.map((candle) => [candle.t, candle]))
  for (const candle of closed.filter(({ t }) => later.has(t))) expect(later.get(candle.t)).toEqual(candle)
  await kill(second.child)
  rmSync(home, { recursive: true, force: true })
})
