/** The two laws of every indicator: bar by bar equals the whole series to 1e-9, and its state survives JSON anywhere. */
import fc from 'fast-check'
import { expect, test } from 'vitest'

export interface Bar {
  high: number
  low: number
  close: number
}

/** A walk in steps of up to 5 %, from a price of a cent up to that of a bitcoin, with stretches that stand still. */
export const anyBars = fc
  .record({
    start: fc.double({ min: 0.01, max: 90_000, noNaN: true }),
    moves: fc.array(
      fc.record({
        change: fc.oneof(fc.constant(0), fc.double({ min: -0.05, max: 0.05, noNaN: true })),
        up: fc.double({ min: 0, max: 0.02, noNaN: true }),
        down: fc.double({ min: 0, max: 0.02, noNaN: true }),
      }),
      { minLength: 1, maxLength: 150 },
    ),
  })
  .map(({ start, moves }): Bar[] => {
    let close = start
    return moves.map(({ change, up, down }) => {
      const open = close
      close = open * (1 + change)
      return {
        close,
        high: Math.max(open, close) * (1 + up),
        low: Math.min(open, close) * (1 - down),
      }
    })
  })
export const anyWindow = fc.integer({ min: 2, max: 30 })

interface Indicator<State> {
  init(window: number): State
  push(state: State, bar: Bar, window: number): number
  batch(bars: Bar[], window: number): ArrayLike<number>
}

export const closesOf = (bars: readonly Bar[]): number[] => bars.map(({ close }) => close)
export const columnsOf = (bars: readonly Bar[]) => ({
  high: bars.map(({ high }) => high),
  low: bars.map(({ low }) => low),
  close: closesOf(bars),
})

/** Equal within 1e-9 of the numbers that went in. */
function expectEqual(stepped: readonly number[], batch: ArrayLike<number>, scale: number): void {
  expect(stepped).toHaveLength(batch.length)
  for (const [at, value] of stepped.entries()) {
    const other = batch[at] as number
    if (Number.isNaN(value) || Number.isNaN(other)) expect(value).toBe(other)
    else expect(Math.abs(value - other)).toBeLessThanOrEqual(1e-9 * Math.max(1, scale))
  }
}

/** Declares the tests of both laws. */
export function testLaws<State>({ init, push, batch }: Indicator<State>): void {
  test('bar by bar equals the whole series', () => {
    fc.assert(
      fc.property(anyBars, anyWindow, (bars, window) => {
        const state = init(window)
        const stepped = bars.map((bar) => push(state, bar, window))
        expectEqual(stepped, batch(bars, window), Math.max(...closesOf(bars)))
      }),
    )
  })

  test('a state that went through JSON goes on alike', () => {
    fc.assert(
      fc.property(anyBars, anyWindow, fc.nat(150), (bars, window, cut) => {
        const whole = init(window)
        let halves = init(window)
        for (const [at, bar] of bars.entries()) {
          if (at === cut) halves = JSON.parse(JSON.stringify(halves))
          expect(push(halves, bar, window)).toBe(push(whole, bar, window))
        }
      }),
      { numRuns: 30 },
    )
  })
}
