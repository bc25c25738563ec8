/** The gate trips for whatever ends a segment, keeps the strongest reason, and wakes the loop in the same moment. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstCheckpoint } from '#domain/trading/checkpoint.ts'
import { createStage, START_TS } from '#tests/support/session-stage.ts'
import { createLease } from './lease.ts'
import { createStopGate, outcomeOf, type StopWhy } from './stop-gate.ts'

function setUp(closeOnly = false) {
  const stage = createStage()
  const lease = createLease(stage.ports.clock)
  const { commands, control } = stage.ports
  return { stage, lease, gate: createStopGate({ commands, control, lease, closeOnly }) }
}

test('a kill that arrives wakes the gate at once, without anybody looking', () => {
  const { stage, gate } = setUp()
  stage.knobs.kill = { mode: 'flatten', by: 'direct', reason: 'test' }
  expect(gate.signal.aborted).toBe(false)
  stage.wake()
  expect(gate.signal.aborted).toBe(true)
  expect(gate.why()).toEqual({ kind: 'killed', mode: 'flatten', by: 'direct', reason: 'test' })
})

test('a kill that nobody announced is seen by the next look', () => {
  const { stage, gate } = setUp()
  stage.knobs.kill = { mode: 'halt', by: 'kill_switch', reason: 'file' }
  expect(gate.look()).toMatchObject({ kind: 'killed', mode: 'halt' })
})

test('close_only does not end the segment; it only says so', () => {
  const { stage, gate } = setUp()
  stage.knobs.kill = { mode: 'close_only', by: 'direct', reason: 'test' }
  stage.wake()
  expect(gate.look()).toBeNull()
  expect(gate.closeOnly()).toBe(true)
  expect(setUp(true).gate.closeOnly()).toBe(true)
})

test('a lease that was held and ended trips it; one that was never held does not', () => {
  const { stage, gate, lease } = setUp()
  expect(gate.look()).toBeNull()
  lease.renew(lease.moment())
  expect(gate.look()).toBeNull()
  return stage.advance(4_000).then(() => {
    expect(gate.look()).toEqual({ kind: 'safe', reason: 'lease_expired' })
  })
})

test.each([
  { why: 'cancel' as const, kind: 'killed' },
  { why: 'shutdown' as const, kind: 'handover' },
])('a $why of the control plane is taken as $kind', ({ why, kind }) => {
  const { stage, gate } = setUp()
  stage.cancel(why)
  expect(gate.why()).toMatchObject({ kind })
})

test('after a rotate a kill still gets through, and after a kill a rotate changes nothing', () => {
  const { stage, gate } = setUp()
  stage.rotate('params')
  expect(gate.why()).toEqual({ kind: 'rotated', reason: 'params' })
  stage.knobs.kill = { mode: 'flatten', by: 'control', reason: 'late' }
  stage.wake()
  expect(gate.why()).toMatchObject({ kind: 'killed' })
  stage.rotate('pause')
  expect(gate.look()).toMatchObject({ kind: 'killed' })
})

const anyWhy: fc.Arbitrary<StopWhy> = fc.oneof(
  fc.constant<StopWhy>({ kind: 'handover' }),
  fc.constant<StopWhy>({ kind: 'safe', reason: 'lease_expired' }),
  fc.constant<StopWhy>({ kind: 'rotated', reason: 'age' }),
  fc.constant<StopWhy>({ kind: 'killed', by: 'risk', mode: 'off', reason: 'x' }),
)

test('whatever the order of reasons, the strongest stands', () => {
  const rank = { rotated: 1, handover: 2, safe: 3, killed: 4 }
  fc.assert(
    fc.property(fc.array(anyWhy, { minLength: 1 }), (all) => {
      const { gate } = setUp()
      for (const why of all) gate.trip(why)
      expect(rank[gate.why()?.kind ?? 'rotated']).toBe(Math.max(...all.map(({ kind }) => rank[kind])))
    }),
  )
})

test('a closed gate listens to nobody, and each reason has its outcome', () => {
  const { stage, gate } = setUp()
  gate.close()
  stage.knobs.kill = { mode: 'flatten', by: 'direct', reason: 'late' }
  stage.wake()
  stage.cancel('cancel')
  expect(gate.why()).toBeNull()
  const checkpoint = firstCheckpoint(1, START_TS)
  expect(outcomeOf({ kind: 'handover' }, checkpoint)).toEqual({ kind: 'handover', checkpoint })
  expect(outcomeOf({ kind: 'rotated', reason: 'age' }, checkpoint)).toEqual({
    kind: 'rotated',
    reason: 'age',
    checkpoint,
  })
})
