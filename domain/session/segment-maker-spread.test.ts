/** The strategy `spread` in a running segment: quotes by level, exits before quotes, budgets, pauses, and what each cycle leaves. */
import { describe, expect, test } from 'vitest'
import { makerStage } from '#tests/support/maker-stage.ts'

test('it joins a market of two ticks on both sides and leaves what lies right alone', async () => {
  const stage = await makerStage()
  expect(stage.shown()).toEqual(['buy 5@99.99', 'sell 5@100.01'])
  await stage.advance(5_000)
  expect(stage.venue.orders).toHaveLength(2)
})

test('a moved market moves the quotes, level by level', async () => {
  const stage = await makerStage({ levels: 2, level_step_ticks: 5 })
  expect(stage.shown()).toEqual(['buy 5@99.94', 'buy 5@99.99', 'sell 5@100.01', 'sell 5@100.06'])
  stage.trade(10_000, 10_002)
  await stage.advance(600)
  expect(stage.shown()).toEqual(['buy 5@100', 'buy 5@99.95', 'sell 5@100.02', 'sell 5@100.07'])
})

test('stale data and a silent account pull the quotes', async () => {
  const stage = await makerStage()
  stage.knobs.ageMs = 3_001
  await stage.advance(600)
  expect(stage.venue.open()).toEqual([])
  expect(stage.decisions.at(-1)).toMatchObject({ gate: 'STALE_MARKET' })
  stage.knobs.ageMs = 0
  await stage.advance(1_500)
  expect(stage.venue.open()).toHaveLength(2)
})

test('the position never grows over the cap of its coin, however often the quotes fill', async () => {
  const stage = await makerStage({ max_per_coin_notional: 1_200 })
  for (let fall = 0; fall < 8; fall++) {
    const mid = 9_990 - fall * 15
    stage.trade(mid, mid + 2)
    await stage.advance(900)
    const usd = (Number(stage.venue.positionE8) / 1e8) * (mid / 100)
    expect(usd).toBeLessThanOrEqual(1_200)
  }
  expect(stage.venue.positionE8).toBeGreaterThan(0n)
  expect(stage.shown().some((text) => text.startsWith('sell'))).toBe(true)
})

describe('exits', () => {
  test('a profit is taken by reduce-only orders until flat, also where the market is too tight to quote', async () => {
    const stage = await makerStage(
      { take_profit_enabled: true, take_profit_min_usd: 1, take_profit_min_bps: 10, min_spread_bps: 50 },
      { before: ({ hold }) => hold('5') },
    )
    expect(stage.venue.positionE8).toBe(500_000_000n)
    stage.trade(10_080, 10_082)
    await stage.advance(1_500)
    expect(stage.venue.positionE8).toBe(0n)
    const exits = stage.intents.filter(({ purpose }) => purpose === 'exit')
    expect(exits.map(({ reduce_only, tif }) => [reduce_only, tif])).toEqual([[true, 'ioc']])
    expect(stage.decisions.some(({ reason }) => reason === 'EXIT_TAKE_PROFIT')).toBe(true)
  })

  test('a bailout closes what falls too far, also where the market is too tight to quote', async () => {
    const stage = await makerStage(
      { bailout_enabled: true, min_spread_bps: 50, bailout_pause_s: 5 },
      { before: ({ hold }) => hold('5') },
    )
    expect(stage.venue.open()).toEqual([])
    stage.trade(9_900, 9_902)
    await stage.advance(1_500)
    expect(stage.venue.positionE8).toBe(0n)
    expect(stage.decisions.some(({ reason }) => reason === 'EXIT_FULL_BAILOUT')).toBe(true)
  })
})

