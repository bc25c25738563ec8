/** Short candles under long averages: long candles are made of short ones, orders go out at their closes alone, one opening a long candle. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { candleOf, inputOf } from '#tests/support/mei.ts'
import type { ClosedCandle } from '../session/types.ts'
import { candleOpen, HOUR_MS, nextCandleOpen } from '../time.ts'
import {
  type Cadence,
  cadenceFault,
  driveInterval,
  drivesPerBar,
  endsBar,
  isPaced,
  ownState,
  withCadence,
} from './cadence.ts'
import { emaCross } from './ema-cross.ts'
import { EmaCrossParams } from './ema-cross-params.ts'
import type { CandleStrategy, Intention, Move } from './strategy.ts'

const SLOW: Cadence = { interval: '4h', entry_interval: '2h', exit_interval: '1h' }

describe('lengths', () => {
  test.each([
    { cadence: { interval: '1h' }, drive: '1h', each: 1 },
    { cadence: { interval: '1h', entry_interval: '1h', exit_interval: '1h' }, drive: '1h', each: 1 },
    { cadence: { interval: '1h', entry_interval: '3m' }, drive: '3m', each: 20 },
    { cadence: { interval: '1h', exit_interval: '15m' }, drive: '15m', each: 4 },
    { cadence: SLOW, drive: '1h', each: 4 },
  ] as { cadence: Cadence; drive: string; each: number }[])(
    '$cadence is driven by $drive',
    ({ cadence, drive, each }) => {
      expect([driveInterval(cadence), drivesPerBar(cadence), isPaced(cadence)]).toEqual([
        drive,
        each,
        each > 1,
      ])
      expect(cadenceFault(cadence)).toBeNull()
    },
  )

  test.each([
    { cadence: { interval: '1h', entry_interval: '2h' }, path: 'entry_interval' }, // longer
    { cadence: { interval: '12h', exit_interval: '8h' }, path: 'exit_interval' }, // does not divide
    { cadence: { interval: '1h', entry_interval: '3m', exit_interval: '5m' }, path: 'exit_interval' }, // nor each other
  ] as { cadence: Cadence; path: string }[])('$cadence is refused at $path', ({ cadence, path }) => {
    expect(cadenceFault(cadence)?.path).toEqual([path])
  })

  test('of equal lengths the strategy is itself, so that nothing changes', () => {
    const params = EmaCrossParams.parse({ strategy: 'ema_cross', entry_interval: '1m', exit_interval: '1m' })
    expect(withCadence(emaCross, params)).toBe(emaCross)
    expect(withCadence(emaCross, { ...params, exit_interval: undefined, interval: '1h' })).not.toBe(emaCross)
  })
})

interface Probe {
  bars: ClosedCandle[]
}
/** Remembers the candles it sees and answers what it is told to. */
const probe = (intentions: readonly Intention[]): CandleStrategy<Cadence, Probe> => ({
  name: 'probe',
  schema: null as never,
  warmUpBars: () => 1,
  init: () => ({ bars: [] }),
  observe: (was, candle) => ({ bars: [...was.bars, candle] }),
  decide: (state) => ({
    ...{ state, kind: intentions.length > 1 ? 'flip' : 'enter', reason: 'R', gate: '', intentions },
    ...{ stopPx: 90, targetPx: 120 },
  }),
})
const ENTRY: Intention = {
  ...{ kind: 'entry', side: 'buy', usd: 100, minUsd: 10, maxUsd: null, bump: false, leverage: null },
  slippageBps: 10,
}
const EXIT: Intention = { kind: 'exit', slippageBps: 10 }
const hour = (at: number, close = 100 + at): ClosedCandle =>
  candleOf({ openTs: at * HOUR_MS, open: close - 1, high: close + 2, low: close - 3, close, volume: at })
const seen = (state: unknown): ClosedCandle[] => (ownState(state) as Probe).bars

describe('candles', () => {
  const strategy = withCadence(probe([]), SLOW)
  const barsOf = (candles: readonly ClosedCandle[]): ClosedCandle[] =>
    seen(candles.reduce((state, candle) => strategy.observe(state, candle, SLOW), strategy.init(SLOW)))

  test('four hours make one of four hours, at the last one’s close and not before', () => {
    expect(barsOf([0, 1, 2].map((at) => hour(at)))).toEqual([])
    expect(barsOf([0, 1, 2, 3].map((at) => hour(at)))).toEqual([
      { ...hour(0), interval: '4h', open: 99, high: 105, low: 97, close: 103, volume: 6 },
    ])
  })

  test('what is part of a long candle that was seen whole counts once', () => {
    const long = { ...hour(0), interval: '4h' as const }
    expect(barsOf([long, hour(2), hour(3)])).toEqual([long])
    expect(barsOf([long, hour(3), hour(4), hour(5), hour(6), hour(7)])).toHaveLength(2)
  })

  test('whatever is missing, a long candle is made of all the short ones there are of it', () => {
    const anyHours = fc.uniqueArray(fc.nat(40), { minLength: 1 }).map((hours) => hours.sort((a, b) => a - b))
    fc.assert(
      fc.property(anyHours, (hours) => {
        const candles = hours.map((at) => hour(at, 100 + ((at * 7) % 13)))
        const opens = [...new Set(candles.map(({ openTs }) => candleOpen(openTs, '4h')))]
        const made = barsOf(candles)
        for (const [at, bar] of made.entries()) {
          const parts = candles.filter(({ openTs }) => candleOpen(openTs, '4h') === opens[at])
          expect(bar.openTs).toBe(opens[at])
          expect([bar.open, bar.close]).toEqual([parts[0]?.open, parts.at(-1)?.close])
          expect(bar.high).toBe(Math.max(...parts.map(({ high }) => high)))
          expect(bar.low).toBe(Math.min(...parts.map(({ low }) => low)))
        }
        const isWhole = nextCandleOpen(candles.at(-1)?.openTs ?? 0, '1h') % (4 * HOUR_MS) === 0
        expect(made).toHaveLength(isWhole ? opens.length : opens.length - 1)
      }),
    )
  })

  test('a coin that guides counts at the end of a long candle', () => {
    expect([0, 1, 2, 3, 4].map((at) => endsBar(SLOW, hour(at)))).toEqual([false, false, false, true, false])
    expect(endsBar(SLOW, { ...hour(0), interval: '4h' })).toBe(true)
    expect(endsBar({ interval: '4h' }, hour(0))).toBe(true)
  })
})

