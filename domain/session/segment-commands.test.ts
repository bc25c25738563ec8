/** Orders of people in a segment: at most once, through the gates, with a stop behind an entry, and a result for each. */
import { expect, test } from 'vitest'
import { runSegment } from '#domain/session/segment.ts'
import { COIN } from '#tests/simulation/market.ts'
import { candleInput, createStage, type Knobs, type Stage } from '#tests/support/session-stage.ts'
import type { Command } from './command.ts'
import type { CandleSegmentInput } from './segment-input.ts'
import type { SegmentOutcome } from './types.ts'

const who = { by: 'anna', reason: 'a test' }
const entry = (change: Partial<Extract<Command, { kind: 'force_entry' }>> = {}): Command => ({
  ...{
    id: 1,
    kind: 'force_entry',
    coin: COIN,
    side: 'buy',
    usd: 500,
    slippage_bps: 50,
    stop_bps: 300,
    ...who,
  },
  ...change,
})
const close = (id = 2): Command => ({ id, kind: 'force_close', slippage_bps: 100, ...who })
const reduce = (pct: number, id = 3): Command => ({
  id,
  kind: 'reduce',
  coin: COIN,
  pct,
  slippage_bps: 100,
  ...who,
})

async function run(
  commands: readonly Command[],
  knobs: Partial<Knobs> = {},
  over: Partial<CandleSegmentInput> = {},
) {
  const stage = createStage(knobs)
  let outcome: SegmentOutcome | null = null
  void runSegment(candleInput({ commands, ...over }), stage.ports).then((ended) => {
    outcome = ended
  })
  await stage.advance(5_000)
  const ended = outcome as SegmentOutcome | null
  const results = ended && 'commands' in ended ? ended.commands : undefined
  return { stage, ended, results, byCommand: decided(stage) }
}
const decided = (stage: Stage): string[] =>
  stage.decisions
    .filter(({ inputs }) => 'command' in inputs)
    .map(({ kind, reason, gate }) => `${kind} ${reason} ${gate}`.trim())

test('an entry is filled, protected, recorded with who and why, and ends the segment with its result', async () => {
  const { stage, ended, results, byCommand } = await run([entry()])
  expect(ended).toMatchObject({
    kind: 'rotated',
    reason: 'command',
    checkpoint: { positions: [{ sz: '4.974' }] },
  })
  expect(results).toEqual([
    {
      id: 1,
      status: 'done',
      gate: '',
      orders: [{ coin: COIN, side: 'buy', sz: '4.974', filled: '4.974', gate: '' }],
    },
  ])
  expect(stage.venue.open()).toMatchObject([
    { intent: { side: 'sell', sz: '4.974', trigger: { px: '96.991' } } },
  ])
  expect(byCommand).toEqual(['enter FORCE_ENTRY'])
  expect(stage.decisions[0]).toMatchObject({ inputs: { by: 'anna', why: 'a test', position_sz: '0' } })
})

test('several are executed one after the other, each on the position that the one before left', async () => {
  const { stage, results, byCommand } = await run([entry(), reduce(50), close()])
  expect(results?.map(({ id, status }) => [id, status])).toEqual([
    [1, 'done'],
    [3, 'done'],
    [2, 'done'],
  ])
  expect(byCommand).toEqual(['enter FORCE_ENTRY', 'reduce REDUCE', 'exit FORCE_CLOSE'])
  expect(stage.venue.positionE8).toBe(0n)
  expect(stage.venue.fills.map(({ sz }) => sz)).toEqual(['4.974', '2.487', '2.487'])
})

test.each([
  ['nothing to close', [close()], {}, 'NO_POSITION'],
  ['nothing to reduce', [reduce(10)], {}, 'NO_POSITION'],
  ['no touch', [entry()], { noTouch: true }, 'NO_TOUCH'],
  ['less than a lot', [entry({ usd: 0.01 })], {}, 'NO_SIZE'],
  ['less than the venue takes', [entry({ usd: 5 })], {}, 'REFUSED'],
  ['more than an order may be', [entry({ usd: 90_000 })], {}, 'REFUSED'],
])('%s is refused, and says so', async (_, commands, knobs, gate) => {
  const { stage, results } = await run(commands, knobs)
  expect(results).toMatchObject([{ status: 'refused', gate }])
  expect(stage.venue.orders).toEqual([])
})

test('the gate that refused it is a stored reason', async () => {
  const { stage } = await run([entry({ usd: 90_000 })])
  expect(stage.decisions.map(({ gate }) => gate)).toContain('RISK_ORDER_NOTIONAL')
})

test('under a close_only kill an entry is refused and a close is not', async () => {
  const { stage, results } = await run([entry(), close()], {}, { close_only: true })
  expect(results).toMatchObject([
    { id: 1, status: 'refused' },
    { id: 2, status: 'refused', gate: 'NO_POSITION' },
  ])
  expect(stage.venue.orders).toEqual([])
})

test('one whose answer is lost is explained by the venue, and not repeated', async () => {
  const { stage, results } = await run([entry()], { answersLost: new Set(['placeOrders']) })
  expect(stage.venue.fills).toHaveLength(1)
  expect(results).toMatchObject([{ status: 'done' }])
})

test('a kill leaves those that were not executed refused', async () => {
  const stage = createStage({ silent: new Set(['account']) })
  let outcome: SegmentOutcome | null = null
  void runSegment(candleInput({ commands: [entry(), close()] }), stage.ports).then((ended) => {
    outcome = ended
  })
  await stage.advance(500)
  stage.knobs.kill = { mode: 'halt', by: 'direct', reason: 'test' }
  stage.wake()
  await stage.advance(6_000)
  expect(outcome).toMatchObject({
    kind: 'killed',
    commands: [
      { id: 1, status: 'refused', gate: 'SEGMENT_ENDING' },
      { id: 2, status: 'refused' },
    ],
  })
  expect(stage.venue.orders).toEqual([])
})

test.each([
  { answer: null, orders: 1, gate: '' },
  { answer: 'Invalid leverage value', orders: 0, gate: 'LEVERAGE_NOT_SET' },
])(
  'leverage that the venue answers with $answer leads to $orders entries',
  async ({ answer, orders, gate }) => {
    const stage = createStage()
    stage.ports.venue.setLeverage = async () => answer
    let outcome: SegmentOutcome | null = null
    void runSegment(candleInput({ commands: [entry({ leverage: 5 })] }), stage.ports).then((ended) => {
      outcome = ended
    })
    await stage.advance(3_000)
    expect(stage.venue.fills).toHaveLength(orders)
    expect(outcome).toMatchObject({ commands: [{ status: orders > 0 ? 'done' : 'refused', gate }] })
  },
)

test('an entry that turns the position gets a stop of its own side, whatever was planned for the old one', async () => {
  const turn = entry({ id: 2, side: 'sell', usd: 1_000 })
  const { stage, ended } = await run([entry(), turn], {}, { stops: [{ coin: COIN, px: '98' }] })
  expect(stage.venue.positionE8 < 0n).toBe(true)
  expect(stage.venue.open()).toMatchObject([{ intent: { side: 'buy', trigger: { px: '103.01' } } }])
  expect(ended).toMatchObject({ stops: [{ px: '96.991' }, { px: '103.01' }] })
})

test('an entry that enlarges the position keeps the stop that it has', async () => {
  const { stage } = await run([entry(), entry({ id: 2, stop_bps: 900 })])
  expect(stage.venue.open()).toMatchObject([
    { intent: { side: 'sell', sz: '9.948', trigger: { px: '96.991' } } },
  ])
})
