/** What is recorded follows from settings and exchange, and another market is another identity. */
import { expect, test } from 'vitest'
import { Settings } from '#config/schema.ts'
import { marketIdentity, recordedCoins, recordingPlan } from '#streamers/recording-plan.ts'

const unset = { HOLDFAST_MARKET: undefined, HOLDFAST_MARKET_SEED: undefined }
const perp = (coin: string, delisted = false) => ({
  coin,
  asset: 0,
  sizeDecimals: 2,
  maxLeverage: 10,
  delisted,
})
const LISTED = [perp('BTC'), perp('WLFI'), perp('MATIC', true)]

test.each([
  {
    what: 'a recording knows its coins',
    settings: {},
    environment: { HOLDFAST_MARKET: 'replay:x' },
    coins: ['BTC', 'WLFI'],
  },
  {
    what: 'streamers.coins wins',
    settings: { streamers: { coins: ['ETH'] } },
    environment: {},
    coins: ['ETH'],
  },
  {
    what: 'a mirror lists far too many',
    settings: {},
    environment: { HOLDFAST_MARKET: 'mirror:https://x.y' },
    coins: ['BTC', 'ETH', 'SOL'],
  },
  {
    what: 'so does mainnet',
    settings: { exchange: { network: 'mainnet' } },
    environment: {},
    coins: ['BTC', 'ETH', 'SOL'],
  },
])('coins: $what', ({ settings, environment, coins }) => {
  expect(recordedCoins(Settings.parse(settings), { ...unset, ...environment }, LISTED)).toEqual(coins)
})

test('every channel of every coin, each candle interval, and mids once', () => {
  const plan = recordingPlan(Settings.parse({ streamers: { candle_intervals: ['1m', '1d'] } }), [
    'BTC',
    'ETH',
  ])
  expect(plan).toHaveLength(2 * (4 + 2) + 1)
  expect(plan).toContainEqual({ type: 'candle', coin: 'ETH', interval: '1d' })
})

test('an interval that the venue does not have is refused', () => {
  expect(Settings.safeParse({ streamers: { candle_intervals: ['7m'] } }).success).toBe(false)
})

test('source and seed tell paper markets apart; a real network is itself whatever the paper settings say', () => {
  const paper = Settings.parse({})
  const names = [
    marketIdentity(paper, unset),
    marketIdentity(paper, { ...unset, HOLDFAST_MARKET_SEED: 8 }),
    marketIdentity(paper, { ...unset, HOLDFAST_MARKET: 'replay:a' }),
  ]
  expect(new Set(names).size).toBe(3)
  const real = Settings.parse({ exchange: { network: 'testnet' } })
  expect(marketIdentity(real, { ...unset, HOLDFAST_MARKET_SEED: 8 })).toBe(marketIdentity(real, unset))
})
