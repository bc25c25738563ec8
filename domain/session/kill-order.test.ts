/** Kills are ordered by severity, and a milder one never weakens a stronger. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KillOrder, KillScope } from '#domain/session/types.ts'
import {
  effectiveKill,
  formatScope,
  KILL_MODES,
  killReaches,
  killSeverity,
  strongerKill,
} from './kill-order.ts'

const kill = (mode: KillOrder['mode'], scope: KillScope = { kind: 'all' }): KillOrder => ({
  scope,
  mode,
  reason: 'test',
  requested_by: 'test',
  requested_ts: 1,
})
const session = { session_id: 'session/paper/a', account: 'paper-a' }

test('severity grows off < close_only < halt < flatten', () => {
  expect([...KILL_MODES].sort((a, b) => killSeverity(a) - killSeverity(b))).toEqual([
    'off',
    'close_only',
    'halt',
    'flatten',
  ])
})

const anyMode = fc.constantFrom(...KILL_MODES)

test('whatever the order of arrival, the strongest kill stands', () => {
  fc.assert(
    fc.property(fc.array(anyMode, { minLength: 1 }), (modes) => {
      const merged = modes.map((mode) => kill(mode)).reduce<KillOrder | null>(strongerKill, null)
      expect(killSeverity(merged?.mode ?? 'off')).toBe(Math.max(...modes.map(killSeverity)))
    }),
  )
})

test('of two equal kills the first one stays, so a repeat changes nothing', () => {
  const first = kill('halt')
  expect(strongerKill(first, kill('halt'))).toBe(first)
})

test.each([
  { scope: { kind: 'all' } as KillScope, reaches: true },
  { scope: { kind: 'account', account: 'paper-a' } as KillScope, reaches: true },
  { scope: { kind: 'account', account: 'paper-b' } as KillScope, reaches: false },
  { scope: { kind: 'session', session_id: 'session/paper/a' } as KillScope, reaches: true },
  { scope: { kind: 'session', session_id: 'session/paper/ab' } as KillScope, reaches: false },
])('a kill of $scope reaches the session: $reaches', ({ scope, reaches }) => {
  expect(killReaches(scope, session)).toBe(reaches)
})

test('a session is under the strongest kill of all scopes that reach it', () => {
  const kills = [
    kill('close_only'),
    kill('halt', { kind: 'account', account: 'paper-a' }),
    kill('flatten', { kind: 'session', session_id: 'session/paper/other' }),
  ]
  expect(effectiveKill(kills, session)?.mode).toBe('halt')
  expect(effectiveKill([kill('off')], session)).toBeNull()
})

test('scopes are written as they are typed', () => {
  expect(formatScope({ kind: 'all' })).toBe('all')
  expect(formatScope({ kind: 'account', account: 'm' })).toBe('account:m')
  expect(formatScope({ kind: 'session', session_id: 'session/paper/a' })).toBe('session:session/paper/a')
})
