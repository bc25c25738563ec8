/** Every session ends verified twice or says that it did not; a kill that grows meanwhile starts the close over. */
import { describe, expect, test } from 'vitest'
import type { SessionBook } from '#domain/session/book.ts'
import { closeOut } from '#domain/session/control-close.ts'
import type { SessionState } from '#domain/session/types.ts'
import { bookOf, closeResultOf, fakeEffects, makerSession } from '../../tests/support/session-effects.ts'
import { intentOf } from '../../tests/support/session-ports.ts'

function closing(session: Record<string, unknown> = {}, change: Partial<SessionBook> = {}) {
  const input = makerSession(session)
  const fakes = fakeEffects(input.on_kill)
  const book = bookOf(input, { epoch: 2, needsFence: false, quietMs: 0, ...change })
  const entered: SessionState[] = []
  const enter = (state: SessionState): void => void entered.push(state)
  const { effects, wishes } = fakes
  return { ...fakes, book, entered, close: () => closeOut({ book, input, effects, wishes, enter }) }
}
const plan = (closes: readonly { step: string; flatten: boolean }[]): string[] =>
  closes.map(({ step, flatten }) => `${step} ${flatten ? 'flat' : 'leave'}`)

describe('whether the position is closed', () => {
  test.each([
    { on_stop: 'flatten', kill: null, how: 'flat' },
    { on_stop: 'halt', kill: null, how: 'leave' },
    { on_stop: 'halt', kill: 'flatten', how: 'flat' },
    { on_stop: 'flatten', kill: 'halt', how: 'leave' },
    { on_stop: 'flatten', kill: 'close_only', how: 'flat' }, // close_only ends nothing: the stop’s rule holds
  ] as const)('with on_stop $on_stop and kill $kill: $how', async ({ on_stop, kill, how }) => {
    const { close, state, wishes } = closing({ on_stop })
    if (kill) wishes.askKill({ mode: kill })
    wishes.askStop()
    await close()
    expect(plan(state.closes)).toEqual([`flatten ${how}`, `reconcile ${how}`])
  })
})

test('a clean close is verified once more, reported, and ends CLOSED', async () => {
  const { close, entered, state, wishes } = closing()
  wishes.askStop({ reason: 'enough' })
  const report = await close()
  expect([report.state, report.reason, state.reports]).toEqual(['CLOSED', 'enough', [report]])
  expect(entered).toEqual(['STOPPING', 'FLATTENING', 'RECONCILING', 'CLOSED'])
})

test('every attempt sends under an epoch of its own', async () => {
  const { close, state } = closing()
  let refusals = 2
  state.close = async (input) => closeResultOf(input, { clean: refusals-- <= 0 })
  await close()
  const epochs = state.closes.map(({ epoch }) => epoch)
  expect(epochs).toEqual([3, 4, 5, 6])
})

test('a second reading that is not clean starts over', async () => {
  const { close, state } = closing()
  let first = true
  state.close = async (input) => {
    const clean = !(first && input.step === 'reconcile')
    if (input.step === 'reconcile') first = false
    return closeResultOf(input, { clean })
  }
  expect((await close()).state).toBe('CLOSED')
  expect(state.closes.map(({ step }) => step)).toEqual(['flatten', 'reconcile', 'flatten', 'reconcile'])
})

test('a second reading without an answer is no clean end', async () => {
  const { close, state } = closing()
  state.close = async (input) => {
    if (input.step === 'reconcile') throw new TypeError('worker gone')
    return closeResultOf(input)
  }
  expect((await close()).state).toBe('FAILED')
})

test('a halt that grows into flatten during the close is obeyed before it ends', async () => {
  const { close, state, wishes } = closing()
  wishes.askKill({ mode: 'halt' })
  state.close = async (input) => {
    if (input.step === 'reconcile') wishes.askKill({ mode: 'flatten', reason: 'after all' })
    return closeResultOf(input)
  }
  const report = await close()
  expect(plan(state.closes)).toEqual(['flatten leave', 'reconcile leave', 'flatten flat', 'reconcile flat'])
  expect(report.reason).toBe('after all')
})

test('it gives up after twelve attempts with growing pauses, and says FAILED', async () => {
  const { close, state } = closing()
  state.close = async (input) => closeResultOf(input, { clean: false, message: 'position not flat' })
  const report = await close()
  expect([report.state, state.closes.length]).toEqual(['FAILED', 12])
  expect(report.reason).toContain('position not flat')
  expect(state.waits.slice(0, 7)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000])
  expect(state.waits).toHaveLength(11) // none after the last
})

test('an attempt that fails keeps what is to be journaled and the quiet time; one that answers has used both', async () => {
  const { close, state } = closing(
    {},
    { quietMs: 5_150, pending: { decisions: [], intents: [intentOf()], stops: [] } },
  )
  const seen: [number, number][] = []
  let fails = true
  state.close = async (input) => {
    seen.push([input.quiet_ms, input.decisions.length])
    const failing = fails
    fails = false
    if (failing) throw new TypeError('weather')
    return closeResultOf(input)
  }
  await close()
  expect(seen).toEqual([
    [5_150, 1],
    [5_150, 1],
    [0, 0],
  ])
})

test('orders that were decided and never sent are dropped with a decision each', async () => {
  const pending = { decisions: [], intents: [intentOf()], stops: [] }
  const { close, state } = closing({}, { pending })
  await close()
  expect(state.closes[0]?.decisions).toMatchObject([{ reason: 'ORDER_DROPPED', gate: 'SESSION_ENDING' }])
  expect(state.closes[1]?.decisions).toEqual([])
})
