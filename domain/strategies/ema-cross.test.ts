/** EMA cross: silent until it knows enough, in with the trend, out when it turns, and a stop that only tightens. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mulE8, parseFixed, toNumber } from '#domain/fixed-point.ts'
import { isValidPrice } from '#domain/market/instrument.ts'
import type { ClosedCandle } from '#domain/session/types.ts'
import { emaCross } from './ema-cross.ts'
import { EmaCrossParams } from './ema-cross-params.ts'
import { stepCoin } from './step.ts'
import type { CandleStep, Standing } from './strategy.ts'

const params = EmaCrossParams.parse({
  strategy: 'ema_cross',
  fast_bars: 2,
  slow_bars: 4,
  atr_bars: 3,
  stop_atr: 2,
  order_usd: 1_000,
  slippage_bps_max: 20,
  cooldown_bars: 2,
})
type Step = CandleStep<ReturnType<typeof emaCross.init>>

const candleOf = (close: number, at = 0): ClosedCandle => ({
  coin: 'BTC',
  interval: '1m',
  openTs: at * 60_000,
  open: close,
  high: close + 1,
  low: close - 1,
  close,
  volume: 1,
})
const standingOf = (standing: Partial<Standing> = {}): Standing => ({
  positionSz: '0',
  entryPx: '0',
  bid: '99.9',
  ask: '100.1',
  sizeDecimals: 3,
  ...standing,
})

/** Steps over closes from a state; `standing` is the same for all. @returns every step */
function steps(
  closes: readonly number[],
  standing = standingOf(),
  from = emaCross.init(params),
  with_ = params,
): Step[] {
  let state = structuredClone(from) // handed over: the caller keeps its own
  return closes.map((close, at) => {
    const step = stepCoin(emaCross, state, { candle: candleOf(close, at), standing }, with_)
    state = step.state
    return { ...step, state: structuredClone(step.state) }
  })
}
const lastOf = (all: readonly Step[]): Step => {
  const last = all.at(-1)
  if (!last) throw new RangeError('no step')
  return last
}
const RISING = [100, 101, 102, 103]
const FALLING = [103, 102, 101, 100]
const LONG = standingOf({ positionSz: '5' })
const SHORT = standingOf({ positionSz: '-5' })

describe('warm-up', () => {
  test.each([
    { slow_bars: 4, atr_bars: 3, bars: 4 },
    { slow_bars: 4, atr_bars: 5, bars: 6 }, // the first true range needs a candle before it
  ])('with $slow_bars slow and $atr_bars ATR bars, candle $bars is the first to be decided on', (given) => {
    const wider = { ...params, slow_bars: given.slow_bars, atr_bars: given.atr_bars }
    const closes = Array.from({ length: given.bars }, (_, at) => 100 + at)
    const reasons = steps(closes, standingOf(), emaCross.init(params), wider).map(
      ({ verdict }) => verdict.reason,
    )
    expect(reasons.slice(0, -1).every((reason) => reason === 'WARMING_UP')).toBe(true)
    expect(reasons.at(-1)).toBe('EMA_UP')
  })

  test('while it warms up it sends nothing and sets no stop', () => {
    for (const step of steps(RISING.slice(0, 3))) expect([step.orders, step.stopPx]).toEqual([[], null])
  })

  test('it asks for twice the window', () => {
    expect(emaCross.warmUpBars(params)).toBe(8)
  })
})

describe('entry', () => {
  test.each([
    { closes: RISING, side: 'buy', reason: 'EMA_UP', px: '100.3' }, // 100.1 + 20 bps, not above it
    { closes: FALLING, side: 'sell', reason: 'EMA_DOWN', px: '99.701' }, // 99.9 − 20 bps, not below it
  ] as const)('$reason: $side at most at $px, as one IOC order', ({ closes, side, reason, px }) => {
    const { orders, verdict } = lastOf(steps(closes))
    expect(verdict).toMatchObject({ kind: 'enter', reason, gate: '' })
    expect(orders).toMatchObject([{ side, px, tif: 'ioc', reduce_only: false, purpose: 'entry', leg: 0 }])
  })

  test('the notional at the limit price is at most what was asked for', () => {
    const [order] = lastOf(steps(RISING)).orders
    const usd = toNumber(mulE8(parseFixed(order?.px ?? '0'), parseFixed(order?.sz ?? '0')))
    expect([usd <= 1_000, usd > 999]).toEqual([true, true])
  })

  test('the stop is decided with the entry, on the losing side', () => {
    expect(Number(lastOf(steps(RISING)).stopPx)).toBeLessThan(103)
    expect(Number(lastOf(steps(FALLING)).stopPx)).toBeGreaterThan(100)
  })

  test('flat averages give no trend and no entry', () => {
    expect(lastOf(steps([100, 100, 100, 100])).verdict).toMatchObject({ kind: 'hold', gate: 'NO_TREND' })
  })

  test.each([
    { what: 'an empty ask', closes: RISING, standing: { ask: null }, gate: 'NO_TOUCH' },
    { what: 'an empty bid', closes: FALLING, standing: { bid: null }, gate: 'NO_TOUCH' },
    { what: 'an empty other side', closes: RISING, standing: { bid: null }, gate: '' },
  ])('with $what the gate is "$gate"', ({ closes, standing, gate }) => {
    expect(lastOf(steps(closes, standingOf(standing))).verdict.gate).toBe(gate)
  })

  test.each([
    { order_usd: 10.5, gate: '' },
    { order_usd: 9.99, gate: 'MIN_NOTIONAL' },
  ])('an entry of $order_usd USD meets the gate "$gate"', ({ order_usd, gate }) => {
    const small = { ...params, order_usd }
    expect(lastOf(steps(RISING, standingOf(), emaCross.init(params), small)).verdict.gate).toBe(gate)
  })
})

