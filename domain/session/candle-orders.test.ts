/** From decided to done: exits first, entries of a flip only on a flat coin, leverage before size, and orders that follow the touch. */
import { describe, expect, test } from 'vitest'
import { runSegment } from '#domain/session/segment.ts'
import { COIN } from '#tests/simulation/market.ts'
import { candleInput, createStage, type Knobs } from '#tests/support/session-stage.ts'
import type { CandleSegmentInput } from './segment-input.ts'
import type { OrderIntent, PositionState } from './types.ts'

const intent = (seq: number, change: Partial<OrderIntent> = {}): OrderIntent => ({
  ...{
    cloid: `0x${String(seq).padStart(32, '0')}`,
    coin: COIN,
    side: 'buy',
    px: '100.2',
    sz: '5',
    tif: 'ioc',
  },
  ...{ reduce_only: false, purpose: 'entry' },
  ...change,
})
const exit = (seq: number, sz = '5') =>
  intent(seq, { side: 'sell', px: '99.8', sz, reduce_only: true, purpose: 'exit' })

async function run(
  over: Partial<CandleSegmentInput>,
  knobs: Partial<Knobs> = {},
  before = (_: ReturnType<typeof createStage>) => {},
) {
  const stage = createStage(knobs)
  before(stage)
  void runSegment(candleInput(over), stage.ports)
  await stage.advance(1_500)
  const gates = stage.decisions.map(({ gate }) => gate).filter((gate) => gate !== '')
  return { stage, gates, fills: () => stage.venue.fills.map(({ side, sz }) => `${side} ${sz}`) }
}
/** A position that the venue holds and the checkpoint knows. */
const held = (sz: string) => ({
  positions: [
    {
      coin: COIN,
      sz,
      entryPx: '100',
      realizedPnl: '0',
      fees: '0',
      fills: 0,
      volumeUsd: '0',
      lastFillTs: 0,
      lastFillTid: 0,
    } as PositionState,
  ],
})
const holdAtVenue =
  (sz: string) =>
  (stage: ReturnType<typeof createStage>): void => {
    stage.venue.place([intent(99, { sz })], Number.MAX_SAFE_INTEGER)
  }

test('what closes goes before what opens, and a flip turns the position', async () => {
  const base = candleInput().checkpoint
  const checkpoint = { ...base, ...held('5') }
  const turn = [intent(2, { side: 'sell', px: '99.8' }), exit(1)]
  const { fills, stage } = await run({ intents: turn, checkpoint }, {}, holdAtVenue('5'))
  expect(fills().slice(1)).toEqual(['sell 5', 'sell 5'])
  expect(stage.venue.positionE8).toBe(-500_000_000n)
})

test('the entry of a flip whose exit left something is dropped', async () => {
  const checkpoint = { ...candleInput().checkpoint, ...held('5') }
  const { gates, stage } = await run(
    { intents: [exit(1, '3'), intent(2, { side: 'sell', px: '99.8' })], checkpoint },
    {},
    holdAtVenue('5'),
  )
  expect(gates).toContain('FLIP_NOT_FLAT')
  expect(stage.venue.positionE8).toBe(200_000_000n)
})

describe('leverage', () => {
  test('is set before the order, once', async () => {
    const set: number[] = []
    const { fills } = await run(
      { intents: [intent(1, { leverage: 3 }), intent(2, { leverage: 3, sz: '1' })] },
      {},
      (stage) => {
        stage.ports.venue.setLeverage = async (_coin, leverage) => {
          expect(stage.venue.orders).toEqual([])
          set.push(leverage)
          return null
        }
      },
    )
    expect([set, fills()]).toEqual([[3], ['buy 5', 'buy 1']])
  })

  test('that the venue refuses stops the order, with its reason stored', async () => {
    const { gates, stage } = await run({ intents: [intent(1, { leverage: 99 })] }, {}, (on) => {
      on.ports.venue.setLeverage = async () => 'Invalid leverage value'
    })
    expect([gates, stage.venue.orders]).toEqual([['LEVERAGE_NOT_SET'], []])
    expect(stage.events).toContainEqual({
      kind: 'leverage_refused',
      details: { coin: COIN, leverage: 99, why: 'Invalid leverage value' },
    })
  })
})

describe('an order that follows the touch', () => {
  const execution = { style: 'post_only', chase_ms: 3_000 } as const

  test('rests post-only at its own side, follows it, and never beyond the price that was decided', async () => {
    const { stage } = await run({ intents: [intent(1)], execution })
    expect(stage.venue.open()).toMatchObject([{ intent: { px: '99.99', tif: 'alo', sz: '5' } }])
    stage.trade(10_010, 10_012)
    await stage.advance(300)
    expect(stage.venue.open()).toMatchObject([{ intent: { px: '100.1' } }])
    stage.trade(10_050, 10_052)
    await stage.advance(300)
    expect(stage.venue.open()).toMatchObject([{ intent: { px: '100.2' } }]) // the bound
  })

  test('is filled where it rests, and its position is known', async () => {
    const { stage, fills } = await run({ intents: [intent(1)], execution })
    stage.trade(9_990, 9_992) // the market comes through it
    await stage.advance(300)
    expect([fills(), stage.venue.open()]).toEqual([['buy 5'], []])
    expect(stage.venue.fills[0]).toMatchObject({ crossed: false, px: '99.99' })
  })

  test('is taken back when its time is over, and that is recorded', async () => {
    const { stage } = await run({ intents: [intent(1)], execution })
    await stage.advance(3_500)
    expect(stage.venue.open()).toEqual([])
    expect(stage.decisions.map(({ gate }) => gate)).toContain('CHASE_OVER')
  })

  test('exits do not wait: they take', async () => {
    const checkpoint = { ...candleInput().checkpoint, ...held('5') }
    const { stage } = await run({ intents: [exit(1)], execution, checkpoint }, {}, holdAtVenue('5'))
    expect(stage.venue.positionE8).toBe(0n)
  })
})
