/** Replacing quotes: one action where the caps bear old and new at once, the plain way where not, and no order too many after any answer. */
import { expect, test } from 'vitest'
import { type MakerStage, makerStage } from '#tests/support/maker-stage.ts'

const count = (stage: MakerStage, call: string): number => stage.calls.filter((each) => each === call).length
const prices = (stage: MakerStage): string[] => stage.shown().map((text) => text.replace(/ .*@/, ' '))

/** Moves the touch by four cents, over which nothing that rests is filled at once, and lets passes follow. */
async function move(stage: MakerStage, ms = 600): Promise<void> {
  stage.calls.length = 0
  stage.trade(stage.market.bid + 4, stage.market.ask + 4)
  await stage.advance(ms)
}
/** Far enough from the touch that a move fills nothing. */
const FAR = { touch_distance_bps: 10, min_replace_ms: 0, max_order_age_ms: 600_000 }
const AHEAD = ['buy 99.92', 'sell 100.16']

test('both quotes move in one action: no cancel, no order besides', async () => {
  const stage = await makerStage(FAR)
  await move(stage)
  expect(stage.calls.filter((call) => call.endsWith('Orders') && call !== 'openOrders')).toEqual([
    'modifyOrders',
  ])
  expect(prices(stage)).toEqual(AHEAD)
  expect(stage.venue.modified).toEqual({ done: 2, gone: 0, refused: 0 })
})

test('without batches each quote has its action; a venue that cannot modify cancels and places', async () => {
  const single = await makerStage({ ...FAR, batch_orders: false })
  await move(single)
  const plain = await makerStage(FAR, {
    before: ({ ports }) => Object.assign(ports.venue, { modifyOrders: undefined }),
  })
  await move(plain)
  expect(count(single, 'modifyOrders')).toBe(2)
  expect([count(plain, 'cancelOrders'), count(plain, 'placeOrders')]).toEqual([1, 1])
  expect([prices(single), prices(plain)]).toEqual([AHEAD, AHEAD])
})

test.each([
  // Old and new together are 5 + 4.999 coins a side: 1,000.4 USD at the ask of 100.05, 1,001.5 USD at the sell's own price.
  { max_per_coin_notional: 1_001.5, max_gross_notional: 10_000, modified: 2 },
  { max_per_coin_notional: 1_001.4, max_gross_notional: 10_000, modified: 1 },
  { max_per_coin_notional: 1_000.4, max_gross_notional: 10_000, modified: 1 },
  { max_per_coin_notional: 1_000.3, max_gross_notional: 10_000, modified: 0 },
  { max_per_coin_notional: 5_000, max_gross_notional: 1_001.5, modified: 2 },
  { max_per_coin_notional: 5_000, max_gross_notional: 1_000.3, modified: 0 },
])(
  'caps of $max_per_coin_notional and $max_gross_notional USD: $modified of two quotes are modified',
  async (given) => {
    const { modified, ...caps } = given
    const stage = await makerStage({ ...FAR, ...caps })
    await move(stage)
    expect(stage.venue.modified.done).toBe(modified)
    expect(count(stage, 'cancelOrders')).toBe(modified === 2 ? 0 : 1)
    expect(prices(stage)).toEqual(AHEAD)
  },
)

test('levels of one side count together: what no longer fits goes the plain way', async () => {
  // Three levels of 500 rest a side; with two more the cap of 2,600 is reached.
  const stage = await makerStage({ ...FAR, levels: 3, max_per_coin_notional: 2_600 })
  await move(stage)
  expect(stage.venue.modified.done).toBe(4)
  expect([count(stage, 'cancelOrders'), count(stage, 'modifyOrders')]).toEqual([1, 1])
  expect(stage.venue.open()).toHaveLength(6)
})

test('what limits risk is cancelled, never modified', async () => {
  const stage = await makerStage(FAR)
  stage.calls.length = 0
  stage.knobs.kill = { mode: 'close_only', by: 'direct', reason: 'test' }
  stage.wake()
  await stage.advance(600)
  expect([count(stage, 'modifyOrders'), stage.venue.open()]).toEqual([0, []])
})

