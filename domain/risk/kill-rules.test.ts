/** When a session kills itself, and which kills end it. */
import { expect, test } from 'vitest'
import { parseFixed } from '#domain/fixed-point.ts'
import { endsSession, killReason } from './kill-rules.ts'

test.each([
  { pnl: '-99.99999999', reason: null },
  { pnl: '-100', reason: 'LOSS_LIMIT' }, // reaching the limit is enough
  { pnl: '-100.00000001', reason: 'LOSS_LIMIT' },
  { pnl: '100', reason: null },
])('with a limit of 100 USD, a session at $pnl USD is killed for: $reason', ({ pnl, reason }) => {
  expect(killReason(parseFixed(pnl), 100)).toBe(reason)
})

test('halt and flatten end a session; close_only lets it reduce', () => {
  expect((['off', 'close_only', 'halt', 'flatten'] as const).map(endsSession)).toEqual([
    false,
    false,
    true,
    true,
  ])
})
