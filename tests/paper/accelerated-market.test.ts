/** An hour of a market of five thousand traders in seconds: its tape, its positions by admin and by /info, and its leaderboard tell the same truth. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { systemClock } from '#config/clock.ts'
import { parseUnits } from '#exchange/paper/engine/units.ts'
import { coinSpec } from '#exchange/paper/market/known-coins.ts'
import type { PaperExchange } from '#exchange/paper/paper-exchange.ts'
import type { WireTrade } from '#exchange/paper/sources/source.ts'
import { createSyntheticSource } from '#exchange/paper/sources/synthetic.ts'
import { startPaper, TOKEN } from '#tests/paper/support/paper.ts'
import { waitUntil } from '#tests/support/wait-until.ts'

const COINS = ['BTC', 'ETH', 'WIF']
const TRADERS = 5_000
const LENGTH_MS = 3_600_000
const shape = { traders: TRADERS, stepMs: 1_000, bookMs: 10_000, pastMs: LENGTH_MS }

let paper: PaperExchange
let socket: WebSocket
const tape: WireTrade[] = []

beforeAll(async () => {
  const source = () =>
    createSyntheticSource({ seed: 3, coins: COINS, speed: 1_800, clock: systemClock, ...shape })
  paper = await startPaper({ source, hold: true })
  socket = new WebSocket(`${paper.url.replace('http', 'ws')}/ws`)
  await new Promise((resolve) => socket.once('open', resolve))
  let acknowledged = 0
  socket.on('message', (raw) => {
    const { channel, data } = JSON.parse(String(raw))
    if (channel === 'trades') tape.push(...(data as WireTrade[]))
    if (channel === 'subscriptionResponse') acknowledged++
  })
  for (const coin of COINS)
    socket.send(JSON.stringify({ method: 'subscribe', subscription: { type: 'trades', coin } }))
  await waitUntil('acknowledgements', () => acknowledged === COINS.length, 10_000)
}, 60_000)
afterAll(async () => {
  socket.terminate()
  await paper.close()
})

const info = async (body: unknown) =>
  (
    await fetch(`${paper.url}/info`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
  ).json()
const admin = async (path: string) =>
  (await fetch(paper.url + path, { headers: { Authorization: `Bearer ${TOKEN}` } })).json()

/** Lots by `address coin`, summed from the trades up to a market time. */
function summed(until: number): Map<string, number> {
  const held = new Map<string, number>()
  for (const { coin, sz, users, time } of tape) {
    if (time > until) continue
    const lots = parseUnits(sz, coinSpec(coin, 0).szDecimals) ?? Number.NaN
    for (const [at, user] of users.entries()) {
      const key = `${user} ${coin}`
      held.set(key, (held.get(key) ?? 0) + (at === 0 ? lots : -lots))
    }
  }
  for (const [key, lots] of held) if (lots === 0) held.delete(key)
  return held
}

test('a market that is held has no book yet, but all candles up to its last whole minute', async () => {
  expect(await info({ type: 'l2Book', coin: 'ETH' })).toBeNull()
  const { market_ts } = paper.status() as { market_ts: number }
  const req = { coin: 'ETH', interval: '1m', startTime: market_ts - 600_000 }
  const candles = (await info({ type: 'candleSnapshot', req })) as { T: number }[]
  expect(candles.map(({ T }) => T)).toEqual(
    Array.from({ length: 10 }, (_, at) => market_ts - (9 - at) * 60_000 - 1),
  )
})

test('an hour runs up to the present, and then in real time', { timeout: 120_000 }, async () => {
  const began = (paper.status() as { market_ts: number }).market_ts
  expect(Date.now() - began).toBeGreaterThanOrEqual(LENGTH_MS)
  paper.startMarket()
  const lagMs = () => Date.now() - (paper.status() as { market_ts: number }).market_ts
  await waitUntil('the present', () => lagMs() < 3_000, 100_000)
  await waitUntil('another step in real time', () => tape.at(-1)?.time ?? 0, 10_000)
  expect(lagMs()).toBeGreaterThan(-1)
})

test('what the tape gives everybody is what everybody holds', { timeout: 60_000 }, async () => {
  const { market_ts, positions } = (await admin('/admin/positions')) as {
    market_ts: number
    positions: [string, string, string][]
  }
  await waitUntil('frames up to then', () => (tape.at(-1)?.time ?? 0) > market_ts, 30_000)
  const truth = new Map(
    positions.map(([user, coin, szi]) => [
      `${user} ${coin}`,
      parseUnits(szi, coinSpec(coin, 0).szDecimals) ?? Number.NaN,
    ]),
  )
  expect(truth.size).toBeGreaterThan(500)
  expect([...summed(market_ts)].sort()).toEqual([...truth].sort())
})

test('/info shows the same of each, and the leaderboard names them all', { timeout: 60_000 }, async () => {
  const { leaderboardRows } = (await (await fetch(`${paper.url}/Mainnet/leaderboard`)).json()) as {
    leaderboardRows: { ethAddress: string }[]
  }
  expect(leaderboardRows).toHaveLength(TRADERS)
  const holders = [...new Set([...summed(Number.MAX_SAFE_INTEGER).keys()].map((key) => key.split(' ')[0]))]
  const named = new Set(leaderboardRows.map(({ ethAddress }) => ethAddress))
  expect(holders.every((user) => named.has(user ?? ''))).toBe(true)
  for (const user of holders.slice(0, 12)) {
    // The market goes on meanwhile: tape and answer agree once the last frame has come.
    await waitUntil(
      `positions of ${user}`,
      async () => {
        const { assetPositions } = (await info({ type: 'clearinghouseState', user })) as {
          assetPositions: { position: { coin: string; szi: string } }[]
        }
        const held = summed(Number.MAX_SAFE_INTEGER)
        return COINS.every((coin) => {
          const found = assetPositions.find(({ position }) => position.coin === coin)?.position.szi ?? '0.0'
          return parseUnits(found, coinSpec(coin, 0).szDecimals) === (held.get(`${user} ${coin}`) ?? 0)
        })
      },
      20_000,
    )
  }
})

test('open interest is what the traders hold long', async () => {
  const { positions } = (await admin('/admin/positions')) as { positions: [string, string, string][] }
  const [meta, contexts] = (await info({ type: 'metaAndAssetCtxs' })) as [
    { universe: { name: string }[] },
    { openInterest: string }[],
  ]
  const at = meta.universe.findIndex(({ name }) => name === 'WIF')
  const long = positions.reduce((sum, [, coin, szi]) => sum + (coin === 'WIF' ? Math.max(0, +szi) : 0), 0)
  // A trade may lie between the two answers.
  expect(Math.abs(Number(contexts[at]?.openInterest) / long - 1)).toBeLessThan(0.01)
})