describe('what is due', () => {
  /** Decides at the close of each hour. */
  function run(
    intentions: readonly Intention[],
    cadence: Cadence,
    hours: number,
    deaf = -1,
  ): Move<unknown>[] {
    const strategy = withCadence(probe(intentions), cadence)
    let state = strategy.init(cadence)
    return Array.from({ length: hours }, (_, at) => {
      state = strategy.observe(state, hour(at), cadence)
      const move = strategy.decide(
        state,
        inputOf({ nowTs: (at + 1) * HOUR_MS, candle: hour(at), stale: at === deaf }),
        cadence,
      )
      state = move.state
      return move
    })
  }

  test('an entry goes out at closes of its length, once a long candle', () => {
    const moves = run([ENTRY], SLOW, 8)
    expect(moves.map(({ kind, gate }) => (kind === 'enter' ? 'out' : `${kind} ${gate}`))).toEqual([
      ...['hold ENTRY_INTERVAL', 'out', 'hold ENTRY_INTERVAL', 'out'],
      ...['hold ENTRY_INTERVAL', 'hold BAR_USED', 'hold ENTRY_INTERVAL', 'out'],
    ])
    expect(
      moves.filter(({ kind }) => kind === 'hold').every(({ intentions }) => intentions.length === 0),
    ).toBe(true)
  })

  test('an entry that prices too old have stopped does not use its long candle up', () => {
    const gates = run([ENTRY], SLOW, 8, 3).map(({ gate }) => gate)
    expect([gates[3], gates[5]]).toEqual(['', '']) // stopped at the fourth hour by STALE_DATA, out at the sixth
  })

  test('an exit goes out at closes of its length, as often as it is wanted; the stop moves with every one', () => {
    const moves = run([EXIT], { interval: '4h', entry_interval: '1h', exit_interval: '2h' }, 4)
    expect(moves.map(({ gate }) => gate)).toEqual(['EXIT_INTERVAL', '', 'EXIT_INTERVAL', ''])
    expect(moves.map(({ stopPx }) => stopPx)).toEqual([90, 90, 90, 90])
  })

  test('of a turn whose entry has to wait the exit goes alone, without the levels of the other side', () => {
    const [first] = run([EXIT, ENTRY], SLOW, 1)
    expect(first).toMatchObject({
      kind: 'exit',
      gate: 'ENTRY_INTERVAL',
      intentions: [EXIT],
      stopPx: null,
      targetPx: null,
    })
  })

  test('of a turn whose exit has to wait nothing goes', () => {
    const [first] = run([EXIT, ENTRY], { interval: '4h', entry_interval: '1h', exit_interval: '2h' }, 1)
    expect(first).toMatchObject({ kind: 'hold', gate: 'EXIT_INTERVAL', intentions: [], stopPx: null })
  })
})

describe('memory', () => {
  const params = EmaCrossParams.parse({
    ...SLOW,
    strategy: 'ema_cross',
    fast_bars: 2,
    slow_bars: 4,
    atr_bars: 2,
  })
  const strategy = withCadence(emaCross, params)

  test('a state that went through JSON goes on alike', () => {
    fc.assert(
      fc.property(fc.nat(60), (cut) => {
        let halves = strategy.init(params)
        let whole = strategy.init(params)
        for (let at = 0; at < 64; at += 1) {
          if (at === cut) halves = JSON.parse(JSON.stringify(halves))
          const candle = hour(at, 100 + 10 * Math.sin(at / 5))
          const input = inputOf({ candle, nowTs: (at + 1) * HOUR_MS, bid: candle.close, ask: candle.close })
          const [a, b] = [halves, whole].map((state) =>
            strategy.decide(strategy.observe(state, candle, params), input, params),
          ) as [Move<never>, Move<never>]
          expect(a).toEqual(b)
          halves = a.state
          whole = b.state
        }
      }),
      { numRuns: 20 },
    )
  })

  test('what is remembered of a position survives a change to other lengths and back', () => {
    const held = { ...emaCross.init(params), held: 1 as const, stopPx: 95 }
    const paced = strategy.carryOver?.(strategy.init(params), held, params)
    expect(ownState(paced)).toMatchObject({ held: 1, stopPx: 95 })
    const again = strategy.carryOver?.(
      strategy.init(params),
      { ...(paced as object), usedTs: 7 } as never,
      params,
    )
    expect([ownState(again), again]).toMatchObject([{ stopPx: 95 }, { usedTs: 7 }])
  })
})
