/** Worked examples 9 and 12 of the market maker's specification (004 §19): the request budget, and the paper run on the paper exchange's own engine. */
// Ours differ on purpose: the bucket keeps a reserve and counts a sliding minute, and a book that only reaches a quote's price does not fill it.
import { describe, expect, test } from 'vitest'
import { SessionInput } from '#domain/session/input.ts'
import { actionWeight, createWeightBudget, LIMITS } from '#exchange/client/weight-budget.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import { parseLatency } from '#exchange/paper/latency.ts'
import { coinSpec } from '#exchange/paper/market/known-coins.ts'
import { Ledger } from '#exchange/paper/simulate/ledger.ts'
import { MakerDesk, type MakerSession } from '#exchange/paper/simulate/maker-desk.ts'
import { OrderWay } from '#exchange/paper/simulate/order-way.ts'
import { TapeBuilder } from '#exchange/paper/simulate/tape.ts'
import { TapePlayer } from '#exchange/paper/simulate/tape-player.ts'
import { Timers } from '#exchange/paper/simulate/timers.ts'
import { createRandom } from '#exchange/paper/sources/random.ts'
import { BARE } from '#tests/support/maker-facts.ts'
import { budgetTier } from './budget.ts'

describe('9: a bucket of which orders may take 800 a minute', () => {
  const bucket = () => {
    const at = { ms: 0 }
    const clock = { monotonicMs: () => at.ms, sleep: async () => {} }
    return { at, budget: createWeightBudget(clock, 800 + LIMITS.cancelReserve) }
  }
  const order = (budget: ReturnType<typeof bucket>['budget'], weight: number): boolean =>
    budget.tryTake(weight, 'order')

  test('790 go and leave 10, 20 more do not; cancels go on', () => {
    const { budget } = bucket()
    expect(order(budget, 790)).toBe(true)
    expect(budget.left() - LIMITS.cancelReserve).toBe(10)
    expect(order(budget, 20)).toBe(false)
    expect(budget.tryTake(20, 'cancel')).toBe(true)
  })

  test('a second later the original has 23.3333 and lets 20 pass, 3.3333 left and 4 refused: 810 in a second; ours keeps to the 10 that the minute has left', () => {
    const { at, budget } = bucket()
    order(budget, 790)
    at.ms = 1_000
    expect(10 + 800 / 60 - 20).toBeCloseTo(3.3333, 4)
    expect(order(budget, 20)).toBe(false)
    expect([order(budget, 10), order(budget, 4)]).toEqual([true, false])
    // The first 790 leave the sliding minute, one second kept for the way there.
    at.ms = 61_999
    expect(order(budget, 20)).toBe(false)
    at.ms = 62_000
    expect(order(budget, 20)).toBe(true)
  })

  test.each([
    [41, 2],
    [119, 3],
    [120, 4],
  ])('a batch of %i orders weighs %i', (items, weight) => {
    expect(actionWeight(items)).toBe(weight)
  })

  const left = (weightLeft: number) => ({ weightLeft, weightMax: 800, wsLeft: null, actionsLeft: null })

  test('600 of 800 read 0 % in the original; ours reads 25 % used, which slows nothing', () => {
    expect(1 - left(600).weightLeft / left(600).weightMax).toBe(0.25)
    expect(budgetTier(left(600))).toMatchObject({ name: 'free', mayQuote: true, moveFactor: 1 })
  })

  test('2.0 of 800 read 85 % in the original, which skips the whole pass, exits too; ours reads 99.75 % used and lets exits alone go on', () => {
    expect(1 - left(2).weightLeft / left(2).weightMax).toBeCloseTo(0.9975, 9)
    expect(budgetTier(left(2))).toMatchObject({ name: 'exits', mayQuote: false })
  })
})

/** Hundredths of a dollar, and lots of a thousandth. */
type Step = { atMs: number; bid: number; ask: number; trade?: { px: number; sz: number; isBuy: boolean } }

const SPEC = coinSpec('HYPE', 0, 3)
const START = Date.UTC(2026, 0, 1)
const [TICKS, LOTS] = [10 ** SPEC.pxDecimals, 10 ** SPEC.szDecimals]

