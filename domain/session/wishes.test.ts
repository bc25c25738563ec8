/** What people ask for: a kill only grows, a stop stays, a resume forgets a pause, and nothing is lost over continue-as-new. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ResumeState } from './effects.ts'
import { parseSessionInput } from './input.ts'
import { KILL_MODES, killSeverity } from './kill-order.ts'
import { createWishBox, wishBoxFor } from './wishes.ts'

test('an empty kill means what the session says; a repeat changes nothing', () => {
  const box = createWishBox('halt')
  box.askKill(undefined)
  expect(box.kill).toEqual({ mode: 'halt', reason: 'kill signal' })
  box.askKill({})
  expect(box.changes).toBe(1)
})

test('whatever is asked in whatever order, the strongest kill stands', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...KILL_MODES)), (modes) => {
      const box = createWishBox('flatten')
      for (const mode of modes) box.askKill({ mode })
      expect(killSeverity(box.kill.mode)).toBe(Math.max(0, ...modes.map(killSeverity)))
    }),
  )
})

test('the first stop stays, a pause ends with resume, and a resume without pause is nothing', () => {
  const box = createWishBox('flatten')
  box.askStop({ reason: 'first' })
  box.askStop({ reason: 'second' })
  expect(box.stop).toEqual({ reason: 'first' })
  box.askPause({ reason: '' })
  expect(box.paused).toEqual({ reason: 'paused' })
  box.askResume()
  const { changes } = box
  box.askResume()
  expect([box.paused, box.changes]).toEqual([null, changes])
})

test('the last update wins and is taken once', () => {
  const box = createWishBox('flatten')
  const limits = { order_usd_max: 1, position_usd_max: 1, open_orders_max: 1, loss_usd_max: 1 }
  const params = { strategy: 'follow_targets' as const, model: 'a' }
  box.askUpdate({ params, limits })
  box.askUpdate({ params: { ...params, model: 'b' }, limits })
  expect(box.takeUpdate()?.params).toMatchObject({ model: 'b' })
  expect(box.takeUpdate()).toBeNull()
})

test('a session that continues as new still knows its pause and its close_only', () => {
  const input = parseSessionInput({
    engine: 'maker',
    session_key: 'a',
    account: 'a',
    coins: ['BTC'],
    params: { strategy: 'touch' },
    limits: { order_usd_max: 1, position_usd_max: 1 },
  })
  const resume = { paused: 'lunch', kill: { mode: 'close_only', reason: 'r' } } as ResumeState
  const box = wishBoxFor(input, resume)
  expect([box.paused, box.kill.mode]).toEqual([{ reason: 'lunch' }, 'close_only'])
  expect(wishBoxFor(input, null).kill.mode).toBe('off')
})