describe('holding', () => {
  const held = lastOf(steps(RISING, LONG)).state

  test.each([
    { closes: [...RISING, 90], standing: LONG, side: 'sell', reason: 'EMA_CROSS_DOWN' },
    { closes: [...FALLING, 113], standing: SHORT, side: 'buy', reason: 'EMA_CROSS_UP' },
  ])('when the averages turn, the whole position goes: $reason', ({ closes, standing, side, reason }) => {
    const { orders, verdict } = lastOf(steps(closes, standing))
    expect(verdict).toMatchObject({ kind: 'exit', reason, gate: '' })
    expect(orders).toMatchObject([{ side, sz: '5', reduce_only: true, tif: 'ioc', purpose: 'exit', leg: 1 }])
  })

  test('an exit that did not fill is tried again at the next candle', () => {
    const exits = steps([90, 89], LONG, held).map(({ verdict }) => verdict.kind)
    expect(exits).toEqual(['exit', 'exit'])
  })

  test('without a touch the exit waits, and its stop stays', () => {
    const { orders, stopPx, verdict } = lastOf(steps([90], { ...LONG, bid: null }, held))
    expect([orders, verdict.gate, stopPx]).toEqual([[], 'NO_TOUCH', String(held.stopPx)])
  })

  test('with the trend it holds, and a better close moves the stop up', () => {
    const [same, better] = [lastOf(steps([103], LONG, held)), lastOf(steps([110], LONG, held))]
    expect(same.orders).toEqual([])
    expect(better.verdict).toMatchObject({ kind: 'move_stop', reason: 'STOP_TIGHTENED' })
    expect(Number(better.stopPx)).toBeGreaterThan(Number(held.stopPx))
  })

  test('a position that changed sides gets a stop of its own side', () => {
    const { stopPx } = lastOf(steps([103], SHORT, held))
    expect(Number(stopPx)).toBeGreaterThan(103)
  })
})

const anyCloses = fc.array(
  fc.integer({ min: 5_000, max: 20_000 }).map((cents) => cents / 100),
  { minLength: 5, maxLength: 60 },
)

test.each([
  { side: 'long', standing: LONG, sign: 1 },
  { side: 'short', standing: SHORT, sign: -1 },
])('while $side is held its stop is on the tick and only moves in its favour', ({ standing, sign }) => {
  fc.assert(
    fc.property(anyCloses, (closes) => {
      let before: string | null = null
      for (const { stopPx } of steps(closes, standing)) {
        if (before !== null) expect(stopPx).not.toBeNull()
        if (stopPx === null) continue
        expect(isValidPrice(parseFixed(stopPx), 3)).toBe(true)
        if (before !== null) expect(sign * (Number(stopPx) - Number(before))).toBeGreaterThanOrEqual(0)
        before = stopPx
      }
    }),
  )
})

describe('after a position', () => {
  const held = lastOf(steps(RISING, LONG)).state
  const flatReasons = (closes: readonly number[], from = held, with_ = params): string[] =>
    steps(closes, standingOf(), from, with_).map(({ verdict }) => verdict.reason)

  test('that the stop closed, it says so, cools down as many candles as asked, and enters again', () => {
    expect(flatReasons([104, 105, 106])).toEqual(['STOPPED_OUT', 'COOLING_DOWN', 'EMA_UP'])
  })

  test('that its own exit closed, it says so and cools down alike', () => {
    const exiting = lastOf(steps([90], LONG, held)).state
    expect(flatReasons([89, 88, 87], exiting)).toEqual(['EXITED', 'COOLING_DOWN', 'EMA_DOWN'])
  })

  test('without a cooldown it may enter at once', () => {
    expect(flatReasons([104], held, { ...params, cooldown_bars: 0 })).toEqual(['EMA_UP'])
  })

  test('no stop is left', () => {
    expect(lastOf(steps([104], standingOf(), held)).stopPx).toBeNull()
  })
})

test('the same candles give the same decisions, and a state that went through JSON goes on alike', () => {
  fc.assert(
    fc.property(anyCloses, fc.nat(4), (closes, cut) => {
      const whole = steps(closes)
      const before = lastOf(steps(closes.slice(0, cut + 1))).state
      const after = steps(closes.slice(cut + 1), standingOf(), JSON.parse(JSON.stringify(before)))
      const plain = (all: readonly Step[]) =>
        all.map(({ orders, stopPx, verdict }) => [verdict.reason, orders, stopPx])
      expect(plain(after)).toEqual(plain(whole.slice(cut + 1)))
    }),
  )
})