describe('budgets', () => {
  const left = (weightLeft: number, actionsLeft: number | null = null) => ({
    ...{ weightLeft, weightMax: 1_200, wsLeft: null, actionsLeft },
  })

  test('with less than a fifth of the weight left nothing new is placed, and what lies only behind stays', async () => {
    const stage = await makerStage()
    stage.budget = left(200)
    stage.trade(10_011, 10_013) // takes the ask
    await stage.advance(1_000)
    expect(stage.shown()).toEqual(['buy 5@99.99'])
    stage.budget = left(1_200)
    await stage.advance(1_500)
    expect(stage.venue.open()).toHaveLength(2)
  })

  test('while the pace has not come a quote that lies slightly wrong stays, and a new one waits', async () => {
    const stage = await makerStage({ min_replace_ms: 0 })
    stage.budget = { ...left(1_200), paceLeft: 0.16 } // 6.1 s apart
    const before = stage.venue.orders.length
    stage.trade(10_000, 10_002)
    await stage.advance(4_000)
    expect(stage.venue.orders).toHaveLength(before)
    expect(stage.shown()).toEqual(['buy 5@99.99', 'sell 5@100.01'])
    await stage.advance(3_000)
    expect(stage.shown()).toEqual(['buy 5@100', 'sell 5@100.02'])
  })

  test('what may rest no more goes at once, whatever the pace', async () => {
    const stage = await makerStage({ min_spread_bps: 1.5 })
    expect(stage.venue.open()).toHaveLength(2)
    stage.budget = { ...left(1_200), paceLeft: 0 }
    stage.trade(10_000, 10_001)
    await stage.advance(500)
    expect(stage.venue.open()).toEqual([])
  })

  test('exits go on in every tier', async () => {
    const stage = await makerStage({ bailout_enabled: true }, { before: ({ hold }) => hold('5') })
    stage.budget = left(1, 1)
    stage.trade(9_900, 9_902)
    await stage.advance(1_500)
    expect(stage.venue.positionE8).toBe(0n)
  })

  test('with few actions left only twice the threshold moves a quote', async () => {
    const stage = await makerStage({ move_threshold_ticks: 10 })
    stage.budget = left(1_200, 999)
    const before = stage.venue.orders.length
    stage.trade(10_000, 10_002) // 10 ticks
    await stage.advance(1_000)
    expect(stage.venue.orders).toHaveLength(before)
    stage.trade(10_001, 10_003) // 20 ticks
    await stage.advance(7_000) // 999 actions ask for 6 s between two placements
    expect(stage.venue.orders.length).toBeGreaterThan(before)
  })
})

test('a minute leaves its counts and budgets, a placement the book, and the loop its period', async () => {
  const stage = await makerStage({}, { runMs: 130_000 })
  const [minute] = stage.rowsOf('minute').slice(-1)
  expect(minute).toMatchObject({ coin: 'SIM', makerFills: 0 })
  expect(minute?.passes).toBeGreaterThan(200)
  expect(minute?.bidPasses).toBe(minute?.passes)
  const [limits] = stage.rowsOf('limits').slice(-1)
  expect(limits).toMatchObject({ weightLeft: 1_200, weightMax: 1_200, actionsLeft: -1, tier: 'free' })
  expect(limits?.loopP99Ms).toBeLessThanOrEqual(375)
  expect(stage.rowsOf('book')[0]).toMatchObject({ bidPx: '99.99', askPx: '100.01', bidSz: '100' })
  expect(stage.rowsOf('book')[0]?.cloids).toHaveLength(2)
})

test('the last pass of a cycle leaves session PnL, and the checkpoint what the workflow judges it by', async () => {
  const stage = await makerStage({}, { input: { rotate_after_ms: 30_000 } })
  stage.trade(9_980, 9_982)
  await stage.advance(2_000)
  stage.trade(10_030, 10_032)
  await stage.advance(40_000)
  const [cycle] = stage.rowsOf('cycle')
  expect(Number(cycle?.matchedSz)).toBeGreaterThan(0)
  expect(Number(cycle?.tradeUsd)).toBeLessThan(0) // bought at 99.99, sold at 99.82
  expect(cycle?.unexplainedUsd).toMatch(/^-?0(\.0000\d*)?$/)
  expect(stage.outcome).toMatchObject({ kind: 'rotated', reason: 'age' })
  expect(stage.memory().cycle?.hour_fills).toBeGreaterThan(1)
  expect(stage.memory().cycle?.spread_bps).toBeCloseTo(-18.02, 2)
})
