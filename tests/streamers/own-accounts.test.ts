/** Own accounts on a real paper exchange: provisioned while the streamers run, followed at once, and no fill lost to a kill -9. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '#config/clock.ts'
import { loadSettings } from '#config/load.ts'
import { marketDataReport } from '#dashboard/reports/market-data.ts'
import { buildCloid } from '#domain/ids.ts'
import { HOUR_MS } from '#domain/time.ts'
import { connectExchange, type Exchange } from '#exchange/client/connect.ts'
import { provisionPaperAccounts } from '#exchange/client/provision.ts'
import { waitUntil } from '#tests/support/wait-until.ts'
import { type Jobs, startJobs } from './jobs.ts'
import { gapRows } from './stored-facts.ts'
import { startWorld, type World } from './world.ts'

const ACCOUNT = 'paper-maker'
let world: World
let exchange: Exchange
let jobs: Jobs
let cloidOfTheGap = ''
let seq = 0

beforeAll(async () => {
  world = await startWorld({ market: 'synthetic', speed: 1 })
  await world.release()
  jobs = startJobs(world)
})
afterAll(async () => {
  await jobs?.close()
  exchange?.close()
  await world?.stop()
})

/** Buys a little at any price; the fill is there when this returns. */
async function buy(): Promise<string> {
  const book = await waitUntil('a book of ETH', () => exchange.info.book('ETH'), 20_000)
  const touch = Number(book.asks[0]?.px)
  const cloid = buildCloid({ tag: 1, epoch: 1, seq: seq++, run: 1, leg: 0 })
  const order = {
    cloid,
    coin: 'ETH',
    side: 'buy',
    px: String(Math.ceil(touch * 1.02)),
    sz: '0.05',
    tif: 'ioc',
    reduce_only: false,
    purpose: 'entry',
  } as const
  const [answer] = await exchange
    .venue(ACCOUNT)
    .placeOrders([order], { expiresAfter: systemClock.now() + 5_000 })
  expect(answer).toMatchObject({ status: 'filled' })
  return cloid
}
const storedCloids = async (): Promise<Set<string>> => {
  const rows = await world.rows<{ cloid: string }>(
    `SELECT cloid FROM fills FINAL WHERE account = '${ACCOUNT}'`,
  )
  return new Set(rows.map(({ cloid }) => cloid))
}
const stored = (cloids: readonly string[]): Promise<unknown> =>
  waitUntil(
    'the fills in ClickHouse',
    async () => {
      const found = await storedCloids()
      return cloids.every((cloid) => found.has(cloid))
    },
    20_000,
  )

test('fills and order changes of an account arrive, those of a dead process’s time too, each once', {
  timeout: 120_000,
}, async () => {
  const settings = loadSettings(world.environment.HOLDFAST_CONFIG)
  const { home } = world.environment
  await provisionPaperAccounts(settings, { home }, world.paper.url)
  exchange = await connectExchange({
    settings,
    home,
    url: world.paper.url,
    role: 'trading',
    clock: systemClock,
  })
  await waitUntil(
    'the accounts to be followed',
    async () => (await world.status()).accounts.text === '2/2 connected',
    20_000,
  )

  const before = await buy()
  await stored([before])
  await world.streamers.kill9()
  const during = await buy()
  await world.restart('streamers')
  const after = await buy()
  await stored([before, during, after])

  const fills = await world.rows<{ cloid: string; n: string }>(
    `SELECT cloid, count() AS n FROM fills FINAL WHERE account = '${ACCOUNT}' GROUP BY cloid, ts, tid`,
  )
  expect(fills.every(({ n }) => Number(n) === 1)).toBe(true)
  const orders = await world.rows<{ cloid: string; status: string }>(
    `SELECT cloid, status FROM orders FINAL WHERE account = '${ACCOUNT}' AND status = 'filled'`,
  )
  const filled = orders.map(({ cloid }) => cloid)
  expect(filled).toContain(before)
  expect(filled).not.toContain(during) // the venue does not repeat order updates: that is the gap
  const gaps = (await gapRows(world)).filter(({ coin }) => coin === ACCOUNT)
  expect(gaps.map(({ channel, reason, status }) => [channel, reason, status]).sort()).toEqual([
    ['orderUpdates', 'restart', 'closed'],
    ['userFills', 'restart', 'recovered'],
    ['userFundings', 'restart', 'recovered'],
    ['userNonFundingLedgerUpdates', 'restart', 'recovered'],
  ])
  cloidOfTheGap = during
})

