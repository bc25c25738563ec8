/** Named coins come first, the busiest are added once; delisted ones are never chosen. */
import { expect, test } from 'vitest'
import { Settings } from '#config/schema.ts'
import { chooseCoins, type ListingVenue } from '#streamers/coin-choice.ts'

const context = (coin: string, dayNotionalUsd: string, delisted = false) => ({
  ...{ coin, delisted, markPx: '1', oraclePx: '1', midPx: null, funding: '0', openInterest: '0' },
  ...{ dayNotionalUsd, dayVolume: '0', prevDayPx: '1' },
})
const venue: ListingVenue = {
  meta: async () =>
    ['BTC', 'OLD'].map((coin, asset) => ({
      ...{ coin, asset, sizeDecimals: 2, maxLeverage: 3, delisted: coin === 'OLD' },
    })),
  contexts: async () => [
    context('BTC', '5'),
    context('WIF', '9'),
    context('GONE', '99', true),
    context('SOL', '7'),
  ],
}
const choose = (streamers: object): Promise<string[]> => chooseCoins(Settings.parse({ streamers }), {}, venue)

test('without a wish for the busiest, only the named ones', async () => {
  expect(await choose({ coins: ['ETH'] })).toEqual(['ETH'])
  expect(await choose({})).toEqual(['BTC'])
})

test('the busiest are added, largest first, each once', async () => {
  expect(await choose({ coins: ['SOL', 'ETH'], top_by_volume: 2 })).toEqual(['SOL', 'ETH', 'WIF'])
})

test('a venue that does not answer is told only when its listing is needed', async () => {
  const deaf: ListingVenue = {
    meta: () => Promise.reject(new TypeError('no')),
    contexts: () => Promise.reject(new TypeError('no')),
  }
  expect(await chooseCoins(Settings.parse({ streamers: { coins: ['ETH'] } }), {}, deaf)).toEqual(['ETH'])
  await expect(chooseCoins(Settings.parse({}), {}, deaf)).rejects.toThrow('no')
})
