/** Fifty accounts that trade at random on an exchange that drops, shuffles, refuses and cuts; and what must be true of it then. */
// Not here: how long it goes on: a moment in chaos.test.ts, minutes in chaos-run.ts.
import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'
import { systemClock } from '#config/clock.ts'
import { createSigner } from '#exchange/client/keys.ts'
import { signL1 } from '#exchange/client/signing.ts'
import { accountFaults, bookFaults } from '#exchange/paper/engine/invariants.ts'
import type { PaperExchange } from '#exchange/paper/paper-exchange.ts'
import { createRandom, type Random, uniform } from '#exchange/paper/sources/random.ts'
import { createSyntheticSource } from '#exchange/paper/sources/synthetic.ts'
import { startPaper, TOKEN } from '#tests/paper/support/paper.ts'

const ACCOUNTS = 50
const COINS = ['BTC', 'ETH', 'SOL'] as const
const LOTS = [0.01, 0.2, 5] as const

interface Trader {
  signer: ReturnType<typeof createSigner>
  random: Random
  /** Orders that the exchange said exist. */
  acknowledged: Set<number>
}

const pick = <Item>(random: Random, items: readonly Item[]): Item =>
  items[Math.floor(uniform(random) * items.length)] as Item

function randomAction(
  random: Random,
  mids: readonly number[],
  oids: readonly number[],
): Record<string, unknown> & { type: string } {
  const a = Math.floor(uniform(random) * COINS.length)
  const mid = mids[a] as number
  const b = uniform(random) < 0.5
  const px = (away: number) => String(Number((mid * (1 + (b ? -away : away))).toPrecision(5)))
  const s = String(LOTS[a])
  const order = (more: Record<string, unknown>) => ({
    type: 'order',
    orders: [{ a, b, s, r: false, t: { limit: { tif: 'Gtc' } }, ...more }],
    grouping: 'na',
  })
  const dice = uniform(random)
  if (dice < 0.35) return order({ p: px(uniform(random) * 0.004) })
  if (dice < 0.6) return order({ p: px(-0.01), t: { limit: { tif: 'Ioc' } } })
  if (dice < 0.65) return order({ p: px(-0.01), r: true, t: { limit: { tif: 'Ioc' } } })
  if (dice < 0.7) {
    const triggerPx = px(0.003)
    return order({ b: !b, p: triggerPx, r: true, t: { trigger: { isMarket: true, triggerPx, tpsl: 'sl' } } })
  }
  if (dice < 0.9 && oids.length > 0) return { type: 'cancel', cancels: [{ a, o: pick(random, oids) }] }
  if (dice < 0.95)
    return {
      type: 'updateLeverage',
      asset: a,
      isCross: uniform(random) < 0.5,
      leverage: 1 + Math.floor(uniform(random) * 20),
    }
  return { type: 'twapOrder', twap: { a, b, s: String((LOTS[a] as number) * 5), r: false, m: 5, t: true } }
}

async function setFaults(paper: PaperExchange, path: string, body: unknown): Promise<void> {
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${TOKEN}` }
  await fetch(`http://127.0.0.1:${paper.faultsPort}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
}

async function trade(paper: PaperExchange, trader: Trader, until: number): Promise<number> {
  let sent = 0
  let nonce = Date.now()
  while (performance.now() < until) {
    const mids = COINS.map(
      (_, asset) =>
        (paper.engine.state.markets[asset]?.markPx ?? 0) /
        10 ** (paper.engine.state.specs[asset]?.pxDecimals ?? 0),
    )
    const action = randomAction(trader.random, mids, [...trader.acknowledged].slice(-20))
    nonce = Math.max(nonce + 1, Date.now())
    const body = JSON.stringify({
      action,
      nonce,
      signature: signL1(trader.signer, 'paper', action, { nonce, expiresAfter: null }),
    })
    sent++
    const answer = await fetch(`${paper.url}/exchange`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    })
      .then((response) => response.text())
      .catch(() => '') // the answer was lost on purpose
    for (const [, oid] of answer.matchAll(/"oid":(\d+)/g)) trader.acknowledged.add(Number(oid))
  }
  return sent
}

/** A client that connects again whenever it is cut, and listens to everything. */
function listen(paper: PaperExchange, user: string, until: number): { frames: number; cuts: number } {
  const seen = { frames: 0, cuts: 0 }
  const open = () => {
    if (performance.now() > until) return
    const socket = new WebSocket(`${paper.url.replace('http', 'ws')}/ws`)
    socket.on('open', () => {
      for (const type of ['userFills', 'orderUpdates', 'userEvents', 'openOrders', 'clearinghouseState'])
        socket.send(JSON.stringify({ method: 'subscribe', subscription: { type, user } }))
      for (const coin of COINS)
        socket.send(JSON.stringify({ method: 'subscribe', subscription: { type: 'l2Book', coin } }))
    })
    socket.on('message', () => {
      seen.frames++
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      seen.cuts++
      open()
    })
  }
  open()
  return seen
}

