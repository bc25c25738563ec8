/** Named bits: the first one set is named in the order of declaration, all of them on request. */
import { expect, test } from 'vitest'
import { allBits, firstBit } from './bits.ts'

const BITS = { ONE: 1, TWO: 2, FOUR: 4 } as const

test.each([
  { set: 0, first: '', all: [] },
  { set: 4, first: 'FOUR', all: ['FOUR'] },
  { set: 6, first: 'TWO', all: ['TWO', 'FOUR'] },
  { set: 7, first: 'ONE', all: ['ONE', 'TWO', 'FOUR'] },
])('$set is $all, named $first', ({ set, first, all }) => {
  expect([firstBit(BITS, set), allBits(BITS, set)]).toEqual([first, all])
})