test('while the budget allows no quotes, one that lies wrong is only cancelled', async () => {
  const stage = await makerStage(FAR)
  stage.budget = { weightLeft: 120, weightMax: 1_200, wsLeft: null, actionsLeft: null }
  stage.calls.length = 0
  Object.assign(stage.market, { bid: 9_980, ask: 9_989 }) // the bid would be taken
  await stage.advance(600)
  expect([count(stage, 'modifyOrders'), count(stage, 'placeOrders')]).toEqual([0, 0])
  expect(count(stage, 'cancelOrders')).toBeGreaterThan(0)
  expect(stage.venue.open().filter(({ intent }) => intent.side === 'buy')).toEqual([])
})

test('a gate of the session that the modify would not pass makes it the plain way, without a word', async () => {
  const limits = { order_usd_max: 2_000, position_usd_max: 5_000, open_orders_max: 2, loss_usd_max: 500 }
  const stage = await makerStage(FAR, { input: { limits } })
  await move(stage)
  expect([count(stage, 'modifyOrders'), count(stage, 'cancelOrders')]).toEqual([0, 1])
  expect(stage.decisions.filter(({ reason }) => reason === 'ORDER_REFUSED')).toEqual([])
  expect(prices(stage)).toEqual(AHEAD)
})

test.each([true, false])(
  'refused by the venue, the old quote goes in the same pass, whether the venue kept it: %s',
  async (keeps) => {
    const stage = await makerStage(FAR)
    const old = stage.venue.open().map(({ intent }) => intent.cloid)
    const modify = stage.ports.venue.modifyOrders
    Object.assign(stage.ports.venue, {
      modifyOrders: async (...[modifies]: Parameters<NonNullable<typeof modify>>) => {
        stage.calls.push('modifyOrders')
        if (!keeps) stage.venue.cancel(old, Number.POSITIVE_INFINITY)
        const message = 'Post only order would have immediately matched'
        return modifies.map(({ order }) => ({ cloid: order.cloid, status: 'rejected', message }))
      },
    })
    await move(stage, 300)
    expect(stage.calls.slice(0, 2)).toEqual(['modifyOrders', 'cancelOrders'])
    expect(stage.venue.open()).toEqual([])
    await stage.advance(2_000)
    expect(prices(stage)).toEqual(AHEAD) // the slot has rested its second
  },
)

test('a quote that was filled before its modify arrived is not placed again on a guess', async () => {
  const stage = await makerStage(FAR)
  const modify = stage.ports.venue.modifyOrders
  Object.assign(stage.ports.venue, {
    modifyOrders: async (...call: Parameters<NonNullable<typeof modify>>) => {
      const answers = await modify?.(...call)
      Object.assign(stage.ports.venue, { modifyOrders: modify })
      return answers
    },
  })
  stage.knobs.streamUp = false // nobody tells the session of the fill
  Object.assign(stage.market, { bid: 9_980, ask: 9_982 })
  stage.venue.match()
  stage.knobs.streamUp = true
  expect(stage.venue.positionE8).not.toBe(0n)
  await stage.advance(1_500)
  expect(stage.venue.modified.gone).toBe(1)
  // The list of fills was read: quotes rest on both sides again, none of them twice.
  expect(prices(stage)).toHaveLength(2)
  expect(new Set(stage.shown().map((text) => text.split(' ')[0])).size).toBe(2)
})

test.each(['answersLost', 'silent'] as const)(
  'a modify without an answer (%s) keeps both places until the venue has told, then goes the plain way',
  async (how) => {
    const stage = await makerStage(FAR)
    stage.knobs[how].add('modifyOrders').add('orderStatus')
    const before = stage.venue.orders.length
    await move(stage, 3_000)
    const sent = how === 'silent' ? 0 : 2
    expect(stage.venue.orders.length - before).toBe(sent)
    stage.knobs[how].delete('orderStatus')
    await stage.advance(4_000)
    expect(prices(stage)).toEqual(AHEAD)
    stage.knobs[how].clear()
    await move(stage)
    expect(count(stage, 'modifyOrders')).toBe(1) // its five seconds are over
    expect(stage.venue.open()).toHaveLength(2)
  },
)

test('a minute counts a modify as one placed and one cancelled', async () => {
  const stage = await makerStage(FAR)
  await move(stage, 58_000)
  await stage.advance(8_000)
  const sums = stage.rowsOf('minute').map(({ placed, cancelled }) => [placed, cancelled])
  expect(stage.venue.modified.done).toBe(2)
  expect(sums[0]).toEqual([4, 2])
})