/** What a run came to. Every number but the first three should be 0, and the lists empty. */
export interface ChaosResult {
  actions: number
  fills: number
  cuts: number
  /** Frames that the least lucky listener got. */
  frames: number
  /** Invariants found broken: while it ran (the exchange looks every second), and at the end. */
  violations: number
  faults: string[]
  unexpected: unknown[]
  /** Orders that were acknowledged and are not there. */
  lost: number[]
  /** What differs after the exchange was stopped and rebuilt from its journal. */
  unrestored: string[]
}

const RULES = {
  ...{ http_429: 0.02, http_502: 0.02, slow: 0.02, slow_ms: 50, answer_lost: 0.03 },
  ...{ frame_drop: 0.02, frame_reorder: 0.02, fill_duplicate: 0.05, disconnect: 0.001 },
}
const start = (seed: number, folder: string, unexpected: unknown[], speed: number): Promise<PaperExchange> =>
  startPaper({
    folder,
    source: () => createSyntheticSource({ seed, coins: COINS, speed, clock: systemClock }),
    hold: speed === 0,
    faultsPort: 0,
    latency: { kind: 'uniform', minMs: 0, maxMs: 4 },
    onFault: (error) => unexpected.push(error),
  })

/** Runs it. `say` is told once a minute how it stands. */
export async function runChaos(options: {
  seed: number
  seconds: number
  say(line: string): void
}): Promise<ChaosResult> {
  const { seed, seconds, say } = options
  const folder = mkdtempSync(join(tmpdir(), 'paper-chaos-'))
  const unexpected: unknown[] = []
  const paper = await start(seed, folder, unexpected, 20)
  const traders = Array.from({ length: ACCOUNTS }, (_, at): Trader => {
    const signer = createSigner((seed * 1_000 + at + 1).toString(16).padStart(64, '0'), 'chaos')
    paper.fund(signer.address, at % 5 === 0 ? 300 : 20_000) // every fifth one is poor enough to be liquidated
    return { signer, random: createRandom(seed * 7_919 + at), acknowledged: new Set() }
  })
  await setFaults(paper, '/faults', { ...RULES, seed })
  const until = performance.now() + seconds * 1_000
  const listeners = traders.slice(0, 5).map(({ signer }) => listen(paper, signer.address, until))
  const watch = setInterval(() => say(JSON.stringify(paper.status())), 60_000)
  const sent = await Promise.all(traders.map((trader) => trade(paper, trader, until)))
  clearInterval(watch)
  await setFaults(paper, '/reset', {})

  const { state } = paper.engine
  const accounts = [...state.accounts.values()]
  const { violations } = paper.status() as { violations: number }
  const result = {
    actions: sent.reduce((sum, count) => sum + count, 0),
    fills: accounts.reduce((sum, account) => sum + account.fills.length, 0),
    cuts: listeners.reduce((sum, { cuts }) => sum + cuts, 0),
    frames: Math.min(...listeners.map(({ frames }) => frames)),
    violations,
    faults: [
      ...accounts.flatMap(accountFaults),
      ...state.markets.flatMap((market) => bookFaults(state, market)),
    ],
  }
  await paper.close()
  const lost = await lostOrders(folder, traders)
  const before = standing(paper)
  const again = await start(seed, folder, unexpected, 0)
  const after = standing(again)
  await again.close()
  rmSync(folder, { recursive: true, force: true })
  const unrestored = [...before].flatMap(([user, was]) =>
    after.get(user) === was ? [] : [`${user}: ${was}`],
  )
  return { ...result, unexpected, lost, unrestored }
}

/** Every order that an answer named is in the journal: the accounts' own histories forget the older ones. */
async function lostOrders(folder: string, traders: readonly Trader[]): Promise<number[]> {
  const journaled = new Set<number>()
  for (const name of readdirSync(folder).filter((file) => file.startsWith('journal-'))) {
    const lines = createInterface({ input: createReadStream(join(folder, name)) })
    for await (const line of lines) {
      if (!line.includes('"kind":"order"')) continue
      const oid = /"oid":(\d+)/.exec(line)?.[1]
      if (oid !== undefined) journaled.add(Number(oid))
    }
  }
  return traders.flatMap(({ acknowledged }) => [...acknowledged].filter((oid) => !journaled.has(oid)))
}

/** Cash, positions and open orders of everybody, as text to compare. */
const standing = ({ engine }: PaperExchange): Map<string, string> =>
  new Map(
    [...engine.state.accounts.values()].map(({ address, cash, fees, realised, active, open }) => {
      const positions = active
        .filter(({ szi }) => szi !== 0)
        .map(({ asset, szi, entryNtl }) => [asset, szi, entryNtl] as const)
        .sort(([a], [b]) => a - b)
      const orders = [...open.values()]
        .map(({ oid, sz, px, place }) => [oid, sz, px, place] as const)
        .sort(([a], [b]) => a - b)
      return [address, JSON.stringify({ money: [cash, fees, realised], positions, orders })]
    }),
  )
