/** What refusals mean for an exit and for the coin. */
import { expect, test } from 'vitest'
import { isOwnFault, rejectKind } from './maker-coin.ts'

test.each([
  ['own count: the request weight of this minute is spent', 'rate', false],
  ['HTTP 429', 'rate', false],
  ['Too many cumulative requests sent (1 > 0)', 'rate', false],
  ['Order price cannot be more than 95% away from the reference price', 'price', true],
  ['Order has invalid price.', 'price', true],
  ['Price must be divisible by tick size. asset=1', 'price', true],
  ['Order could not immediately match against any resting orders. asset=1', 'other', false],
  ['Post only order would have immediately matched, bbo was 1@2', 'other', false],
  ['Insufficient margin to place order. asset=1', 'other', true],
  ['Cannot modify canceled or filled order', 'other', false],
  ['KILLED', 'other', false],
])('%s: for an exit %s, our own fault %s', (message, kind, fault) => {
  expect(rejectKind(message)).toBe(kind)
  expect(isOwnFault(message)).toBe(fault)
})
