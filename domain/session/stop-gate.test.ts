/** Whatever says that a segment must end, the gate keeps the strongest reason, wakes the loop, and never opens again. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLease } from '#domain/session/lease.ts'
import { createStopGate, outcomeOf, type StopWhy } from '#domain/session/stop-gate.ts'
import { TIMING } from '#domain/session/timing.ts'
import { checkpointOf } from '../../tests/support/segment-inputs.ts'
import { fakeControl, fakeInbox, virtualClock } from '../../tests/support/session-ports.ts'

function opened(closeOnly = false) {
  const time = virtualClock()
  const inbox = fakeInbox()
  const control = fakeControl(time.clock)
  const lease = createLease(time.clock)
  const gate = createStopGate({ commands: inbox.commands, control: control.control, lease, closeOnly })
  return { ...time, inbox, control, lease, gate }
}

const RANKED: readonly StopWhy[] = [
  { kind: 'rotated', reason: 'params' },
  { kind: 'handover' },
  { kind: 'safe', reason: 'lease_expired' },
  { kind: 'killed', by: 'direct', mode: 'flatten', reason: 'unit' },
]
const rank = (why: StopWhy | null): number => RANKED.findIndex(({ kind }) => kind === why?.kind)

test('an untouched gate is open', () => {
  const { gate } = opened()
  expect([gate.look(), gate.why(), gate.signal.aborted, gate.closeOnly()]).toEqual([null, null, false, false])
})

test('in whatever order reasons come, the strongest stands and it never weakens', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...RANKED), { minLength: 1 }), (reasons) => {
      const { gate } = opened()
      let strongest = -1
      for (const why of reasons) {
        gate.trip(why)
        strongest = Math.max(strongest, rank(why))
        expect(rank(gate.look())).toBe(strongest)
        expect(gate.signal.aborted).toBe(true)
      }
    }),
  )
})

test('of two kills the first one stands', () => {
  const { gate } = opened()
  gate.trip({ kind: 'killed', by: 'risk', mode: 'off', reason: 'first' })
  gate.trip({ kind: 'killed', by: 'direct', mode: 'flatten', reason: 'second' })
  expect(gate.why()).toMatchObject({ reason: 'first' })
})

describe('a kill in the inbox', () => {
  test.each([
    { mode: 'off', trips: false },
    { mode: 'close_only', trips: false },
    { mode: 'halt', trips: true },
    { mode: 'flatten', trips: true },
  ] as const)('of mode $mode trips: $trips', ({ mode, trips }) => {
    const { gate, inbox } = opened()
    inbox.state.kill = { mode, by: 'kill_switch', reason: 'unit' }
    expect(gate.look() !== null).toBe(trips)
  })

  test('trips the gate by itself when it arrives, before anybody looks', () => {
    const { gate, inbox } = opened()
    inbox.state.kill = { mode: 'halt', by: 'direct', reason: 'unit' }
    inbox.wake()
    expect(gate.signal.aborted).toBe(true)
  })

  test('is heard at the second news as at the first', () => {
    const { gate, inbox } = opened()
    inbox.wake()
    expect(gate.signal.aborted).toBe(false)
    inbox.state.kill = { mode: 'halt', by: 'direct', reason: 'unit' }
    inbox.wake()
    expect(gate.signal.aborted).toBe(true)
  })

  test('that is lifted later does not open the gate again', () => {
    const { gate, inbox } = opened()
    inbox.state.kill = { mode: 'halt', by: 'direct', reason: 'unit' }
    gate.look()
    inbox.state.kill = null
    expect(gate.look()?.kind).toBe('killed')
  })

  test('of mode close_only lets reduce only, for as long as it stands', () => {
    const { gate, inbox } = opened()
    inbox.state.kill = { mode: 'close_only', by: 'direct', reason: 'unit' }
    expect(gate.closeOnly()).toBe(true)
    inbox.state.kill = null
    expect(gate.closeOnly()).toBe(false)
  })
})

test('close_only of the segment’s own input stands without any kill file', () => {
  expect(opened(true).gate.closeOnly()).toBe(true)
})

test.each([
  { reason: 'shutdown', kind: 'handover' },
  { reason: 'command', kind: 'rotated' },
  { reason: 'cancel', kind: 'killed' },
  { reason: null, kind: 'killed' }, // an abort that nobody explains counts as a cancellation
] as const)(
  'a control plane that aborts with $reason ends the segment as $kind, at once',
  ({ reason, kind }) => {
    const { control, gate } = opened()
    control.abort(reason)
    expect([gate.why()?.kind, gate.signal.aborted]).toEqual([kind, true])
  },
)

test('a lease that was never held does not trip, one that was lost does', async () => {
  const { advance, gate, lease } = opened()
  await advance(TIMING.leaseTtlMs * 2)
  expect(gate.look()).toBeNull()
  lease.renew(lease.moment())
  await advance(TIMING.leaseTtlMs - 1)
  expect(gate.look()).toBeNull()
  await advance(1)
  expect(gate.look()).toEqual({ kind: 'safe', reason: 'lease_expired' })
})

test('a rotate request trips the gate and is taken once', () => {
  const { gate, inbox } = opened()
  inbox.state.rotate = 'params'
  expect([gate.look(), inbox.state.rotate]).toEqual([{ kind: 'rotated', reason: 'params' }, null])
})

test('a closed gate listens to nobody any more', () => {
  const { control, gate, inbox } = opened()
  gate.close()
  inbox.state.kill = { mode: 'halt', by: 'direct', reason: 'unit' }
  inbox.wake()
  control.abort('cancel')
  expect(gate.why()).toBeNull()
})

test('every reason becomes the outcome that says the same, with the checkpoint', () => {
  const checkpoint = checkpointOf({ seq: 7 })
  expect(RANKED.map((why) => outcomeOf(why, checkpoint))).toEqual([
    { kind: 'rotated', reason: 'params', checkpoint },
    { kind: 'handover', checkpoint },
    { kind: 'safe', reason: 'lease_expired', checkpoint },
    { kind: 'killed', by: 'direct', mode: 'flatten', reason: 'unit', checkpoint },
  ])
})
