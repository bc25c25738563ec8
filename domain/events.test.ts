/** Sides and their signs. */
import { expect, test } from 'vitest'
import { oppositeSide, sideSign } from './events.ts'

test('a buy adds, a sell takes away, and each is the other’s opposite', () => {
  expect([sideSign('buy'), sideSign('sell')]).toEqual([1, -1])
  expect([oppositeSide('buy'), oppositeSide('sell')]).toEqual(['sell', 'buy'])
})
