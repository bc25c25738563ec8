/** The maker keeps one order a slot where the strategy wants it, and touches no slot that it is not sure of. */
import { expect, test } from 'vitest'
import { createStage, type Knobs, LIMITS, makerInput, type Stage } from '#tests/support/session-stage.ts'
import { runSegment } from './segment.ts'

async function quoting(
  knobs: Partial<Knobs> = {},
  over: Parameters<typeof makerInput>[0] = {},
): Promise<Stage> {
  const stage = createStage(knobs)
  void runSegment(makerInput(over), stage.ports)
  await stage.advance(1_000)
  return stage
}

const shown = (stage: Stage): string[] =>
  stage.venue
    .open()
    .map(({ intent }) => `${intent.side} ${intent.sz}@${intent.px}`)
    .sort()

test('it shows both sides at its distance from the mid', async () => {
  expect(shown(await quoting())).toEqual(['buy 5.002@99.95', 'sell 4.997@100.05'])
})

test('quotes that still lie right are left alone; a moved market moves them', async () => {
  const stage = await quoting()
  await stage.advance(5_000)
  expect(stage.venue.orders).toHaveLength(2)
  stage.trade(10_001, 10_003)
  await stage.advance(1_000)
  expect(shown(stage)).toEqual(['buy 5.001@99.969', 'sell 4.996@100.08'])
})

test('a fill shifts both quotes against the inventory', async () => {
  const stage = await quoting()
  stage.trade(9_990, 9_992) // through the bid
  await stage.advance(1_000)
  expect(stage.venue.positionE8).toBeGreaterThan(0n)
  const mid = 99.91
  const [bid, ask] = [
    stage.venue.open().find(({ intent }) => intent.side === 'buy'),
    stage.venue.open().find(({ intent }) => intent.side === 'sell'),
  ]
  expect(mid - Number(bid?.intent.px)).toBeGreaterThan(Number(ask?.intent.px) - mid)
})

test.each([
  {
    what: 'market data is stale',
    spoil: (stage: Stage) => Object.assign(stage.knobs, { ageMs: 3_001 }),
    gate: 'STALE_MARKET',
  },
  {
    what: 'the account stream is down',
    spoil: (stage: Stage) => Object.assign(stage.knobs, { streamUp: false }),
    gate: 'ACCOUNT_STREAM_DOWN',
  },
  {
    what: 'there is no touch',
    spoil: (stage: Stage) => Object.assign(stage.knobs, { noTouch: true }),
    gate: 'NO_TOUCH',
  },
])('when $what it pulls its quotes and says why', async ({ spoil, gate }) => {
  const stage = await quoting()
  spoil(stage)
  await stage.advance(1_000)
  expect(stage.venue.open()).toEqual([])
  expect(stage.decisions.at(-1)).toMatchObject({ kind: 'hold', gate })
})

test('a slot whose order got no answer stays empty until the venue has told', async () => {
  const stage = createStage({ answersLost: new Set(['placeOrders', 'orderStatus']) })
  void runSegment(makerInput(), stage.ports)
  await stage.advance(9_000)
  expect(stage.venue.orders).toHaveLength(2) // once, not once a turn
  stage.knobs.answersLost.clear()
  await stage.advance(3_000)
  expect(stage.venue.open()).toHaveLength(2)
  expect(stage.venue.orders).toHaveLength(2)
})

test('a cancel without an answer keeps its slot taken', async () => {
  const stage = await quoting()
  stage.ports.venue.modifyOrders = undefined as never // a venue that can only cancel and place
  stage.knobs.silent.add('cancelOrders')
  stage.trade(10_001, 10_003) // the quotes lie wrong now, and none is filled
  await stage.advance(10_000)
  expect(stage.venue.orders).toHaveLength(2)
  stage.knobs.silent.clear()
  await stage.advance(4_000)
  expect(stage.venue.open()).toHaveLength(2)
  expect(stage.venue.orders.length).toBeGreaterThan(2)
})

test('under close_only it shows only the side that shrinks the position, reduce-only', async () => {
  const stage = await quoting()
  stage.trade(9_990, 9_992)
  await stage.advance(1_000)
  stage.knobs.kill = { mode: 'close_only', by: 'direct', reason: 'test' }
  stage.wake()
  await stage.advance(1_000)
  expect(stage.venue.open().map(({ intent }) => [intent.side, intent.reduce_only])).toEqual([['sell', true]])
})

test('at the position limit the growing side is empty', async () => {
  const stage = await quoting({}, { limits: { ...LIMITS, position_usd_max: 500 } })
  stage.trade(9_990, 9_992)
  await stage.advance(1_000)
  expect(stage.venue.open().map(({ intent }) => intent.side)).toEqual(['sell'])
  expect(stage.decisions.at(-1)).toMatchObject({ reason: 'ASK_ONLY', gate: 'POSITION_LIMIT' })
})

test('it says something when something changed, and else every ten seconds', async () => {
  const stage = await quoting()
  const { length } = stage.decisions
  await stage.advance(9_000)
  expect(stage.decisions).toHaveLength(length)
  await stage.advance(2_000)
  expect(stage.decisions).toHaveLength(length + 1)
})
