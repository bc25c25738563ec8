/** A segment trades only under its lease, ends for every reason there is, and leaves nothing open behind. */
import { expect, test } from 'vitest'
import { firstCheckpoint } from '#domain/trading/checkpoint.ts'
import { flatPosition } from '#domain/trading/position.ts'
import { createStage, type Knobs, LIMITS, makerInput, type Stage } from '#tests/support/session-stage.ts'
import { runSegment } from './segment.ts'
import { TIMING } from './timing.ts'
import type { SegmentOutcome } from './types.ts'

interface Running {
  stage: Stage
  /** The outcome, once there is one. */
  outcome(): SegmentOutcome | null
}

function start(knobs: Partial<Knobs> = {}, over: Parameters<typeof makerInput>[0] = {}): Running {
  const stage = createStage(knobs)
  let ended: SegmentOutcome | null = null
  void runSegment(makerInput(over), stage.ports).then((outcome) => {
    ended = outcome
  })
  return { stage, outcome: () => ended }
}

async function quoting(knobs: Partial<Knobs> = {}): Promise<Running> {
  const running = start(knobs)
  await running.stage.advance(1_000)
  expect(running.stage.venue.open()).toHaveLength(2)
  return running
}

test('it quotes under its lease, and the heartbeats carry where it stands', async () => {
  const { stage, outcome } = await quoting()
  await stage.advance(20_000)
  expect(outcome()).toBeNull()
  expect(stage.venue.open()).toHaveLength(2)
})

test('without an acknowledged heartbeat it never sends anything and gives up after one lease', async () => {
  const { stage, outcome } = start({ heartbeat: 'unreachable' })
  await stage.advance(10_000)
  expect(outcome()).toMatchObject({ kind: 'safe', reason: 'lease_expired' })
  expect(stage.venue.orders).toEqual([])
})

test('a second start of the same task refuses to run', async () => {
  const { stage, outcome } = start({ attempt: 2 })
  await stage.advance(100)
  expect(outcome()).toMatchObject({ kind: 'safe', reason: 'attempt_replaced' })
  expect(stage.calls).toEqual([])
})

test.each(['direct', 'control', 'kill_switch'] as const)(
  'a kill by %s takes the quotes back within one round trip',
  async (by) => {
    const { stage, outcome } = await quoting()
    stage.knobs.kill = { mode: 'flatten', by, reason: 'test' }
    stage.wake()
    await stage.advance(10)
    expect(stage.venue.open()).toEqual([])
    await stage.advance(1_000)
    expect(outcome()).toMatchObject({
      kind: 'killed',
      by,
      mode: 'flatten',
      reason: 'test',
      checkpoint: { unresolved: [] },
    })
  },
)

test('a kill does not wait for a call that hangs: what rests goes first', async () => {
  const { stage, outcome } = await quoting()
  stage.knobs.silent.add('placeOrders')
  stage.trade(9_990, 9_992) // it cancels and places anew, into silence
  await stage.advance(600)
  stage.knobs.silent.clear()
  stage.knobs.kill = { mode: 'halt', by: 'direct', reason: 'test' }
  stage.wake()
  await stage.advance(20)
  expect(stage.venue.open()).toEqual([])
  await stage.advance(TIMING.windDownMs + 1_000)
  expect(outcome()).toMatchObject({ kind: 'killed', mode: 'halt' })
})

test.each([
  { why: 'cancel' as const, outcome: { kind: 'killed', by: 'cancel', mode: 'off' } },
  { why: 'shutdown' as const, outcome: { kind: 'handover' } },
])('on $why it cancels and returns', async ({ why, outcome: expected }) => {
  const { stage, outcome } = await quoting()
  stage.cancel(why)
  await stage.advance(2_000)
  expect(outcome()).toMatchObject(expected)
  expect(stage.venue.open()).toEqual([])
})

test.each([
  { heartbeat: 'cancel_requested' as const, outcome: { kind: 'killed', by: 'cancel' } },
  { heartbeat: 'attempt_replaced' as const, outcome: { kind: 'safe', reason: 'attempt_replaced' } },
])('a heartbeat that answers $heartbeat ends it', async ({ heartbeat, outcome: expected }) => {
  const { stage, outcome } = await quoting()
  stage.knobs.heartbeat = heartbeat
  await stage.advance(3_000)
  expect(outcome()).toMatchObject(expected)
  expect(stage.venue.open()).toEqual([])
})

test('when heartbeats stop, the quotes are gone before the control plane could start a successor', async () => {
  const { stage, outcome } = await quoting()
  stage.knobs.heartbeat = 'unreachable'
  await stage.advance(TIMING.leaseTtlMs + 50)
  expect(stage.venue.open()).toEqual([])
  await stage.advance(2_000)
  expect(outcome()).toMatchObject({ kind: 'safe', reason: 'lease_expired' })
})

test('with on_control_loss hold the quotes outlive the lease, and nothing new is sent', async () => {
  const { stage, outcome } = start({}, { on_control_loss: 'hold' })
  await stage.advance(1_000)
  stage.knobs.heartbeat = 'unreachable'
  await stage.advance(TIMING.leaseTtlMs)
  stage.trade(9_990, 9_992) // fills the bid, and would move the ask
  await stage.advance(10_000)
  expect(outcome()).toMatchObject({ kind: 'safe', checkpoint: { unresolved: [{}, {}] } })
  expect(stage.venue.orders).toHaveLength(2)
  expect(stage.venue.open()).toHaveLength(1)
})

test.each(['params', 'pause', 'command'] as const)(
  'a rotate for %s returns a clean checkpoint',
  async (reason) => {
    const { stage, outcome } = await quoting()
    stage.rotate(reason)
    await stage.advance(1_000)
    expect(outcome()).toMatchObject({
      kind: 'rotated',
      reason,
      checkpoint: { unresolved: [], seq: 2, orders: 2 },
    })
  },
)

test('it rotates by age', async () => {
  const { stage, outcome } = start({}, { rotate_after_ms: 5_000 })
  await stage.advance(4_900)
  expect(outcome()).toBeNull()
  await stage.advance(1_000)
  expect(outcome()).toMatchObject({ kind: 'rotated', reason: 'age' })
})

test.each([
  { entryPx: '100.99', killed: false }, // 500 × 0.99 = 495 USD down
  { entryPx: '101', killed: true }, // reaching the limit is enough
])(
  'holding 500 coins from $entryPx at 100 with a limit of 500 USD it kills itself: $killed',
  async ({ entryPx, killed }) => {
    const positions = [{ ...flatPosition('SIM'), sz: '500', entryPx }]
    const { stage, outcome } = start({}, { checkpoint: { ...firstCheckpoint(3, 0), positions } })
    const { account } = stage.ports.venue
    stage.ports.venue.account = async () => ({
      ...(await account()),
      positions: [{ coin: 'SIM', sz: '500', entryPx }],
    })
    await stage.advance(3_000)
    if (killed) expect(outcome()).toMatchObject({ kind: 'killed', by: 'risk', mode: 'off' })
    else expect(outcome()).toBeNull()
    expect(LIMITS.loss_usd_max).toBe(500)
  },
)

test('a bug in the loop is thrown only after the quotes are gone', async () => {
  const stage = createStage()
  const running = runSegment(makerInput(), stage.ports).catch((error: unknown) => error)
  await stage.advance(1_000)
  stage.ports.market.ageMs = () => {
    throw new TypeError('planted')
  }
  await stage.advance(3_000)
  expect(await running).toMatchObject({ message: 'planted' })
  expect(stage.venue.open()).toEqual([])
})
