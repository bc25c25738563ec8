/** Cycles judged by the coordinator: the first has no PnL of its own, a loss tightens at once, and the mode lies in the checkpoint. */
import { expect, test } from 'vitest'
import type { SessionBook } from '#domain/session/book.ts'
import { SpreadParams } from '#domain/strategies/maker/params.ts'
import { flatPosition } from '#domain/trading/position.ts'
import { checkpointOf } from '#tests/support/segment-inputs.ts'
import { judgeCycle, makerMode, makerRotateMs } from './control-maker.ts'
import type { CycleFacts } from './maker-state.ts'

const CALM: CycleFacts = {
  ...{ spread_bps: 4, adverse: false, hour_fills: 20, exact_usd: '0', inventory_usd: '0' },
  ...{ carry_in_usd: '0', funding_usd: '0' },
}

/** A session that has bought some coins at 100 and sold them again for `sellUsd` in all. */
const bookAt = (sellUsd: string, cycle: Partial<CycleFacts> = {}, mode = 'auto', coins = 1): SessionBook => {
  const sz = String(coins)
  const flow = { buySz: sz, buyUsd: String(100 * coins), sellSz: sz, sellUsd, makerFills: 2, takerFills: 0 }
  return {
    startedTs: 0,
    params: SpreadParams.parse({ strategy: 'spread', mode }),
    pending: { decisions: [], intents: [], stops: [] },
    recent: [],
    unpublished: [],
    checkpoint: checkpointOf({
      positions: [{ ...flatPosition('ETH'), fills: 2, flow }],
      engine: { maker: { cycle: { ...CALM, ...cycle } } },
    }),
  } as unknown as SessionBook
}
const next = (book: SessionBook, sellUsd: string, cycle: Partial<CycleFacts> = {}): void => {
  const { judged } = book.checkpoint.engine
  const fresh = bookAt(sellUsd, cycle, 'auto', 2).checkpoint
  book.checkpoint = { ...fresh, engine: { ...fresh.engine, judged } }
}
const last = (book: SessionBook) => book.recent.at(-1)

test('the first cycle earns nothing of its own, whatever the session has', () => {
  const book = bookAt('99.4')
  judgeCycle(book, ['ETH'], 1_000)
  expect(last(book)).toMatchObject({ reason: 'MODE_KEPT', inputs: { cycle_usd: 0, session_usd: -0.6 } })
  expect(makerMode(book)).toBe('NORMAL')
})

test('a losing cycle tightens at once, with its reason; the next segment quotes in the new mode', () => {
  const book = bookAt('100')
  judgeCycle(book, ['ETH'], 1_000)
  next(book, '199.7')
  judgeCycle(book, ['ETH'], 301_000)
  expect(last(book)).toMatchObject({
    ...{ kind: 'params', reason: 'MODE_DEFENSIVE' },
    inputs: { cycle_usd: -0.3, why: 'CYCLE_LOSS', was: 'NORMAL', distance_bps: 6, levels: 1, applies: true },
  })
  expect(makerMode(book)).toBe('DEFENSIVE')
})

test('without fills of both sides the mode stays', () => {
  const book = bookAt('100', { spread_bps: null })
  judgeCycle(book, ['ETH'], 1_000)
  expect(last(book)?.inputs).toMatchObject({ wanted: 'NO_DATA', mode: 'NORMAL' })
})

test('a mode that is set by hand holds, and `off` leaves the knobs alone; both are judged all the same', () => {
  const fixed = bookAt('90', {}, 'AGGRESSIVE')
  judgeCycle(fixed, ['ETH'], 1_000)
  expect(makerMode(fixed)).toBe('AGGRESSIVE')
  expect(last(fixed)).toMatchObject({ kind: 'hold', reason: 'MODE_EMERGENCY_DEFENSIVE' })
  expect(makerMode(bookAt('90', {}, 'off'))).toBeNull()
})

test('a cycle is as long as its knob says', () => {
  expect(makerRotateMs(SpreadParams.parse({ strategy: 'spread', mode_cycle_s: 60 }))).toBe(60_000)
})
