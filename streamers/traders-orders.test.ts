/** Tests of sweeping open orders: the longest unseen first, within the share, and every ending found. */
import { expect, it } from 'vitest'
import type { OrderEvent } from '#domain/events.ts'
import type { TraderOrder } from '#domain/traders/open-orders.ts'
import { createOrderSweep, LIMITS } from '#streamers/traders-orders.ts'
import type { TraderOrderNews } from '#streamers/traders-recorder.ts'

const order = (oid: number, over: Partial<TraderOrder> = {}): TraderOrder => ({
  ...{ oid, coin: 'BTC', side: 'buy', px: '100', sz: '1', originalSz: '1', reduceOnly: false, openedTs: 500 },
  ...over,
})
const ended = (oid: number, status: OrderEvent['status'], word: string, sz = '0'): OrderEvent => ({
  ...{
    kind: 'order',
    account: 'a',
    coin: 'BTC',
    oid,
    cloid: '',
    side: 'buy',
    limitPx: '100',
    sz,
    originalSz: '1',
  },
  ...{ status, word, ts: 9_000, receivedTs: 9_000 },
})

function world(traders: string[] = ['0xa', '0xb']) {
  const state = {
    ms: 0,
    left: 1_000,
    lists: {} as Record<string, TraderOrder[]>,
    statuses: {} as Record<number, OrderEvent | null>,
    asked: [] as string[],
    fail: false,
    news: [] as TraderOrderNews[],
  }
  const sweep = createOrderSweep({
    clock: { monotonicMs: () => state.ms, now: () => 10_000 + state.ms, sleep: async () => {} },
    log: { warn: () => {} },
    traders: () => traders,
    onNews: (news) => state.news.push(...news),
    venue: {
      ordersBudget: {
        left: () => state.left,
        ...{ tryTake: () => true, take: async () => true, exhausted: () => {}, spent: () => 0 },
      },
      async openOrders(address) {
        state.asked.push(address)
        if (state.fail) throw new RangeError('away')
        return state.lists[address] ?? []
      },
      async orderStatus(address, oid) {
        state.asked.push(`${address} ${oid}`)
        if (state.fail) throw new RangeError('away')
        return state.statuses[oid] ?? null
      },
    },
  })
  const step = async (ms = 1_000): Promise<void> => {
    state.ms += ms
    await sweep.step()
  }
  const words = () =>
    state.news.splice(0).map(({ oid, status, word, sz }) => `${oid} ${status} ${word} ${sz}`)
  return { state, step, sweep, traders, words }
}

it('looks at one after another, and at nobody twice within a minute', async () => {
  const { state, step } = world()
  for (let turn = 0; turn < 5; turn++) await step()
  expect(state.asked).toEqual(['0xa', '0xb'])
  await step(LIMITS.againMs)
  expect(state.asked.at(-1)).toBe('0xa')
})

it('tells what stands at every look, and finds out how each order ended', async () => {
  const { state, step, words } = world(['0xa'])
  state.lists['0xa'] = [order(7), order(8), order(9)]
  await step()
  expect(words()).toEqual(['7 open open 1', '8 open open 1', '9 open open 1'])
  state.lists['0xa'] = [order(7, { sz: '0.4' })]
  state.statuses = { 8: ended(8, 'filled', 'filled'), 9: ended(9, 'canceled', 'marginCanceled', '1') }
  await step(LIMITS.againMs)
  expect(words()).toEqual(['7 open open 0.4'])
  await step()
  expect(words()).toEqual(['8 filled filled 0', '9 canceled marginCanceled 1'])
})

it('says vanished of an order that the venue no longer knows, and nothing of one that stands after all', async () => {
  const { state, step, sweep, words } = world(['0xa'])
  state.lists['0xa'] = [order(7), order(8)]
  await step()
  state.lists['0xa'] = []
  state.statuses = { 8: ended(8, 'open', 'open', '1') }
  await step(LIMITS.againMs)
  words()
  await step()
  expect(words()).toEqual(['7 vanished  1'])
  expect(sweep.stats()).toMatchObject({ resolved: 1, endings: 0, open: 0 })
})

it('asks later when there is no weight or no answer, and loses no ending', async () => {
  const { state, step, sweep, words } = world(['0xa'])
  state.lists['0xa'] = [order(7)]
  await step()
  state.lists['0xa'] = []
  state.statuses = { 7: ended(7, 'filled', 'filled') }
  await step(LIMITS.againMs)
  words()
  state.left = 1
  await step()
  expect(sweep.stats().endings).toBe(1)
  state.left = 100
  state.fail = true
  await step()
  expect(sweep.stats()).toMatchObject({ endings: 1, failed: 1 })
  state.fail = false
  await step()
  expect(words()).toEqual(['7 filled filled 0'])
})

it('goes on with the orders of an earlier process: none is new again, and those that ended meanwhile are found', async () => {
  const { state, step, sweep, words } = world(['0xa'])
  sweep.restore([
    { ...order(7, { originalSz: '5' }), address: '0xa' },
    { ...order(8), address: '0xa' },
  ])
  state.lists['0xa'] = [order(7)]
  state.statuses = { 8: ended(8, 'filled', 'filled') }
  await step()
  expect(state.news[0]?.originalSz).toBe('5')
  await step()
  expect(words()).toContain('8 filled filled 0')
})

it('forgets those that are tracked no more', async () => {
  const { state, step, sweep, traders } = world(['0xa', '0xb'])
  state.lists = { '0xa': [order(7)], '0xb': [order(8)] }
  await step()
  await step()
  expect(sweep.stats().open).toBe(2)
  traders.pop()
  await step()
  expect(sweep.stats().open).toBe(1)
})