function paperRun(steps: readonly Step[]): string[] {
  const builder = new TapeBuilder([SPEC])
  for (const { atMs, bid, ask, trade } of steps) {
    const level = (px: number) => ({ px: Math.round(px * TICKS), sz: 100 * LOTS })
    const one = trade && { px: Math.round(trade.px * TICKS), sz: trade.sz * LOTS, isBuy: trade.isBuy }
    if (one) builder.trade(START + atMs, 0, one)
    else builder.book(START + atMs, 0, [level(bid)], [level(ask)])
  }
  const tape = builder.finish('example 12')
  const player = new TapePlayer(tape, 1)
  const { engine } = player
  const account = engine.deposit(START, `0x${'51'.repeat(20)}`, 10_000e6)
  const timers = new Timers()
  const ledger = new Ledger(engine.state, account, new Timers())
  const settle = (): void => {
    for (const record of engine.drain()) if (record.kind === 'fill') desk.filled(record.fill)
  }
  const deps = { engine, account, timers, ledger, latency: parseLatency('0') }
  const way = new OrderWay({ ...deps, random: createRandom(1), settle })
  const session = SessionInput.parse({
    ...{ engine: 'maker', session_key: 'paper', account: 'test', coins: ['HYPE'] },
    params: {
      ...{ strategy: 'spread', ...BARE, max_per_coin_notional: 1_000, max_gross_notional: 1_000 },
      ...{ px_decimals_override: 2, move_threshold_ticks: 3, min_replace_ms: 0, max_order_age_ms: 1_000 },
    },
    limits: { order_usd_max: 1_000, position_usd_max: 1_000 },
  }) as MakerSession & SessionInput
  const lastTs = (asset: number): number => player.lastTs(asset)
  const desk = new MakerDesk(session, { engine, account, ledger, way, lastTs, everyPass: true })
  return steps.map(({ atMs }, index) => {
    player.play(index)
    settle()
    const before = standing(account)
    desk.pass(START + atMs)
    return `${before} → ${resting(account)}`
  })
}

const resting = (account: Account): string =>
  [...account.open.values()]
    .sort((a, b) => Number(b.isBuy) - Number(a.isBuy))
    .map(({ isBuy, px, sz }) => `${isBuy ? 'B' : 'A'} ${sz / LOTS}@${px / TICKS}`)
    .join(' ')

const standing = (account: Account): string =>
  `${(account.coins[0]?.szi ?? 0) / LOTS} realised ${account.realised / 1e6} fees ${account.fees / 1e6}`

const UNTIL = [
  { atMs: 0, bid: 50.03, ask: 50.11 },
  { atMs: 300, bid: 49.97, ask: 50.03 },
  { atMs: 600, bid: 49.97, ask: 50.05 },
]
const BEGINS = [
  '0 realised 0 fees 0 → B 0.999@50.04 A 0.999@50.1',
  // The ask of 50.03 takes the bid at 50.04: 0.999 × 50.04 × 1.5 bps, in whole micro-dollars.
  '0.999 realised 0 fees 0.007498 → B 1@49.98 A 1@50.02',
  '0.999 realised 0 fees 0.007498 → B 1@49.98 A 1@50.02',
]
/** −0.001 held, −0.01998 realised, 0.015001494 of fees in the original; ours are whole micro-dollars, cut off fill by fill. */
const SOLD = '-0.001 realised -0.01998 fees 0.015001'

describe('12: the paper run on the engine of the paper exchange, 50 USD, fees 1.5 bps, no latency', () => {
  test('B 0.999@50.04 and A 0.999@50.1, then the purchase, then B 1@49.98 and A 1@50.02, then two ticks change nothing', () => {
    expect(paperRun(UNTIL)).toEqual(BEGINS)
  })

  test('the original sells at 50.02 once the bid is 50.02; ours waits for more than a book that meets its price, and moves its ask', () => {
    const run = paperRun([...UNTIL, { atMs: 900, bid: 50.02, ask: 50.09 }])
    expect(run.at(-1)).toBe('0.999 realised 0 fees 0.007498 → B 0.999@50.03 A 0.999@50.08')
  })

  test('a bid beyond it sells 1.0 at 50.02, with the original’s position, result and fees', () => {
    const run = paperRun([...UNTIL, { atMs: 900, bid: 50.03, ask: 50.09 }])
    expect(run.at(-1)?.startsWith(SOLD)).toBe(true)
    expect(0.999 * 50.04 * 1.5e-4 + 50.02 * 1.5e-4).toBeCloseTo(0.015001494, 9)
    expect(0.999 * (50.02 - 50.04)).toBeCloseTo(-0.01998, 9)
  })

  test('and so does a trade at its price that is larger than what lies ahead', () => {
    const trade = { px: 50.02, sz: 1, isBuy: true }
    const run = paperRun([...UNTIL, { atMs: 900, bid: 49.97, ask: 50.05, trade }])
    expect(run.at(-1)?.startsWith(SOLD)).toBe(true)
  })
})
