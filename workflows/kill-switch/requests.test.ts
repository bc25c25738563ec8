/** A kill is read leniently, a scope never wrongly: a typing slip must not kill the wrong thing, and nothing else is refused. */
import { expect, test } from 'vitest'
import { readClear, readEngage } from './requests.ts'

test.each([undefined, null, {}])('an empty form (%s) flattens all', (raw) => {
  expect(readEngage(raw, 5)).toEqual({
    scope: { kind: 'all' },
    mode: 'flatten',
    reason: '',
    requested_by: 'kill switch',
    requested_ts: 5,
  })
})

test.each([
  ['all', { kind: 'all' }],
  ['account:paper-maker', { kind: 'account', account: 'paper-maker' }],
  ['session:session/paper/a', { kind: 'session', session_id: 'session/paper/a' }],
  [{ kind: 'all' }, { kind: 'all' }],
  [
    { kind: 'account', account: 'x' },
    { kind: 'account', account: 'x' },
  ],
  [
    { kind: 'session', session_id: 'y' },
    { kind: 'session', session_id: 'y' },
  ],
])('scope %j is understood', (scope, read) => {
  expect(readEngage({ scope }, 0).scope).toEqual(read)
  expect(readClear({ scope })).toEqual(read)
})

test.each(['everything', 'account:', 'account', 7, { kind: 'account' }, { kind: 'session', session_id: '' }])(
  'scope %j is refused with its path',
  (scope) => {
    expect(() => readEngage({ scope }, 0)).toThrow(/kill switch: scope: found/)
  },
)

test.each(['off', 'Flatten', '', 3])('mode %j is refused with its path', (mode) => {
  expect(() => readEngage({ mode }, 0)).toThrow(/kill switch: mode: found/)
})

test.each(['halt', 'flatten', 'close_only'])('mode %s is taken', (mode) => {
  expect(readEngage({ mode }, 0).mode).toBe(mode)
})

test.each(['please', 5, ['all']])('%j is no object and refused', (raw) => {
  expect(() => readEngage(raw, 0)).toThrow('one JSON object')
})
