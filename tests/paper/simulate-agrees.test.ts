/** The simulated desk shows the very quotes that the live segment shows in the same market: prices, sizes and sides, move by move. */
// Quotes lie far enough that nothing is filled: how orders fill differs on purpose (docs/paper-exchange.md).
import { expect, test } from 'vitest'
import { parseFixed } from '#domain/fixed-point.ts'
import { SessionInput } from '#domain/session/input.ts'
import { runSegment } from '#domain/session/segment.ts'
import { formatUnits, parseUnits } from '#exchange/paper/engine/units.ts'
import { NO_LATENCY } from '#exchange/paper/latency.ts'
import { coinSpec } from '#exchange/paper/market/known-coins.ts'
import type { MakerSession } from '#exchange/paper/simulate/maker-desk.ts'
import { simulate } from '#exchange/paper/simulate/simulate.ts'
import { TapeBuilder } from '#exchange/paper/simulate/tape.ts'
import { createRandom, uniform } from '#exchange/paper/sources/random.ts'
import { COIN, SIZE_DECIMALS } from '#tests/simulation/market.ts'
import { createStage, makerInput, START_TS } from '#tests/support/session-stage.ts'

const MOVES = 40
const EVERY_MS = 3_000
/** How long after a move the quotes are compared: several passes, and before the book counts as stale. */
const LOOK_MS = 2_000
const SPEC = coinSpec(COIN, 0, SIZE_DECIMALS)

/** Touches in cents: the market walks by at most two cents, so that nothing is filled; now and then it is wider. */
function walk(seed: number): { bid: number; ask: number }[] {
  const random = createRandom(seed)
  let mid = 10_000
  return Array.from({ length: MOVES }, () => {
    mid += Math.floor(uniform(random) * 5) - 2
    const half = uniform(random) < 0.3 ? 2 : 1
    return { bid: mid - half, ask: mid + half }
  })
}

const sessionOf = (params: Record<string, unknown>): MakerSession => {
  const limits = { order_usd_max: 1_000, position_usd_max: 5_000 }
  const input = SessionInput.parse({
    ...{ engine: 'maker', session_key: 'test', account: 'test', coins: [COIN], params, limits },
  })
  return input as MakerSession & typeof input
}
const quote = (isBuy: boolean, px: string, sz: string): string =>
  `${isBuy ? 'buy' : 'sell'} ${parseFixed(sz)} at ${parseFixed(px)}`

/** What rests a second after each move, live. */
async function live(session: MakerSession, touches: ReturnType<typeof walk>): Promise<string[][]> {
  const stage = createStage()
  const [first] = touches
  Object.assign(stage.market, first)
  void runSegment(
    makerInput({ coins: [COIN], params: session.params, limits: session.limits, rotate_after_ms: 1e9 }),
    stage.ports,
  )
  const seen: string[][] = []
  for (const { bid, ask } of touches) {
    stage.trade(bid, ask)
    await stage.advance(LOOK_MS)
    seen.push(
      stage.venue
        .open()
        .map(({ intent }) => quote(intent.side === 'buy', intent.px, intent.sz))
        .sort(),
    )
    await stage.advance(EVERY_MS - LOOK_MS)
  }
  return seen
}

function simulated(session: MakerSession, touches: ReturnType<typeof walk>): string[][] {
  const builder = new TapeBuilder([SPEC])
  const level = (cents: number) => [
    { px: parseUnits((cents / 100).toFixed(2), SPEC.pxDecimals) ?? 0, sz: 100 * 10 ** SIZE_DECIMALS },
  ]
  for (const [at, { bid, ask }] of touches.entries())
    builder.book(START_TS + at * EVERY_MS, 0, level(bid), level(ask))
  builder.trade(START_TS + MOVES * EVERY_MS, 0, { px: 1, sz: 1, isBuy: true })
  const seen: string[][] = []
  const look = (
    ts: number,
    account: { open: ReadonlyMap<number, { isBuy: boolean; px: number; sz: number }> },
  ) => {
    if ((ts - START_TS) % EVERY_MS !== LOOK_MS) return
    const open = [...account.open.values()].map(({ isBuy, px, sz }) =>
      quote(isBuy, formatUnits(px, SPEC.pxDecimals), formatUnits(sz, SPEC.szDecimals)),
    )
    seen.push(open.sort())
  }
  simulate(builder.finish('walk'), { session, equityUsd: 10_000, latency: NO_LATENCY, seed: 1, look })
  return seen
}

const OPEN_GATES = { min_spread_guard_enabled: false, dynamic_min_spread_enabled: false }
test.each([
  ['touch', 1, { strategy: 'touch' }],
  ['touch', 2, { strategy: 'touch', half_spread_bps: 4, skew_bps: 0, quote_usd: 400, replace_bps: 1 }],
  ['spread', 1, { strategy: 'spread', ...OPEN_GATES, touch_distance_bps: 8, move_threshold_ticks: 4 }],
  ['spread', 3, { strategy: 'spread', ...OPEN_GATES, touch_distance_bps: 4, improve_touch: false }],
  [
    'spread',
    2,
    { strategy: 'spread', ...OPEN_GATES, levels: 3, level_step_ticks: 20, touch_distance_bps: 3 },
  ],
  ['microprice', 1, { strategy: 'microprice', ...OPEN_GATES, min_half_spread_bps: 6 }],
])('%s, walk %i, %j', async (_name, seed, params) => {
  const session = sessionOf(params)
  const touches = walk(seed)
  const expected = await live(session, touches)
  expect(expected.flat().length).toBeGreaterThan(MOVES)
  expect(simulated(session, touches)).toEqual(expected)
})

/** Price of each quote in cents, lowest first. */
const cents = (quotes: readonly string[]): number[] =>
  quotes.map((text) => Number(text.split(' ').at(-1)) / 1e6).sort((a, b) => a - b)

// The variance is measured between passes, and those of the two desks fall at other moments: a quote near the edge of a tick may round otherwise.
test.each([2, 4, 6])(
  'microprice, walk %i, as wide as volatility makes it: within two cents',
  async (seed) => {
    const wide = { min_half_spread_bps: 4, risk_aversion: 40, horizon_s: 600, vol_half_life_s: 600 }
    const session = sessionOf({ strategy: 'microprice', ...OPEN_GATES, ...wide })
    const touches = walk(seed)
    const expected = (await live(session, touches)).map(cents)
    const got = simulated(session, touches).map(cents)
    expect(got.map(({ length }) => length)).toEqual(expected.map(({ length }) => length))
    const apart = got.flatMap((quotes, at) =>
      quotes.map((px, level) => Math.abs(px - (expected[at]?.[level] as number))),
    )
    expect(Math.max(...apart)).toBeLessThanOrEqual(2)
    const widths = expected.map(([bid = 0, ask = 0]) => ask - bid)
    expect(Math.max(...widths)).toBeGreaterThan(1.4 * (widths[0] as number))
  },
)
