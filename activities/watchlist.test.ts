/** Watchlists follow the volumes; fixed lists, frozen ones and coins of others stay as they are; one failure stops no other. */
import { expect, test } from 'vitest'
import { Watchlist } from '#domain/session/candle-input.ts'
import { createWatchlistActivities, type WatchingSession } from './watchlist.ts'

const volumes = ['BTC', 'ETH', 'SOL', 'XRP'].map((coin, at) => ({
  coin,
  delisted: false,
  dayNotionalUsd: `${9 - at}`,
}))
const session = (change: Partial<WatchingSession> = {}): WatchingSession => ({
  session_id: 'session/paper/a',
  account: 'one',
  coins: ['BTC', 'DOGE'],
  watchlist: Watchlist.parse({ top_n: 2 }),
  ...change,
})

async function refresh(running: WatchingSession[], fails: readonly string[] = []) {
  const sent: Record<string, string[]> = {}
  const { refreshWatchlists } = createWatchlistActivities({
    running: async () => running,
    volumes: async () => volumes,
    update: async (id, { coins }) => {
      if (fails.includes(id)) throw new TypeError('refused')
      sent[id] = coins
    },
    warn: () => undefined,
  })
  return { report: await refreshWatchlists(), sent }
}

test('the list of now is sent where it differs, and says what came and went', async () => {
  const { report, sent } = await refresh([session()])
  expect(sent).toEqual({ 'session/paper/a': ['BTC', 'ETH'] })
  expect(report.changed).toEqual([{ session_id: 'session/paper/a', added: ['ETH'], dropped: ['DOGE'] }])
})

test.each([
  ['the same list', { coins: ['ETH', 'BTC'] }],
  ['a fixed list', { watchlist: undefined }],
  ['a frozen one', { watchlist: Watchlist.parse({ top_n: 2, refresh: false }) }],
  ['one that would be left empty', { watchlist: Watchlist.parse({ min_day_usd: 100 }) }],
])('%s is left alone', async (_, change) => {
  expect((await refresh([session(change)])).sent).toEqual({})
})

test('what another session of the account trades is left to it; other accounts do not count', async () => {
  const others = [
    session({ session_id: 'b', coins: ['ETH'], watchlist: undefined }),
    session({ session_id: 'c', coins: ['BTC'], account: 'two', watchlist: undefined }),
  ]
  expect((await refresh([session(), ...others])).sent).toEqual({ 'session/paper/a': ['BTC', 'SOL'] })
})

test('a session that refuses is reported, and the next one still gets its list', async () => {
  const second = session({ session_id: 'd', account: 'two' })
  const { report, sent } = await refresh([session(), second], ['session/paper/a'])
  expect(Object.keys(sent)).toEqual(['d'])
  expect(report.failed).toEqual([{ session_id: 'session/paper/a', why: expect.stringContaining('refused') }])
})
