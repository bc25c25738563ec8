/** The memory of a maker: anew without one, whole after a trip through JSON, patient with an older one. */
import { expect, test } from 'vitest'
import { firstExits } from '#domain/strategies/maker/exits/exits.ts'
import { exitsOf, recallMaker } from './maker-state.ts'

test('a session begins without a past, and knows nothing of a coin that it never saw', () => {
  const memory = recallMaker({})
  expect(memory).toMatchObject({ begun: false, cycle: null, tuned: {}, starts: {} })
  expect(exitsOf(memory, 'ETH')).toEqual(firstExits(false))
})

test('what a checkpoint carries comes back, and what an older one lacks is filled in', () => {
  const memory = { ...recallMaker({}), begun: true, exits: { ETH: firstExits(true) } }
  const carried = JSON.parse(JSON.stringify({ maker: memory, other: 1 }))
  expect(recallMaker(carried)).toEqual(memory)
  expect(recallMaker({ maker: { begun: true } })).toMatchObject({ begun: true, funding: {} })
})
