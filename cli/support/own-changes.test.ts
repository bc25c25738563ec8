/** The way back from a change that a session made by itself. */
import { expect, test } from 'vitest'
import { wayBack } from './own-changes.ts'

const change = { ts: '', coin: 'ETH', now: '', reason: '' }

test('a knob is set for its coin, a mode for the session, advice is switched off', () => {
  expect(wayBack('session/paper/m', { ...change, what: 'min_spread_guard_buffer_bps', was: '2' })).toContain(
    'params.per_coin.ETH.min_spread_guard_buffer_bps=2',
  )
  expect(wayBack('session/paper/m', { ...change, what: 'mode', was: 'NORMAL' })).toContain(
    'params.mode=NORMAL',
  )
  expect(wayBack('session/paper/m', { ...change, what: 'advisor', was: 'NORMAL' })).toContain(
    'params.advisor_enabled=false',
  )
})
