/** A simulated maker replaces its quotes by modifies: at the venue one way after the pass, where the caps bear old and new at once. */
import { expect, test } from 'vitest'
import { parseSessionInput } from '#domain/session/input.ts'
import { parseLatency } from '#exchange/paper/latency.ts'
import { coinSpec } from '#exchange/paper/market/known-coins.ts'
import type { MakerSession } from '#exchange/paper/simulate/maker-desk.ts'
import { simulate } from '#exchange/paper/simulate/simulate.ts'
import { TapeBuilder } from '#exchange/paper/simulate/tape.ts'

const START = 1_700_000_000_000
const SPEC = coinSpec('BTC', 0)
/** Each way, market milliseconds: a modify is there within a second of the move, a cancel and an order are not. */
const WAY = '600'

const session = (params: object): MakerSession =>
  parseSessionInput({
    ...{ engine: 'maker', session_key: 'test', account: 'test', coins: ['BTC'] },
    params: {
      ...{ strategy: 'spread', min_spread_guard_enabled: false, dynamic_min_spread_enabled: false },
      ...{ touch_distance_bps: 20, size_notional_usd: 1_000, max_gross_notional: 50_000, ...params },
    },
    limits: { order_usd_max: 2_000, position_usd_max: 20_000 },
  }) as MakerSession & ReturnType<typeof parseSessionInput>

/** Prices in ticks of what rests in each second; the market stands for ten seconds, moves up by ten ticks, and stands for ten more. */
function resting(params: object): number[][] {
  const builder = new TapeBuilder([SPEC])
  const levels = (px: number, step: number) =>
    Array.from({ length: 20 }, (_, at) => ({ px: px + at * step, sz: 100_000 }))
  for (let tenth = 0; tenth < 200; tenth++) {
    const mid = tenth < 100 ? 1_000_000 : 1_000_100
    builder.book(START + tenth * 100, 0, levels(mid - 10, -10), levels(mid + 10, 10))
  }
  const seen: number[][] = []
  simulate(builder.finish('step'), {
    ...{ session: session(params), equityUsd: 100_000, latency: parseLatency(WAY), seed: 1 },
    look: (_ts, account) => void seen.push([...account.open.values()].map(({ px }) => px).sort()),
  })
  return seen
}

test('where the caps bear both, the new quotes rest one way after the move; else the old ones go first', () => {
  const swapped = resting({ max_per_coin_notional: 10_000 })
  const plain = resting({ max_per_coin_notional: 1_500 })
  const before = swapped[9] as number[]
  const after = swapped.at(-1) as number[]
  expect(before).toHaveLength(2)
  expect(after.map((px, at) => px - (before[at] as number)).every((moved) => moved > 0)).toBe(true)
  expect([plain[9], plain.at(-1)]).toEqual([before, after])
  const third = (seen: number[][]) => seen.slice(10, 13)
  expect(third(swapped)).toEqual([before, after, after])
  expect(third(plain)).toEqual([before, [], after])
})

test('several levels are modified as far as the cap goes, the rest takes the plain way', () => {
  // Three levels of 1,000 rest a side: a cap of 5,500 bears two more, one of 6,500 all three.
  const missing = (max_per_coin_notional: number): number =>
    6 - (resting({ max_per_coin_notional, levels: 3, level_step_ticks: 50 })[11]?.length ?? 0)
  expect([missing(6_500), missing(5_500), missing(3_500)]).toEqual([0, 2, 6])
})