test('what the dead process missed is healed: the orders of the account, candles and trades; quotes are told to be lost', {
  timeout: 120_000,
}, async () => {
  const gaps = await jobs.healed(60_000)
  const orders = await world.rows<{ status: string }>(
    `SELECT status FROM orders FINAL WHERE account = '${ACCOUNT}' AND cloid = '${cloidOfTheGap}'`,
  )
  expect(orders).toEqual([{ status: 'filled' }])
  const of = (channel: string): string[] => [
    ...new Set(gaps.filter((gap) => gap.channel === channel).map(({ status }) => status)),
  ]
  expect(of('orderUpdates')).toEqual(['recovered'])
  expect(of('candle:1m')).toEqual(['recovered'])
  expect([of('bbo'), of('l2Book')].flat()).toEqual(['lost', 'lost'])
  // The exchange tells only the newest trades; what lies before them is counted, not guessed.
  for (const { channel, status, remains } of gaps)
    if (channel === 'trades')
      expect(status === 'recovered' ? '' : remains).toMatch(/^$|^up to \d+ trades between /)
  expect(gaps.filter(({ status, remains }) => status === 'lost' && remains === '')).toEqual([])
})

test('accounts, tickers, funding, daily figures and request weight are stored by their jobs', async () => {
  expect(await jobs.run.snapshotAccounts()).toEqual({ accounts: 2, positions: 1, failed: 0 })
  expect((await jobs.run.collectTickers()).coins).toBe(3)
  expect((await jobs.run.collectFunding()).failed).toBe(0)
  await jobs.run.computeDailyStats()
  await jobs.run.storeRateUsage()
  await jobs.run.collectTickers()
  await waitUntil('usage to be told', async () => (await jobs.run.storeRateUsage()).rows > 0, 10_000)
  await jobs.stored()
  const [held] = await world.rows<Record<string, string | number>>(
    `SELECT p.coin AS coin, toFloat64(p.sz) AS sz, toFloat64(p.mark_px) AS mark, toFloat64(a.equity_usd - a.cash_usd - p.unrealized_pnl_usd) AS rest
     FROM position_snapshots p INNER JOIN account_snapshots a USING (account, ts) WHERE account = '${ACCOUNT}'`,
  )
  expect(held).toMatchObject({ coin: 'ETH', rest: 0 })
  expect(Number(held?.sz)).toBeCloseTo(0.15, 6)
  expect(Number(held?.mark)).toBeGreaterThan(0)
  const deposits = await world.rows(`SELECT kind, usd FROM ledger_updates FINAL WHERE account = '${ACCOUNT}'`)
  expect(deposits).toEqual([{ kind: 'deposit', usd: '10000' }])
  const usage = await world.rows<{ process: string; weight: number }>(
    "SELECT process, sum(weight) AS weight FROM rate_limit_usage WHERE purpose = 'collect' GROUP BY process",
  )
  expect(usage).toMatchObject([{ process: 'worker-data' }])
})

test('the page of market data has it all: gaps with what is missing, request weight, sizes, tickers', async () => {
  const settings = loadSettings(world.environment.HOLDFAST_CONFIG)
  const page = await marketDataReport.take(
    { clickhouse: world.client, settings, clock: systemClock },
    { hours: 1 },
  )
  expect(
    page.gaps.some(
      ({ channel, status, remains }) => channel === 'bbo' && status === 'lost' && remains !== '',
    ),
  ).toBe(true)
  expect(page.gap_counts.length).toBeGreaterThan(3)
  expect(page.weight.some(({ process }) => process === 'worker-data')).toBe(true)
  expect(page.tickers.map(({ coin }) => coin).sort()).toEqual(['BTC', 'ETH', 'SOL'])
  expect(page.storage.some(({ table, rows }) => table === 'trades' && rows > 0)).toBe(true)
  expect(page).toMatchObject({ preset: 'full', frames: [] })
})

test('holes in the candle table are found and fetched', { timeout: 60_000 }, async () => {
  const known = await exchange.info.candles('BTC', '1m', systemClock.now() - 2 * HOUR_MS)
  expect(known.length).toBeGreaterThan(100)
  await jobs.writeCandles(known.slice(0, 1))
  const check = () => jobs.run.checkCandles({ coins: ['BTC'], lookback_hours: 4 })
  const report = await check()
  await jobs.stored()
  expect(report).toMatchObject({ remaining: 0, failed: 0 })
  expect(report.healed).toBeGreaterThan(90)
  expect(await check()).toMatchObject({ healed: 0, remaining: 0 })
})

test('the streamers stop in order within their time and leave a small gap to the next start', {
  timeout: 60_000,
}, async () => {
  const from = performance.now()
  expect(await world.streamers.stop()).toBe(0)
  expect(performance.now() - from).toBeLessThan(2_500)
  await world.restart('streamers')
  const gap = await waitUntil(
    'the gap of the stop, closed',
    async () =>
      (await gapRows(world)).filter(
        ({ channel, coin, status }) => channel === 'l2Book' && coin === 'BTC' && status !== 'open',
      )[1],
    20_000,
  )
  expect(gap.reason).toBe('restart')
  expect(gap.closed - gap.opened).toBeLessThan(15_000)
})

test.each([
  { what: 'no token', headers: {}, status: 401 },
  { what: 'a wrong token', headers: { authorization: 'Bearer x' }, status: 401 },
  { what: 'a page of another site', headers: { origin: 'https://evil.example' }, status: 403 },
])('the status port refuses $what', async ({ headers, status }) => {
  expect((await fetch(`${world.streamers.url}/status`, { headers })).status).toBe(status)
})
