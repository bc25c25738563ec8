/** The population's truth shows: positions are the sums of the tape, skill pays, orders make up the book. */
import { expect, test } from 'vitest'
import type { Clock } from '#domain/time.ts'
import { accountFaults } from '#exchange/paper/engine/invariants.ts'
import { accountValue } from '#exchange/paper/engine/margin.ts'
import { parseUnits, USD } from '#exchange/paper/engine/units.ts'
import type { LeaderboardRow } from '#exchange/paper/leaderboard.ts'
import type { SourceEvent, WireTrade } from '#exchange/paper/sources/source.ts'
import { createSyntheticSource } from '#exchange/paper/sources/synthetic.ts'

const HOURS = 3
const SPEED = 200_000

/** Three hours of one coin, as fast as they can be made. */
async function market() {
  const start = Date.UTC(2026, 0, 1)
  let now = start
  const clock: Clock = {
    now: () => now,
    monotonicMs: () => now,
    sleep: async (ms) => {
      now += ms
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
  const source = createSyntheticSource({ seed: 11, coins: ['BTC'], speed: SPEED, clock, traders: 300 })
  for (const _ of source.history()) {
    // the past has to be walked before the market begins
  }
  const trades: WireTrade[] = []
  const last: { book: SourceEvent | null } = { book: null }
  source.start({
    event: (event) => {
      if (event.kind === 'trades') trades.push(...event.trades)
      else if (event.kind === 'book') last.book = event
    },
    ready: async () => {},
    traderFills: () => {},
    catchUp: () => {},
  })
  while (source.status().market_ts < start + HOURS * 3_600_000)
    await new Promise((resolve) => setImmediate(resolve))
  await source.close()
  return { source, trades, book: last.book }
}

const ready = market()

test('a trader’s position is the sum of the trades of its address, and its ledger is whole', {
  timeout: 60_000,
}, async () => {
  const { source, trades } = await ready
  const positions = new Map<string, number>()
  for (const { users, sz } of trades) {
    const lots = parseUnits(sz, 5) ?? 0
    for (const [at, user] of users.entries())
      positions.set(user, (positions.get(user) ?? 0) + (at === 0 ? lots : -lots))
  }
  expect(trades.length).toBeGreaterThan(5_000)
  expect(positions.size).toBeGreaterThan(100)
  for (const [user, lots] of positions) {
    const account = source.traders?.account(user)
    expect(account?.coins[0]?.szi ?? 0).toBe(lots)
    expect(
      account &&
        accountFaults({ ...account, open: new Map() }).filter(
          (fault) => !fault.includes('Sz is') && !fault.includes('Ntl is'),
        ),
    ).toEqual([])
  }
})

test('skill pays: the better half of the takers earns what the worse half loses', {
  timeout: 60_000,
}, async () => {
  const { source, book } = await ready
  const bid = book?.kind === 'book' ? parseUnits(book.bids[0]?.px ?? '0', 1) : 0
  const truth = (source.traders?.truth() ?? []).filter(({ style }) => style !== 'maker')
  const gains = truth.map(({ address, skill, capital_usd }) => {
    const account = source.traders?.account(address)
    const value = account ? accountValue(account, () => bid ?? 0) : 0
    // Fees aside: everybody pays them.
    return { skill, gain: value + (account?.fees ?? 0) - capital_usd * USD }
  })
  const sum = (rows: typeof gains) => rows.reduce((total, { gain }) => total + gain, 0)
  expect(sum(gains.filter(({ skill }) => skill > 0.15))).toBeGreaterThan(0)
  expect(sum(gains.filter(({ skill }) => skill > 0.15))).toBeGreaterThan(
    sum(gains.filter(({ skill }) => skill < -0.15)),
  )
})

test('the orders of all traders together are the book', { timeout: 60_000 }, async () => {
  const { source, book } = await ready
  const byPx = new Map<number, number>()
  for (const { address } of source.traders?.truth() ?? []) {
    for (const order of source.traders?.account(address)?.open.values() ?? [])
      byPx.set(order.px, (byPx.get(order.px) ?? 0) + order.sz)
  }
  const levels = book?.kind === 'book' ? [...book.bids, ...book.asks] : []
  expect(levels).toHaveLength(40)
  const matching = levels.filter(({ px, sz }) => byPx.get(parseUnits(px, 1) ?? 0) === parseUnits(sz, 5))
  // The last book frame may be a few steps older than the orders.
  expect(matching.length).toBeGreaterThan(20)
})

test('the leaderboard has everybody, best first, with windows that fit together', {
  timeout: 60_000,
}, async () => {
  const { source, trades } = await ready
  const mark = parseUnits(trades.at(-1)?.px ?? '0', 1) ?? 0
  const { leaderboardRows } = (source.traders?.leaderboard(() => mark) ?? { leaderboardRows: [] }) as {
    leaderboardRows: LeaderboardRow[]
  }
  expect(leaderboardRows).toHaveLength(300)
  const allTime = leaderboardRows.map(({ windowPerformances }) => Number(windowPerformances[3]?.[1].pnl))
  expect(allTime).toEqual([...allTime].sort((a, b) => b - a))
  for (const { windowPerformances } of leaderboardRows) {
    expect(windowPerformances.map(([window]) => window)).toEqual(['day', 'week', 'month', 'allTime'])
    const volumes = windowPerformances.map(([, { vlm }]) => Number(vlm))
    expect(volumes).toEqual([...volumes].sort((a, b) => a - b))
  }
  const skills = new Map((source.traders?.truth() ?? []).map(({ address, skill }) => [address, skill]))
  const mean = (rows: readonly LeaderboardRow[]) =>
    rows.reduce((total, { ethAddress }) => total + (skills.get(ethAddress) ?? 0), 0) / rows.length
  expect(mean(leaderboardRows.slice(0, 50))).toBeGreaterThan(mean(leaderboardRows.slice(-50)))
})
