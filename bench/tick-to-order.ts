/** From a frame off the socket to signed orders at the venue: decode, market state, decision, risk gate, durable intent, signature, HTTP. */
// `p50_ms`, `p99_ms`: raw bbo frame in hand → both quotes arrived at a server on this machine. `signing_p50_ms`: the same batch only
// signed. `ratio` = p50 / signing p50: how much all of the rest costs beside the one step that cannot be left out. Not in it: the fsync
// of the intent, which is the disk's time.
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#config/clock.ts'
import { formatFixed } from '#domain/fixed-point.ts'
import { buildCloid } from '#domain/ids.ts'
import { riskGate } from '#domain/risk/limits.ts'
import { SessionLimits } from '#domain/session/input.ts'
import type { Venue } from '#domain/session/ports.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import { othersTouch } from '#domain/strategies/maker/market-touch.ts'
import { coinParams, SpreadParams } from '#domain/strategies/maker/params.ts'
import { initMaker, type MakerFacts, planQuotes } from '#domain/strategies/maker/quoting.ts'
import type { MakerState } from '#domain/strategies/maker/state.ts'
import { createTransport, type Transport } from '#exchange/client/http.ts'
import { createInfo, type Meta } from '#exchange/client/info.ts'
import { createSigner } from '#exchange/client/keys.ts'
import { orderAction } from '#exchange/client/orders.ts'
import { signL1 } from '#exchange/client/signing.ts'
import { createVenue } from '#exchange/client/venue.ts'
import { createWeightBudget } from '#exchange/client/weight-budget.ts'
import { parseFrame } from '#exchange/wire/parse-frame.ts'
import { createMarketState } from '#streamers/market-state.ts'
import type { BenchmarkOptions, Metrics } from './benchmark.ts'
import { type OrderSink, startOrderSink } from './support/order-sink.ts'

/** As many coins as a busy host makes markets in; frames come for one after the other. */
const COINS = Array.from({ length: 20 }, (_, at) => `COIN${at}`)
const META: Meta = new Map([
  ...COINS.map(
    (coin, asset) => [coin, { coin, asset, sizeDecimals: 4, maxLeverage: 25, delisted: false }] as const,
  ),
])
const PARAMS = coinParams(
  SpreadParams.parse({
    ...{ strategy: 'spread', min_spread_guard_enabled: false, dynamic_min_spread_enabled: false },
    ...{ size_notional_usd: 250, max_per_coin_notional: 10_000 },
  }),
  '',
)
const LIMITS = SessionLimits.parse({ order_usd_max: 1_000, position_usd_max: 10_000 })
const WARM_UP = 500
const signer = createSigner('07'.repeat(32), 'benchmark')

export async function run({ quick, seed, say }: BenchmarkOptions): Promise<Metrics> {
  const sink = await startOrderSink()
  const folder = mkdtempSync(join(tmpdir(), 'tick-to-order-'))
  const intents = openSync(join(folder, 'intents.jsonl'), 'a')
  try {
    const desk = openDesk(sink, intents)
    const frames = bboFrames(seed, WARM_UP + (quick ? 500 : 5_000))
    const samples: Sample[] = []
    for (const frame of frames) samples.push(await desk.tick(frame))
    desk.close()
    const measured = samples.slice(WARM_UP)
    say(`${measured.length} ticks, ${measured.length * 2} orders`)
    const signing = measureSigning(quick ? 500 : 5_000)
    const arrived = measured.map(({ arrivedMs }) => arrivedMs)
    const p50 = percentile(arrived, 50)
    return {
      p50_ms: p50,
      p99_ms: percentile(arrived, 99),
      signing_p50_ms: signing,
      ratio: p50 / signing,
      decided_p50_ms: percentile(
        measured.map(({ decidedMs }) => decidedMs),
        50,
      ),
      answered_p50_ms: percentile(
        measured.map(({ answeredMs }) => answeredMs),
        50,
      ),
    }
  } finally {
    closeSync(intents)
    rmSync(folder, { recursive: true, force: true })
    await sink.close()
  }
}

/** Milliseconds from the frame on. */
interface Sample {
  decidedMs: number
  arrivedMs: number
  answeredMs: number
}

interface Desk {
  tick(frame: string): Promise<Sample>
  close(): void
}

