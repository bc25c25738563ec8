/** On the synthetic market orders and trades of accounts are public; on a stranger's market they are not. */
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { PaperExchange } from '#exchange/paper/paper-exchange.ts'
import type { MarketSource } from '#exchange/paper/sources/source.ts'
import { nktkas, scriptedMarket, startPaper } from '#tests/paper/support/paper.ts'
import { waitUntil } from '#tests/support/wait-until.ts'

let paper: PaperExchange
afterEach(() => paper.close())

async function marketWhere(isForeign: boolean) {
  const market = scriptedMarket()
  const source: MarketSource = { ...market.source, isForeign }
  paper = await startPaper({ source: () => source })
  market.book('BTC', 99_990, 100_010)
  market.emit({
    kind: 'bbo',
    coin: 'BTC',
    ts: Date.now() + 60_000,
    bid: { px: '99990.0', sz: '1.0', n: 1 },
    ask: { px: '100010.0', sz: '1.0', n: 1 },
  })
  const alice = nktkas(paper.url, '1')
  const bob = nktkas(paper.url, '2')
  for (const { address } of [alice, bob]) paper.fund(address, 100_000)
  const frames: { channel: string; data: Record<string, unknown> }[] = []
  const socket = new WebSocket(`${paper.url.replace('http', 'ws')}/ws`)
  await new Promise((resolve) => socket.once('open', resolve))
  socket.on('message', (raw) => frames.push(JSON.parse(String(raw))))
  for (const type of ['bbo', 'trades', 'l2Book'])
    socket.send(JSON.stringify({ method: 'subscribe', subscription: { type, coin: 'BTC' } }))
  await waitUntil('first messages', () => frames.some(({ channel }) => channel === 'l2Book'), 5_000)
  const order = (p: string, b: boolean) => ({
    orders: [{ a: 0, b, p, s: '0.5', r: false, t: { limit: { tif: 'Gtc' as const } } }],
    grouping: 'na' as const,
  })
  await alice.exchange.order(order('100000', true))
  const book = await alice.info.l2Book({ coin: 'BTC' })
  await bob.exchange.order(order('100000', false))
  await waitUntil('fills', async () => (await bob.info.userFills({ user: bob.address })).length === 1, 5_000)
  const recent = await alice.info.recentTrades({ coin: 'BTC' })
  const close = async () => {
    socket.terminate()
    await Promise.all([alice.close(), bob.close()])
  }
  return { frames, book, recent, alice, bob, close }
}

test('public: the order is the best bid at once, and the trade names both accounts, the taker second on a sell', async () => {
  const { frames, book, recent, alice, bob, close } = await marketWhere(false)
  expect(book?.levels[0][0]).toEqual({ px: '100000.0', sz: '0.5', n: 1 })
  expect(book?.levels[0][1]).toEqual({ px: '99990.0', sz: '1.0', n: 1 })
  expect(
    frames
      .filter(({ channel }) => channel === 'bbo')
      .map(({ data }) => (data.bbo as { px: string }[])[0]?.px),
  ).toEqual(
    ['99990.0', '100000.0', '99990.0'].slice(0, frames.filter(({ channel }) => channel === 'bbo').length),
  )
  expect(recent[0]).toMatchObject({
    px: '100000.0',
    sz: '0.5',
    side: 'A',
    users: [alice.address.toLowerCase(), bob.address.toLowerCase()],
  })
  await waitUntil('the public trade', () => frames.some(({ channel }) => channel === 'trades'), 5_000)
  await close()
})

test('foreign: the market is shown as its source has it', async () => {
  const { frames, book, recent, close } = await marketWhere(true)
  expect(book?.levels[0][0]?.px).toBe('99990.0')
  expect(recent).toEqual([])
  expect(frames.filter(({ channel }) => channel === 'trades')).toEqual([])
  expect(frames.filter(({ channel }) => channel === 'bbo')).toHaveLength(1)
  await close()
})
