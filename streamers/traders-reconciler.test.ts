/** Tests of asking the venue about the least certain: order, pace, settling, and states that say nothing. */
import { expect, it } from 'vitest'
import type { TradeEvent } from '#domain/events.ts'
import { ONE_E8 } from '#domain/fixed-point.ts'
import { PositionBook } from '#domain/traders/position-book.ts'
import { BLUR_MS, type Reconciliation, type VenueState } from '#domain/traders/reconcile.ts'
import { createReconciler, LIMITS } from '#streamers/traders-reconciler.ts'

const START = 1_700_000_000_000
let tids = 0
const trade = (buyer: string, seller: string, ts: number): TradeEvent => ({
  ...{
    kind: 'trade',
    coin: 'BTC',
    ts,
    tid: ++tids,
    side: 'buy',
    px: '100',
    sz: '1',
    hash: '',
    buyer,
    seller,
    receivedTs: ts,
  },
})

function world(tracked: string[] = ['0xa', '0xb', '0xc']) {
  const state = {
    ms: 0,
    left: 100,
    up: true,
    asked: [] as string[],
    compared: [] as Reconciliation[],
    answer: (_address: string): VenueState => ({ ts: START + state.ms, positions: [] }),
    fail: false,
  }
  const book = new PositionBook()
  book.take([trade('0xz', '0xy', START)])
  book.track(tracked)
  const reconciler = createReconciler({
    clock: { monotonicMs: () => state.ms },
    book,
    budget: { left: () => state.left },
    log: { warn: () => {} },
    tracked: () => tracked,
    isTapeUp: () => state.up,
    async ask(address) {
      state.asked.push(address)
      state.left -= 2
      if (state.fail) throw new RangeError('away')
      return state.answer(address)
    },
    onCompared: (result) => state.compared.push(result),
  })
  /** Time passes; the tape goes on. */
  const pass = async (ms: number, isTapeMoving = true): Promise<void> => {
    state.ms += ms
    if (isTapeMoving) book.take([trade('0xz', '0xy', START + state.ms)])
    reconciler.step()
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  }
  return { book, pass, reconciler, state }
}

it('asks everybody once, best first, and compares only when the tape has passed the state', async () => {
  const { pass, state } = world()
  await pass(0)
  expect(state.asked).toEqual(['0xa', '0xb', '0xc'])
  expect(state.compared).toEqual([])
  await pass(BLUR_MS - 1)
  expect(state.compared).toEqual([])
  await pass(1)
  expect(state.compared.map(({ address, isFirst }) => [address, isFirst])).toEqual([
    ['0xa', true],
    ['0xb', true],
    ['0xc', true],
  ])
})

it('does not ask again within a minute, and then the least certain first', async () => {
  const { book, pass, reconciler, state } = world()
  await pass(0)
  await pass(3_000)
  book.take([trade('0xb', '0xq', START + 3_500)])
  state.asked = []
  await pass(30_000)
  expect(state.asked).toEqual([])
  book.torn(['BTC'], START + 33_000, START + 53_000)
  reconciler.disturbed()
  await pass(30_000)
  expect(state.asked[0]).toBe('0xb')
})

it('asks no more than its weight and its places allow', async () => {
  const many = Array.from({ length: 20 }, (_, at) => `0x${at}`)
  const first = world(many)
  first.state.left = 5
  await first.pass(0)
  expect(first.state.asked).toHaveLength(2)
  const second = world(many)
  await second.pass(0)
  expect(second.state.asked).toHaveLength(LIMITS.inFlightMax)
})

it('asks nobody while the tape is torn, and keeps what it was told until the tape runs again', async () => {
  const { pass, state } = world(['0xa'])
  await pass(0)
  state.up = false
  await pass(60_000, false)
  expect([state.asked.length, state.compared.length]).toEqual([1, 0])
  state.up = true
  await pass(1_000)
  expect(state.compared).toHaveLength(1)
})

it('does not wait for ever for a tape on which nobody trades', async () => {
  const { pass, state } = world(['0xa'])
  await pass(0)
  await pass(LIMITS.settleMsMax - 1, false)
  expect(state.compared).toHaveLength(0)
  await pass(1, false)
  expect(state.compared).toHaveLength(1)
})

it('takes nothing from a venue that lives in another time', async () => {
  const { book, pass, reconciler, state } = world(['0xa'])
  state.answer = () => ({
    ts: START + 365 * 86_400_000,
    positions: [{ coin: 'BTC', szE8: ONE_E8, entryPxE8: ONE_E8 }],
  })
  await pass(0)
  await pass(LIMITS.settleMsMax)
  expect(state.compared).toEqual([])
  expect(reconciler.stats().refused).toBe(1)
  expect(book.sizeE8('0xa', 'BTC')).toBeNull()
})

it('goes on after a question that failed', async () => {
  const { pass, reconciler, state } = world(['0xa'])
  state.fail = true
  await pass(0)
  expect(reconciler.stats()).toMatchObject({ asked: 1, failed: 1 })
  state.fail = false
  await pass(LIMITS.againMs)
  await pass(BLUR_MS)
  expect(state.compared).toHaveLength(1)
})
