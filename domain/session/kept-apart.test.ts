/** A session that keeps trades of others apart: from its fence to its close own and foreign are the exchange's, its stop has its own size, and its close leaves what is somebody else's. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatFixed, parseFixed, signE8 } from '#domain/fixed-point.ts'
import { buildCloid, hash32 } from '#domain/ids.ts'
import { foreignE8 } from '#domain/trading/foreign.ts'
import { positionOf, venueSzE8 } from '#domain/trading/position.ts'
import { COIN } from '#tests/simulation/market.ts'
import { candleInput, createStage, type Stage } from '#tests/support/session-stage.ts'
import { closeSession } from './close.ts'
import { fenceAndReconcile } from './fence.ts'
import { keepsApart } from './kept-apart.ts'
import { runSegment } from './segment.ts'
import type { Checkpoint, OrderIntent } from './types.ts'

const base = candleInput({ manual_positions: 'ignore' })
const { session_id, run, account, coins } = base

function byHand(stage: Stage, lots: number): void {
  if (lots === 0) return
  const side = lots > 0 ? 'buy' : 'sell'
  const order = { cloid: '', coin: COIN, side, px: lots > 0 ? '101' : '99', tif: 'ioc' } as const
  stage.venue.nowMs = stage.scheduler.nowMs
  const sz = String(Math.abs(lots))
  stage.venue.place([{ ...order, sz, reduce_only: false, purpose: 'by hand' }], Number.POSITIVE_INFINITY)
}

const entry = (side: 'buy' | 'sell'): OrderIntent => ({
  cloid: buildCloid({ tag: hash32(session_id), epoch: base.epoch, seq: 500, run, leg: 0 }),
  ...{ coin: COIN, side, px: side === 'buy' ? '100.3' : '99.7', sz: '5', tif: 'ioc' },
  ...{ reduce_only: false, purpose: 'entry' },
})

/** Awaits a piece of the session's work while virtual time runs. */
async function inTime<T>(stage: Stage, work: Promise<T>): Promise<T> {
  let done = false
  const ended = work.finally(() => {
    done = true
  })
  for (let tries = 0; !done && tries < 400; tries++) await stage.advance(250)
  return ended
}

const fence = (stage: Stage, checkpoint: Checkpoint | null) =>
  inTime(
    stage,
    fenceAndReconcile(
      { session_id, run, account, coins, epoch: base.epoch, checkpoint, quiet_ms: 0, apart: true },
      stage.ports,
    ),
  )

const close = (stage: Stage, checkpoint: Checkpoint) =>
  inTime(
    stage,
    closeSession(
      {
        ...{ session_id, run, account, coins, epoch: base.epoch + 1, checkpoint, step: 'flatten' },
        ...{ flatten: true, quiet_ms: 0, decisions: [], apart: true },
      },
      { ...stage.ports, attempt: 1, stillRunning: () => undefined },
    ),
  )

test.each([
  { engine: 'candles' as const, rule: 'ignore' as const, apart: true },
  { engine: 'candles' as const, rule: 'adopt' as const, apart: false },
  { engine: 'candles' as const, rule: undefined, apart: false },
  { engine: 'maker' as const, rule: undefined, apart: false },
])('$engine with $rule keeps apart: $apart', ({ engine, rule, apart }) => {
  expect(keepsApart({ engine, manual_positions: rule } as Parameters<typeof keepsApart>[0])).toBe(apart)
})

test('a position that stood before the session is nobody’s to close: it trades beside it, and leaves it', async () => {
  const stage = createStage()
  byHand(stage, 3)
  const { checkpoint } = await fence(stage, null)
  expect(checkpoint.positions).toMatchObject([{ sz: '0', foreign: '3' }])
  const stops = [{ coin: COIN, px: '98' }]
  const running = runSegment({ ...base, checkpoint, intents: [entry('buy')], stops }, stage.ports)
  await stage.advance(1_500)
  expect(stage.venue.heldE8(COIN)).toBe(800_000_000n)
  expect(stage.venue.open().map(({ intent }) => `${intent.side} ${intent.sz}`)).toEqual(['sell 5'])
  stage.trade(9_790, 9_792) // the stop fires
  await stage.advance(1_500)
  expect([stage.venue.heldE8(COIN), stage.venue.open()]).toEqual([300_000_000n, []])
  stage.rotate('params')
  const { checkpoint: last } = await inTime(stage, running)
  expect(await close(stage, last)).toMatchObject({ clean: true, residual: { positions: {} }, orders_sent: 0 })
  expect(stage.venue.heldE8(COIN)).toBe(300_000_000n)
})

test('an entry against somebody’s position would close that: it is not sent', async () => {
  const stage = createStage()
  byHand(stage, -3)
  const { checkpoint } = await fence(stage, null)
  void runSegment({ ...base, checkpoint, intents: [entry('buy')] }, stage.ports)
  await stage.advance(1_000)
  expect(stage.venue.heldE8(COIN)).toBe(-300_000_000n)
  expect(stage.decisions.map(({ gate }) => gate)).toContain('MANUAL_OPPOSITE')
})

const aTrade = fc.record({ lots: fc.integer({ min: -9, max: 9 }), afterMs: fc.integer({ min: 0, max: 900 }) })

test('whatever is traded by hand meanwhile, also with the stream cut: the sums hold, the stop has the own size, the close leaves the rest', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: -4, max: 4 }),
      fc.constantFrom<'buy' | 'sell'>('buy', 'sell'),
      fc.array(aTrade, { maxLength: 6 }),
      fc.boolean(),
      async (start, side, trades, cut) => {
        const stage = createStage()
        byHand(stage, start)
        const { checkpoint } = await fence(stage, null)
        const stops = [{ coin: COIN, px: side === 'buy' ? '90' : '110' }]
        const running = runSegment({ ...base, checkpoint, intents: [entry(side)], stops }, stage.ports)
        stage.knobs.streamUp = !cut
        for (const { lots, afterMs } of trades) {
          await stage.advance(afterMs)
          byHand(stage, lots)
        }
        stage.knobs.streamUp = true
        await stage.advance(5_000)
        const triggers = stage.venue.open().map(({ intent }) => parseFixed(intent.sz))
        stage.rotate('params')
        const { checkpoint: last } = await inTime(stage, running)
        const position = positionOf(last.positions, COIN)
        const own = parseFixed(position.sz)
        expect(venueSzE8(position)).toBe(stage.venue.heldE8(COIN))
        expect(signE8(own) * signE8(foreignE8(position))).toBeGreaterThanOrEqual(0)
        expect(triggers).toEqual(own === 0n ? [] : [own < 0n ? -own : own])
        const fenced = await fence(stage, last)
        expect(fenced.checkpoint.positions).toEqual(last.positions)
        const closed = await close(stage, fenced.checkpoint)
        expect([closed.clean, closed.residual.positions]).toEqual([true, {}])
        expect(formatFixed(stage.venue.heldE8(COIN))).toBe(formatFixed(foreignE8(position)))
      },
    ),
    { numRuns: 60 },
  )
})
