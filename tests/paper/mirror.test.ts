/** A paper exchange that mirrors another endpoint: here a second paper exchange, whose market arrives unchanged and can be traded on. */
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '#config/clock.ts'
import { HoldfastError } from '#domain/errors.ts'
import type { PaperExchange } from '#exchange/paper/paper-exchange.ts'
import { createMirrorSource } from '#exchange/paper/sources/mirror.ts'
import { nktkas, startPaper, syntheticSource } from '#tests/paper/support/paper.ts'
import { waitUntil } from '#tests/support/wait-until.ts'

const running: PaperExchange[] = []
const faults: unknown[] = []
const start = async (options: Parameters<typeof startPaper>[0]) => {
  const paper = await startPaper({ onFault: (error) => faults.push(error), ...options })
  running.push(paper)
  return paper
}
const mirror = (url: string, coins: readonly string[]) =>
  createMirrorSource({ url, coins, clock: systemClock, onFault: (error) => faults.push(error) })

afterEach(async () => {
  for (const paper of running.splice(0)) await paper.close()
})

const info = async (paper: PaperExchange, body: unknown) =>
  (
    await fetch(`${paper.url}/info`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
  ).json()

test('universe, candles, books and trades arrive as they are; orders trade here and leave no trace there', async () => {
  const original = await start({ source: () => syntheticSource(['BTC', 'ETH', 'SOL']) })
  const copy = await start({ source: () => mirror(original.url, ['ETH', 'BTC', 'NOPE']) })
  expect((await info(copy, { type: 'meta' })).universe.map(({ name }: { name: string }) => name)).toEqual([
    'BTC',
    'ETH',
  ])
  const request = {
    type: 'candleSnapshot',
    req: { coin: 'ETH', interval: '1h', startTime: 0, endTime: Date.now() - 7_200_000 },
  }
  const [theirs, ours] = await Promise.all([info(original, request), info(copy, request)])
  expect(ours.length).toBeGreaterThan(1_000)
  expect(ours.at(-1)).toEqual(theirs.at(-1))

  await waitUntil(
    'a mirrored book',
    async () => (await info(copy, { type: 'l2Book', coin: 'ETH' })) !== null,
    10_000,
  )
  await waitUntil(
    'mirrored trades',
    async () => (await info(copy, { type: 'recentTrades', coin: 'BTC' })).length > 3,
    10_000,
  )
  const [seen, made] = await Promise.all([
    info(copy, { type: 'recentTrades', coin: 'BTC' }),
    info(original, { type: 'recentTrades', coin: 'BTC' }),
  ])
  const known = new Set(made.map(({ tid }: { tid: number }) => tid))
  expect(seen.filter(({ tid }: { tid: number }) => known.has(tid)).length).toBeGreaterThan(0)

  const client = nktkas(copy.url)
  copy.fund(client.address, 10_000)
  await waitUntil('a mark price', () => (copy.engine.state.markets[1]?.markPx ?? 0) > 0, 10_000)
  const mid = Number((await client.info.allMids()).ETH)
  const order = {
    a: 1,
    b: true,
    p: String(Math.round(mid * 1.01)),
    s: '0.1',
    r: false,
    t: { limit: { tif: 'Ioc' as const } },
  }
  const placed = await client.exchange.order({ orders: [order], grouping: 'na' })
  expect(placed.response.data.statuses[0]).toHaveProperty('filled')
  expect(original.engine.account(client.address)).toBeUndefined()
  await client.close()
})

test('when the other side goes away the mirror says so, comes back with it, and brings no trade twice', async () => {
  const first = await start({ source: () => syntheticSource(['BTC']) })
  const copy = await start({ source: () => mirror(first.url, ['BTC']) })
  await waitUntil(
    'trades',
    async () => (await info(copy, { type: 'recentTrades', coin: 'BTC' })).length > 3,
    10_000,
  )
  const { port } = first
  running.splice(running.indexOf(first), 1)
  await first.close()
  await waitUntil('the loss to be noticed', () => copy.status().state === 'reconnecting', 10_000)
  await start({ source: () => syntheticSource(['BTC']), port })
  await waitUntil('the line to be back', () => copy.status().state === 'running', 20_000)
  const trades = (await info(copy, { type: 'recentTrades', coin: 'BTC' })) as { tid: number }[]
  expect(new Set(trades.map(({ tid }) => tid)).size).toBe(trades.length)
})

test('an endpoint that is not there, or trades none of the coins, is refused with a hint', async () => {
  await expect(mirror('http://127.0.0.1:9', ['BTC'])).rejects.toMatchObject({ code: 'MIRROR_UNREACHABLE' })
  const other = await start({ source: () => syntheticSource(['BTC']) })
  const refusal = await mirror(other.url, ['NOPE']).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(HoldfastError)
  expect(refusal).toMatchObject({ code: 'MIRROR_NO_COINS', hint: expect.stringContaining('exchange.coins') })
})
