/** Fifty accounts trade at random while the exchange drops, shuffles, refuses and cuts: its books always add up, and nothing answered is lost. */
// HOLDFAST_PAPER_CHAOS_S sets how long it goes on (10 minutes: 600), HOLDFAST_SEED which orders.
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { systemClock } from '#config/clock.ts'
import { createSigner } from '#exchange/client/keys.ts'
import { signL1 } from '#exchange/client/signing.ts'
import { accountFaults, bookFaults } from '#exchange/paper/engine/invariants.ts'
import type { PaperExchange } from '#exchange/paper/paper-exchange.ts'
import { createRandom, type Random, uniform } from '#exchange/paper/sources/random.ts'
import { createSyntheticSource } from '#exchange/paper/sources/synthetic.ts'
import { startPaper, TOKEN } from '#tests/paper/support/paper.ts'

const SECONDS = Number(process.env.HOLDFAST_PAPER_CHAOS_S ?? 15)
const SEED = Number(process.env.HOLDFAST_SEED ?? 41)
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

test(`seed ${SEED}: ${SECONDS} s of random orders from ${ACCOUNTS} accounts under faults leave every invariant whole`, {
  timeout: SECONDS * 1_000 + 60_000,
}, async () => {
  const unexpected: unknown[] = []
  const paper = await startPaper({
    source: () => createSyntheticSource({ seed: SEED, coins: COINS, speed: 20, clock: systemClock }),
    faultsPort: 0,
    latency: { kind: 'uniform', minMs: 0, maxMs: 4 },
    onFault: (error) => unexpected.push(error),
  })
  const traders = Array.from({ length: ACCOUNTS }, (_, at): Trader => {
    const signer = createSigner((SEED * 1_000 + at + 1).toString(16).padStart(64, '0'), 'chaos')
    paper.fund(signer.address, at % 5 === 0 ? 300 : 20_000) // every fifth one is poor enough to be liquidated
    return { signer, random: createRandom(SEED * 7_919 + at), acknowledged: new Set() }
  })
  await setFaults(paper, '/faults', {
    http_429: 0.02,
    http_502: 0.02,
    slow: 0.02,
    slow_ms: 50,
    answer_lost: 0.03,
    frame_drop: 0.02,
    frame_reorder: 0.02,
    fill_duplicate: 0.05,
    disconnect: 0.001,
    seed: SEED,
  })
  const until = performance.now() + SECONDS * 1_000
  const listeners = traders.slice(0, 5).map(({ signer }) => listen(paper, signer.address, until))
  const sent = (await Promise.all(traders.map((trader) => trade(paper, trader, until)))).reduce(
    (sum, count) => sum + count,
    0,
  )

  const { state } = paper.engine
  const accounts = [...state.accounts.values()]
  const fills = accounts.reduce((sum, account) => sum + account.fills.length, 0)
  const faults = [
    ...accounts.flatMap(accountFaults),
    ...state.markets.flatMap((market) => bookFaults(state, market)),
  ]
  expect(faults).toEqual([])
  expect(paper.status().violations).toBe(0)
  expect(unexpected).toEqual([])
  for (const { signer, acknowledged } of traders) {
    const account = paper.engine.account(signer.address)
    if (acknowledged.size > 1_500) continue // older ones left the kept history
    const known = new Set([...(account?.open.keys() ?? []), ...(account?.closed ?? []).map(({ oid }) => oid)])
    const lost = [...acknowledged].filter((oid) => !known.has(oid))
    expect(lost).toEqual([])
  }
  expect(fills).toBeGreaterThan(100)
  expect(listeners.every(({ frames }) => frames > 50)).toBe(true)
  process.stdout.write(
    `chaos seed ${SEED}: ${sent} actions, ${fills} fills, ${listeners.reduce((sum, { cuts }) => sum + cuts, 0)} cuts\n`,
  )
  await setFaults(paper, '/reset', {})
  await paper.close()
})
