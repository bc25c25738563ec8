/** Wishes are plain state: a kill only grows, a stop stays, a repeat changes nothing, and nothing is too early. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSessionInput } from '#domain/session/input.ts'
import { KILL_MODES, killSeverity } from '#domain/session/kill-order.ts'
import { createWishBox, wishBoxFor } from '#domain/session/wishes.ts'
import { limitsOf } from '../../tests/support/segment-inputs.ts'

const input = parseSessionInput({
  engine: 'maker',
  session_key: 'unit',
  account: 'unit',
  coins: ['BTC'],
  limits: limitsOf(),
  on_kill: 'halt',
  params: { strategy: 'touch' },
})
const update = { params: input.params, limits: input.limits }

test('a new box wishes for nothing', () => {
  const { changes, kill, paused, stop, update: none } = createWishBox('flatten')
  expect({ changes, kill, paused, stop, none }).toEqual({
    changes: 0,
    kill: { mode: 'off', reason: '' },
    paused: null,
    stop: null,
    none: null,
  })
})

test.each([
  { wish: undefined, mode: 'halt' }, // an empty form of the Temporal UI
  { wish: {}, mode: 'halt' },
  { wish: { mode: 'close_only' }, mode: 'close_only' },
  { wish: { mode: 'flatten' }, mode: 'flatten' },
  { wish: { mode: 'off' }, mode: 'off' },
] as const)('in a session whose rule is halt, the kill $wish gives $mode', ({ wish, mode }) => {
  const box = createWishBox('halt')
  box.askKill(wish)
  expect(box.kill.mode).toBe(mode)
})

test('whatever is asked in whatever order: the strongest kill stands with its first reason', () => {
  const anyWish = fc.record({ mode: fc.constantFrom(...KILL_MODES), reason: fc.string({ minLength: 1 }) })
  fc.assert(
    fc.property(fc.array(anyWish), (wishes) => {
      const box = createWishBox('flatten')
      let was = 0
      for (const wish of wishes) {
        box.askKill(wish)
        expect(killSeverity(box.kill.mode)).toBe(Math.max(was, killSeverity(wish.mode)))
        was = killSeverity(box.kill.mode)
      }
      const first = wishes.find(({ mode }) => mode === box.kill.mode && mode !== 'off')
      expect(box.kill.reason).toBe(first?.reason ?? '')
    }),
  )
})

test('each change is counted, each repeat is not', () => {
  const box = createWishBox('flatten')
  const steps: [() => void, number][] = [
    [() => box.askKill({ mode: 'halt' }), 1],
    [() => box.askKill({ mode: 'close_only' }), 1],
    [() => box.askStop({ reason: 'enough' }), 2],
    [() => box.askStop({ reason: 'again' }), 2],
    [() => box.askPause(), 3],
    [() => box.askPause(), 3],
    [() => box.askResume(), 4],
    [() => box.askResume(), 4],
    [() => box.askUpdate(update), 5],
    [() => box.askUpdate(update), 6],
  ]
  for (const [ask, changes] of steps) {
    ask()
    expect(box.changes).toBe(changes)
  }
  expect([box.stop, box.paused]).toEqual([{ reason: 'enough' }, null])
})

test('an empty reason gets a word of its own', () => {
  const box = createWishBox('flatten')
  box.askKill({ reason: '' })
  box.askStop({ reason: '' })
  box.askPause({ reason: '' })
  expect([box.kill.reason, box.stop?.reason, box.paused?.reason]).toEqual([
    'kill signal',
    'stopped',
    'paused',
  ])
})

test('the last update wins and is taken once', () => {
  const box = createWishBox('flatten')
  const later = { ...update, limits: limitsOf({ order_usd_max: 5 }) }
  box.askUpdate(update)
  box.askUpdate(later)
  expect([box.update, box.doneUpdate({ ...later }), box.update]).toEqual([later, undefined, later])
  box.doneUpdate(later)
  expect(box.update).toBeNull()
})

test('the box of a new session knows the session’s own rule for kills', () => {
  const box = wishBoxFor(input, null)
  box.askKill()
  expect(box.kill.mode).toBe('halt')
})

test('a session that continues as new keeps its kill and its pause, and cannot weaken them', () => {
  const resume = { paused: 'by hand', kill: { mode: 'close_only', reason: 'news' } } as Parameters<
    typeof wishBoxFor
  >[1]
  const box = wishBoxFor(input, resume)
  box.askKill({ mode: 'off' })
  expect([box.kill, box.paused]).toEqual([{ mode: 'close_only', reason: 'news' }, { reason: 'by hand' }])
})
