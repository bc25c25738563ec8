/** A session starts only where its account, coin and mode allow it; every refusal names the path or the rival. */
import { expect, test, vi } from 'vitest'
import { parseSessionInput } from '#domain/session/input.ts'
import { type AdmitDeps, createAdmitActivities } from './admit.ts'

const input = (change: Record<string, unknown> = {}) =>
  parseSessionInput({
    session_key: 'a',
    engine: 'maker',
    mode: 'paper',
    account: 'paper-maker',
    coins: ['ETH'],
    params: { strategy: 'touch' },
    limits: { order_usd_max: 100, position_usd_max: 100 },
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
  live: { enable: '1', confirm: 'I_UNDERSTAND_THIS_CAN_LOSE_MONEY' },
}
const admit = (change: Record<string, unknown>, parts: Partial<AdmitDeps> = {}) =>
  createAdmitActivities(deps(parts)).admitSession({
    session_id: 'session/paper/a',
    started_ts: 1_000,
    input: input(change),
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
    { ...LIVE, live: { enable: undefined, confirm: 'I_UNDERSTAND_THIS_CAN_LOSE_MONEY' } },
    'HOLDFAST_LIVE_ENABLE',
  ],
  [
    'live without the second gate',
    { mode: 'live' },
    { ...LIVE, live: { enable: '1', confirm: 'yes' } },
    'HOLDFAST_LIVE_CONFIRM',
  ],
  [
    'live with a generated key',
    { mode: 'live' },
    { ...LIVE, accounts: { 'paper-maker': { key: 'generated' } } },
    'key by reference',
  ],
  ['paper off the paper network', {}, { network: 'mainnet' as const }, 'exchange.network is mainnet'],
  ['dry_live, which is not there yet', { mode: 'dry_live' }, {}, 'not there yet'],
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
