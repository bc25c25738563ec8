/** The way through a bar is the backtest's adaptive one, passes every trigger that waits on it, and its trades fold to the bar again. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { askAt, bidAt, reached } from '#domain/backtest/market-model.ts'
import { BacktestOptions } from '#domain/backtest/options.ts'
import { HOUR_MS } from '#domain/time.ts'
import { parseUnits } from '#exchange/paper/engine/units.ts'
import { createCandleStore } from '#exchange/paper/market/candles.ts'
import { coinSpec } from '#exchange/paper/market/known-coins.ts'
import { type Bar, closeEvents, passingEvents, pointsOf } from '#exchange/paper/sources/candle-bars.ts'

const coin = { spec: coinSpec('BTC', 0), lengthMs: HOUR_MS, spreadBps: 1 }
const openTs = Date.UTC(2025, 0, 1)
const aBar = fc
  .tuple(fc.array(fc.integer({ min: 500_000, max: 510_000 }), { minLength: 4, maxLength: 4 }), fc.nat(10_000))
  .map(([prices, lots]): Bar => {
    const [open, close] = prices as [number, number]
    return { openTs, open, close, high: Math.max(...prices), low: Math.min(...prices), lots: lots + 4 }
  })
const aTrigger = fc.record({
  px: fc.integer({ min: 499_000, max: 511_000 }),
  isBuy: fc.boolean(),
  above: fc.boolean(),
})
let tid = 0

describe('a bar that passes', () => {
  test('goes to its nearer end first', () => {
    const bar = { openTs, open: 100, high: 110, low: 95, close: 108, lots: 8 }
    expect(pointsOf(bar, []).map(({ px }) => px)).toEqual([100, 95, 110, 108])
    expect(pointsOf({ ...bar, low: 80 }, []).map(({ px }) => px)).toEqual([100, 110, 80, 108])
  })

  test('passes each trigger on its way once in each direction, in the order of a continuous market', () => {
    const bar = { openTs, open: 100, high: 110, low: 95, close: 108, lots: 8 }
    const at = (px: number) => ({ px, isBuy: false, above: false })
    expect(pointsOf(bar, [at(97), at(98), at(105), at(90)]).map(({ px }) => px)).toEqual([
      100, 98, 97, 95, 97, 98, 105, 110, 108,
    ])
  })

  test('reaches the same of a stop and a target first as the backtest does', () => {
    fc.assert(
      fc.property(aBar, fc.boolean(), fc.nat(6_000), fc.nat(6_000), (bar, isLong, below, above) => {
        const [low, high] = [bar.open - below - 1, bar.open + above + 1]
        const [stop, target] = isLong ? [low, high] : [high, low]
        const waiting = [low, high].map((px) => ({ px, isBuy: !isLong, above: px === high }))
        const first = pointsOf(bar, waiting).find(({ px }) => px <= low || px >= high)
        const hit = !first ? 'none' : first.px <= low === isLong ? 'stop' : 'target'
        expect(hit).toBe(reached(isLong ? 1 : -1, stop, target, bar, 'adaptive'))
      }),
    )
  })

  test('tells trades that fold to the bar, at moments of their own within it', () => {
    fc.assert(
      fc.property(aBar, fc.array(aTrigger, { maxLength: 3 }), (bar, waiting) => {
        const store = createCandleStore()
        const events = passingEvents(coin, bar, waiting, () => ++tid)
        for (const event of events) {
          if (event.kind !== 'trades') continue
          for (const { px, sz, time } of event.trades)
            store.add({ ts: time, px: parseUnits(px, 1) ?? 0, sz: parseUnits(sz, 5) ?? 0 })
        }
        const { open, high, low, close, lots } = bar
        expect(store.last('1h')).toMatchObject({ openTs, open, high, low, close, volume: lots })
        const times = events.flatMap((event) => (event.kind === 'bbo' ? [event.ts] : []))
        expect(times).toEqual([...new Set(times)].sort((a, b) => a - b))
        expect([(times[0] ?? 0) > openTs, (times.at(-1) ?? 0) < openTs + HOUR_MS]).toEqual([true, true])
      }),
    )
  })

  test.each([
    { isBuy: false, above: false, px: 97, bid: '9.7', ask: '9.8' },
    { isBuy: true, above: false, px: 97, bid: '9.6', ask: '9.7' },
  ])('a trigger that fires finds its own price: %o', ({ isBuy, above, px, bid, ask }) => {
    const bar = { openTs, open: 100, high: 101, low: 97, close: 101, lots: 8 }
    const events = passingEvents(coin, bar, [{ px, isBuy, above }], () => ++tid)
    const at = events.find(
      (event) => event.kind === 'bbo' && (event.bid?.px === '9.7' || event.ask?.px === '9.7'),
    )
    expect(at).toMatchObject({ bid: { px: bid }, ask: { px: ask } })
  })
})

test('the touch at a close is the one that the backtest fills at', () => {
  const options = BacktestOptions.parse({ spread_bps: 1 })
  fc.assert(
    fc.property(aBar, (bar) => {
      const bbo = closeEvents(coin, bar).find(({ kind }) => kind === 'bbo')
      const px = bar.close / 10
      expect(bbo).toMatchObject({ ts: openTs + HOUR_MS })
      if (bbo?.kind !== 'bbo') return
      expect([Number(bbo.bid?.px), Number(bbo.ask?.px)]).toEqual([
        bidAt(px, options, 5),
        askAt(px, options, 5),
      ])
    }),
  )
})
