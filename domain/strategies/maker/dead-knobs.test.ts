/** Old names point to knobs that exist, and no living knob is called dead. */
import { expect, test } from 'vitest'
import { adviceFor, DEAD, RENAMED } from './dead-knobs.ts'
import { COIN_KNOBS } from './params.ts'
import { SESSION_KNOBS } from './session-knobs.ts'

const living = { ...COIN_KNOBS, ...SESSION_KNOBS, session_key: true }

test.each(Object.entries(RENAMED))('%s → %s exists', (old, now) => {
  expect(Object.keys(living)).toContain(now)
  expect(Object.keys(living)).not.toContain(old)
})

test('what is dead lives nowhere, and each has a reason', () => {
  for (const [name, why] of Object.entries(DEAD)) {
    expect(Object.keys(living)).not.toContain(name)
    expect(why.length).toBeGreaterThan(10)
  }
  expect(adviceFor('peg_frac_of_spread')).toContain('no effect')
  expect(adviceFor('ioc_throttle_s')).toBe('ioc_throttle_s is now ioc_throttle_ms')
  expect(adviceFor('never_heard_of')).toBe('')
})