function openDesk(sink: OrderSink, intentsFile: number): Desk {
  const transport = createTransport(sink.url)
  let receivedNs = 0n
  const watched: Transport = {
    ...transport,
    post: async (...call) => {
      const answer = await transport.post(...call)
      receivedNs = BigInt((JSON.parse(answer.text) as { received_ns: string }).received_ns)
      return answer
    },
  }
  const venue = openVenue(watched)
  const market = createMarketState({ clock: systemClock })
  market.setCoins([...META.values()])
  const states = new Map<string, MakerState>()
  let seq = 0
  let turn = 0
  return {
    close: () => transport.close(),
    async tick(frame) {
      const began = process.hrtime.bigint()
      const since = (at: bigint): number => Number(at - began) / 1e6
      const parsed = parseFrame(frame, systemClock.now())
      if (parsed.kind === 'market') for (const event of parsed.events) market.apply(event)
      const coin = COINS[turn++ % COINS.length] ?? ''
      const orders = decide(market, coin, states, () => seq++)
      const decided = process.hrtime.bigint()
      // In one piece, as the spool appends the rows of one turn.
      writeSync(intentsFile, orders.map((order) => `${JSON.stringify(order)}\n`).join(''))
      const expiresAfter = systemClock.now() + TIMING.orderTtlMs
      const answers = await venue.placeOrders(orders, { expiresAfter, stillAllowed: () => null })
      if (orders.length !== 2 || answers.some(({ status }) => status !== 'resting')) {
        throw new TypeError(`a quote did not rest: ${JSON.stringify(answers)}`)
      }
      const answered = process.hrtime.bigint()
      return { decidedMs: since(decided), arrivedMs: since(receivedNs), answeredMs: since(answered) }
    },
  }
}

/** The venue counts requests per minute; a benchmark does not wait for that. */
function openVenue(transport: Transport): Venue {
  const budget = createWeightBudget(systemClock, Number.MAX_SAFE_INTEGER)
  const info = createInfo({ transport, budget, clock: systemClock })
  return createVenue({
    ...{ account: 'bench', address: signer.address, signer, network: 'paper', meta: META },
    ...{ info, transport, budget, clock: systemClock },
  })
}

function decide(
  market: ReturnType<typeof createMarketState>,
  coin: string,
  states: Map<string, MakerState>,
  nextSeq: () => number,
): OrderIntent[] {
  const facts: MakerFacts = {
    coin,
    ts: systemClock.now(),
    ...othersTouch(market.bbo(coin), market.book(coin), []),
    ageMs: market.ageMs(coin),
    markE8: null,
    positionE8: 0n,
    sizeDecimals: market.sizeDecimals(coin),
    accountStreamUp: true,
    closeOnly: false,
    fills: [],
    fees: { makerBps: 1.5, takerBps: 4.5 },
    portfolio: { otherGrossUsd: 0, maxGrossUsd: 1e9, marginUsdMax: null },
    mode: null,
    blocked: null,
    mayImprove: true,
  }
  const { state, plan } = planQuotes(states.get(coin) ?? initMaker(), facts, PARAMS, LIMITS)
  states.set(coin, state)
  const exposure = { positionE8: 0n, opening: [], openOrders: 0, markE8: null }
  return (['buy', 'sell'] as const).flatMap((side, leg) => {
    const [quote] = side === 'buy' ? plan.bids : plan.asks
    if (quote === undefined) return []
    const order: OrderIntent = {
      cloid: buildCloid({ tag: 1, run: 1, epoch: 1, seq: nextSeq(), leg }),
      coin,
      side,
      px: formatFixed(quote.pxE8),
      sz: formatFixed(quote.szE8),
      tif: 'alo',
      reduce_only: quote.reduceOnly,
      purpose: 'quote',
    }
    return riskGate(order, exposure, LIMITS, { closeOnly: false }) === null ? [order] : []
  })
}

function measureSigning(rounds: number): number {
  const order: OrderIntent = {
    ...{ cloid: buildCloid({ tag: 1, run: 1, epoch: 1, seq: 1, leg: 0 }), coin: COINS[0] ?? '', side: 'buy' },
    ...{ px: '4400.5', sz: '0.0568', tif: 'alo', reduce_only: false, purpose: 'quote' },
  }
  const action = orderAction([order, { ...order, side: 'sell' }], () => 1)
  const took: number[] = []
  for (let round = 0; round < rounds + WARM_UP; round++) {
    const began = performance.now()
    signL1(signer, 'paper', action, { nonce: round, expiresAfter: round })
    took.push(performance.now() - began)
  }
  return percentile(took.slice(WARM_UP), 50)
}

/** A seeded walk of the touch, as the venue sends it. */
function bboFrames(seed: number, count: number): string[] {
  let state = seed >>> 0
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  let bid = 4_400
  return Array.from({ length: count }, (_, at) => {
    bid += Math.round((next() - 0.5) * 10) / 10
    const level = (px: number) => ({ px: px.toFixed(1), sz: (1 + next()).toFixed(4), n: 3 })
    const bbo = [level(bid), level(bid + 0.1)]
    return JSON.stringify({
      channel: 'bbo',
      data: { coin: COINS[at % COINS.length], time: 1_763_000_000_000 + at * 100, bbo },
    })
  })
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN
}
