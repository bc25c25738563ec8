/** From the leaderboard to profit and loss in one stack: selection, positions, signals, targets, orders, fills, and the gap between wanted and held. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { missingBrowser } from '../support/browser.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { waitUntil } from '../support/wait-until.ts'
import { lookAtReports } from './report-pages.ts'
import { askReport, insertRow, stamp } from './stack-rows.ts'

const ACCOUNT = 'paper-follower'
const SESSION = 'session/paper/follow-signals'
const CAPITAL = 4_000
let stack: Stack
let folder = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-follow-'))
  const config = join(folder, 'holdfast.yaml')
  const settings = {
    exchange: { coins: ['BTC', 'ETH'], synthetic: { traders: 60 } },
    accounts: { [ACCOUNT]: { paper_usdc: 10_000 } },
    // One trader alone is always on one side: his signal has a direction.
    traders: { tracked_max: 1, score_min: -1_000, checkpoint_ms: 1_000, pinned_max: 1 },
    sessions: { start: [] },
  }
  writeFileSync(config, JSON.stringify(settings))
  stack = await startStack({ env: { HOLDFAST_CONFIG: config } })
}, 240_000)
afterAll(async () => {
  await stack?.stop()
  rmSync(folder, { recursive: true, force: true })
}, 60_000)

const session = {
  session_key: 'follow-signals',
  engine: 'follower',
  account: ACCOUNT,
  coins: ['BTC', 'ETH'],
  limits: { order_usd_max: 1_500, position_usd_max: 5_000 },
  params: {
    ...{ strategy: 'follow_targets', source: 'signals', capital_usd: CAPITAL, every_ms: 4_000 },
    ...{ passive_ms: 500, slice_usd: 400, threshold: 0.02, gross_max: 1, weight_max: 1 },
  },
}

interface Signal {
  coin: string
  recommendation: string
  confidence: number
}

const signalsNow = async (): Promise<Signal[]> => {
  const { signals } = await stack.cliJson<{ signals: Signal[] }>('signals', '--make')
  return signals
}

test('leaderboard → selection → positions → signals → targets → orders → fills → PnL → the gap to the targets', {
  timeout: 240_000,
}, async () => {
  const selected = await stack.cliJson<{ status: string; rows: number; tracked: number; entered: number }>(
    'traders',
    'select',
  )
  expect(selected).toMatchObject({ tracked: 1 })
  const { traders } = await stack.cliJson<{ traders: { address: string; rank: number }[] }>('traders', 'top')
  expect(traders).toMatchObject([{ rank: 1 }])
  const address = traders[0]?.address ?? ''

  const stateRows = () =>
    stack.rows<{ coin: string; status: string; sz: string }>(
      'SELECT coin, status, toString(sz) AS sz FROM trader_states FINAL WHERE address = {address:String}',
      { address },
    )
  await waitUntil(
    'the trader to be read and to hold something',
    async () => (await stateRows()).some(({ status }) => status === 'long' || status === 'short'),
    90_000,
  )
  const shown = await stack.cliJson<{ positions: { coin: string }[] }>(
    'traders',
    'show',
    address.slice(0, 10),
  )
  expect(shown.positions.length).toBeGreaterThan(0)
  const why = await stack.cliJson<{ days: { change: string }[] }>('traders', 'why', address)
  expect(why.days).toMatchObject([{ change: 'entered' }])

  let directed: Signal[] = []
  await waitUntil(
    'a signal with a direction',
    async () => {
      directed = (await signalsNow()).filter(({ recommendation }) => recommendation !== 'NEUTRAL')
      return directed.length > 0
    },
    90_000,
  )

  await stack.cliJson('session', 'start', '--input', JSON.stringify(session))
  const held = async () =>
    new Map((await stack.venueAccount(ACCOUNT)).positions.map(({ coin, sz }) => [coin, Number(sz)]))
  await waitUntil('the session to hold what a signal says', async () => (await held()).size > 0, 90_000)

  const targets = () =>
    stack.rows<{ coin: string; weight: number }>(
      "SELECT coin, weight FROM model_targets FINAL WHERE model = 'follow/follow-signals' AND ts = (SELECT max(ts) FROM model_targets WHERE model = 'follow/follow-signals')",
    )
  const mids = async () => (await stack.info({ type: 'allMids' })) as Record<string, string>
  const gaps = async () => {
    const [wanted, positions, prices] = await Promise.all([targets(), held(), mids()])
    return wanted.map(({ coin, weight }) =>
      Math.abs(((positions.get(coin) ?? 0) * Number(prices[coin])) / CAPITAL - weight),
    )
  }
  await waitUntil(
    'what is held to be what is wanted, within the threshold',
    async () => {
      const found = await gaps()
      return found.length > 0 && found.every((gap) => gap <= 0.03)
    },
    90_000,
  )
  expect(Math.sign((await held()).get(directed[0]?.coin ?? '') ?? 0)).not.toBe(0)

  interface DecisionRow {
    kind: string
    reason: string
    inputs: string
  }
  let decisions: DecisionRow[] = []
  await waitUntil(
    'the decision to enter to be stored',
    async () => {
      decisions = await stack.rows<DecisionRow>(
        'SELECT kind, reason, inputs FROM decisions FINAL WHERE session_id = {id:String} ORDER BY ts, decision_seq',
        { id: SESSION },
      )
      return decisions.some(({ kind, reason }) => kind === 'enter' && reason === 'REBALANCE')
    },
    60_000,
  )
  const entered = decisions.find(({ kind }) => kind === 'enter')
  expect(JSON.parse(entered?.inputs ?? '{}')).toMatchObject({ source: 'signals' })

  const report = await stack.cliJson<{ report?: unknown }>('session', 'stop', SESSION)
  expect(JSON.stringify(report)).toContain('CLOSED')
  expect((await held()).size).toBe(0)
  interface Pnl {
    sessions: { session_id: string; fills: number; volume_usd: string; fees_usd: string }[]
  }
  await waitUntil(
    'its fills to be in the profit and loss',
    async () => {
      const { sessions } = await stack.cliJson<Pnl>('pnl', '--session', SESSION)
      return (sessions[0]?.fills ?? 0) >= 2 && Number(sessions[0]?.volume_usd) > 0
    },
    60_000,
  )

  const tracking = await stack.cliJson<{ days: { model: string }[] }>(
    ...['tracking-error', '--model', 'follow/follow-signals', '--account', ACCOUNT],
  )
  expect(tracking.days.length).toBeGreaterThan(0)
  expect(tracking.days.every(({ model }) => model === 'follow/follow-signals')).toBe(true)

  const replayed = await stack.cliJson<{ deterministic: boolean; decisions: number }>('replay', SESSION)
  expect(replayed.deterministic).toBe(true)
  expect(replayed.decisions).toBeGreaterThan(0)
})

test('a signal is held against what the price did afterwards', { timeout: 120_000 }, async () => {
  const ts = Date.now() - 20 * 60_000
  const rest = {
    long_bias: 0,
    short_bias: 0.9,
    long_score: 0,
    short_score: 9,
    total_weight: 10,
    net_exposure: -1,
  }
  const counts = {
    participation: 0.9,
    longs: 0,
    shorts: 9,
    flats: 1,
    unknown: 0,
    change: '',
    alert: true,
    inputs: '{}',
  }
  await insertRow(stack, 'signals', {
    ...{
      coin: 'TEST',
      ts: stamp(ts),
      recommendation: 'SHORT',
      confidence: 0.8,
      price: 100,
      received_ts: stamp(ts),
    },
    ...{ ...rest, ...counts },
  })
  const closeTs = ts + 5 * 60_000 - 1_000
  await insertRow(stack, 'candles', {
    ...{ coin: 'TEST', interval: '1m', open_ts: stamp(closeTs - 59_999), close_ts: stamp(closeTs) },
    ...{
      open: '98',
      high: '98',
      low: '97',
      close: '97',
      volume: '1',
      trades: 1,
      received_ts: stamp(closeTs),
    },
  })
  interface Answer {
    signals: Signal[]
    returns: { horizon_ms: number; signals: number; hit_rate: number; mean_return: number }[]
  }
  const answer = await stack.cliJson<Answer>('signals', '--make', '--coin', 'TEST')
  expect(answer.signals).toMatchObject([{ coin: 'TEST', recommendation: 'SHORT' }])
  expect(answer.returns[0]).toMatchObject({ horizon_ms: 300_000, signals: 1, hit_rate: 1 })
  expect(answer.returns[0]?.mean_return).toBeCloseTo(0.03)
  expect(answer.returns[1]).toMatchObject({ signals: 0 })
})

test('the accuracy of the day is measured and told', { timeout: 120_000 }, async () => {
  await stack.cliJson('traders', 'measure')
  const { days } = await stack.cliJson<{ days: { method: string; samples: number }[] }>('traders', 'accuracy')
  expect(days.map(({ method }) => method).sort()).toEqual(['leaderboard', 'tape'])
  expect(days.find(({ method }) => method === 'leaderboard')?.samples).toBe(1)
})

test('the reports answer', { timeout: 60_000 }, async () => {
  const report = (path: string) => askReport(stack, path)
  expect(await report('traders')).toMatchObject({ selections: [{ status: 'used' }], traders: [{ rank: 1 }] })
  const trader = await report('trader?hours=1')
  expect(trader.line).not.toEqual([])
  expect(await report('signals?days=1')).toMatchObject({ coins: expect.arrayContaining(['BTC', 'TEST']) })
})

const noBrowser = missingBrowser()
test.skipIf(noBrowser)(
  `the pages show them${noBrowser ? ` (${noBrowser})` : ''}`,
  { timeout: 120_000 },
  async () => {
    expect(await lookAtReports(stack)).toEqual([])
  },
)
