/** A session starts only where its account, coin and mode allow it; every refusal names the path or the rival. */
import { describe, expect, test, vi } from 'vitest'
import { parseSessionInput } from '#domain/session/input.ts'
import { type AdmitDeps, createAdmitActivities } from './admit.ts'

const LIMITS = { order_usd_max: 100, position_usd_max: 100, gross_usd_max: 100, loss_usd_max: 50 }
const GATES = { enable: '1', confirm: 'I_UNDERSTAND_THIS_CAN_LOSE_MONEY', caps: LIMITS }
const input = (change: Record<string, unknown> = {}) =>
  parseSessionInput({
    session_key: 'a',
    engine: 'maker',
    mode: 'paper',
    account: 'paper-maker',
    coins: ['ETH'],
    params: { strategy: 'touch' },
    limits: LIMITS,
    ...change,
  })
const deps = (change: Partial<AdmitDeps> = {}): AdmitDeps => ({
  network: 'paper',
  accounts: { 'paper-maker': { key: 'generated' } },
  live: { enable: undefined, confirm: undefined },
  venueCoins: async () => new Map([['ETH', 4]]),
  killOf: () => null,
  switchKillOf: async () => null,
  rivals: async () => [],
  links: () => ({ dashboard: '', temporal_ui: '' }),
  ...change,
})
const LIVE: Partial<AdmitDeps> = {
  network: 'testnet',
  accounts: { 'paper-maker': { key: 'env:KEY' } },
  live: GATES,
}
const admit = (change: Record<string, unknown>, parts: Partial<AdmitDeps> = {}) =>
  createAdmitActivities(deps(parts)).admitSession({
    session_id: 'session/paper/a',
    started_ts: 1_000,
    input: input(change),
  })
const candles = (change: Record<string, unknown> = {}) => ({
  engine: 'candles',
  params: { strategy: 'ema_cross' },
  ...change,
})

test('a paper session on a listed coin is admitted with the size decimals', async () => {
  expect((await admit({})).admission).toEqual({ size_decimals: { ETH: 4 }, kill: null })
})

test.each([
  ['an unknown coin', { coins: ['NOPE'] }, {}, 'coins.0'],
  ['an unknown account', { account: 'nobody' }, {}, 'account'],
  ['live on the paper network', { mode: 'live' }, {}, 'exchange.network is paper'],
  [
    'live without the first gate',
    { mode: 'live' },
    { ...LIVE, live: { ...GATES, enable: undefined } },
    'HOLDFAST_LIVE_ENABLE',
  ],
  [
    'live without the second gate',
    { mode: 'live' },
    { ...LIVE, live: { ...GATES, confirm: 'yes' } },
    'HOLDFAST_LIVE_CONFIRM',
  ],
  [
    'live with a generated key',
    { mode: 'live' },
    { ...LIVE, accounts: { 'paper-maker': { key: 'generated' } } },
    'key by reference',
  ],
  ['paper off the paper network', {}, { network: 'mainnet' as const }, 'exchange.network is mainnet'],
  [
    'live without caps in the settings',
    { mode: 'live' },
    { ...LIVE, live: { ...GATES, caps: undefined } },
    'caps',
  ],
  [
    'live above the caps',
    { mode: 'live', limits: { ...LIMITS, order_usd_max: 101 } },
    LIVE,
    'limits.order_usd_max of at most 100 USD',
  ],
  [
    'live under a close_only kill',
    { mode: 'live' },
    { ...LIVE, killOf: () => ({ mode: 'close_only' as const, reason: 'test' }) },
    'no kill in force',
  ],
])(
  '%s is refused before anything is asked of the venue but its coins',
  async (_what, change, parts, says) => {
    await expect(admit(change, parts)).rejects.toThrow(says)
  },
)

test('live with all gates open is admitted', async () => {
  await expect(admit({ mode: 'live' }, LIVE)).resolves.toBeDefined()
})

test.each([
  ['an earlier rival', 'session/paper/z', 999, false],
  ['a rival of the same moment with a smaller id', 'session/paper/A', 1_000, false],
  ['a rival of the same moment with a larger id', 'session/paper/z', 1_000, true],
  ['a later rival', 'session/paper/A', 1_001, true],
  ['itself', 'session/paper/a', 1, true],
])('%s on account and coin: admitted %#', async (_what, session_id, started_ts, admitted) => {
  const rivals = vi.fn(async () => [{ session_id, started_ts }])
  const answer = admit({}, { rivals })
  if (admitted) await expect(answer).resolves.toBeDefined()
  else await expect(answer).rejects.toMatchObject({ code: 'ACCOUNT_BUSY' })
  expect(rivals).toHaveBeenCalledWith({ account: 'paper-maker', coin: 'ETH' })
})

test('of the kill store and the switch, the stronger kill counts', async () => {
  const { admission } = await admit(
    {},
    {
      killOf: () => ({ mode: 'halt', reason: 'file' }),
      switchKillOf: async () => ({ mode: 'flatten', reason: 'switch' }),
    },
  )
  expect(admission.kill).toEqual({ mode: 'flatten', reason: 'switch' })
})

test('dry_live needs none of the gates: it sends nothing', async () => {
  await expect(admit({ mode: 'dry_live' }, { network: 'mainnet' })).resolves.toBeDefined()
})

describe('a watchlist', () => {
  const volumes = ['BTC', 'ETH', 'SOL'].map((coin, at) => ({
    coin,
    delisted: false,
    dayNotionalUsd: `${9 - at}`,
  }))
  const parts: Partial<AdmitDeps> = {
    venueCoins: async () => new Map(volumes.map(({ coin }) => [coin, 2])),
    leverageMax: async () => new Map([['BTC', 40]]),
    dayVolumes: async () => volumes,
  }
  const listed = candles({ coins: [], watchlist: { top_n: 2 } })

  test('names the most traded coins, with their leverage', async () => {
    const { admission } = await admit(listed, parts)
    expect(admission).toMatchObject({ coins: ['BTC', 'ETH'], leverage_max: { BTC: 40, ETH: 1 } })
  })
  test('leaves out what another session trades on the account', async () => {
    const rivals = async ({ coin }: { coin: string }) =>
      coin === 'BTC' ? [{ session_id: 'session/paper/old', started_ts: 1 }] : []
    expect((await admit(listed, { ...parts, rivals })).admission.coins).toEqual(['ETH', 'SOL'])
  })
  test('that leaves nothing is refused', async () => {
    const none = candles({ coins: [], watchlist: { min_day_usd: 100 } })
    await expect(admit(none, parts)).rejects.toThrow('at least one coin')
  })
})

describe('a position made by hand', () => {
  const held = async () => [
    { coin: 'ETH', sz: '2' },
    { coin: 'DOGE', sz: '5' },
    { coin: 'BTC', sz: '0' },
  ]
  const parts = {
    held,
    venueCoins: async () =>
      new Map([
        ['ETH', 4],
        ['BTC', 5],
      ]),
  }
  const two = (manual_positions?: string) =>
    candles({ coins: ['BTC', 'ETH'], ...(manual_positions ? { manual_positions } : {}) })

  test.each([undefined, 'adopt', 'ignore'])(
    'under %s the session starts with all its coins',
    async (rule) => {
      expect((await admit(two(rule), parts)).admission.coins).toBeUndefined()
    },
  )
  test('keeps the session from starting', async () => {
    await expect(admit(two('refuse'), parts)).rejects.toMatchObject({ code: 'FOREIGN_POSITION' })
    await expect(admit(candles({ coins: ['BTC'], manual_positions: 'refuse' }), parts)).resolves.toBeDefined()
  })
})
