/** Our venue modifies on the paper exchange: the bytes that the public client would sign, a new number for each order, and what every refusal leaves behind. */
import { BatchModifyRequest } from '@nktkas/hyperliquid/api/exchange'
import { canonicalize } from '@nktkas/hyperliquid/signing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock as clock } from '#config/clock.ts'
import { assert } from '#domain/errors.ts'
import { buildCloid } from '#domain/ids.ts'
import type { OrderAnswer, OrderModify, Venue } from '#domain/session/ports.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import { createTransport, type Transport } from '#exchange/client/http.ts'
import { createInfo } from '#exchange/client/info.ts'
import { createSigner } from '#exchange/client/keys.ts'
import { createVenue } from '#exchange/client/venue.ts'
import { createWeightBudget } from '#exchange/client/weight-budget.ts'
import type { PaperExchange } from '#exchange/paper/paper-exchange.ts'
import { scriptedMarket, startPaper, wallet } from '#tests/paper/support/paper.ts'

const market = scriptedMarket(['BTC', 'ETH'])
const address = wallet('1').address
let paper: PaperExchange
let transport: Transport
let venue: Venue
/** Actions as they left, by type. */
const sent: { type: string }[] = []

beforeAll(async () => {
  paper = await startPaper({ source: () => market.source })
  paper.fund(address, 1_000_000)
  market.book('BTC', 100_000, 100_002)
  market.book('ETH', 4_000, 4_002)
  transport = createTransport(paper.url)
  const budget = createWeightBudget(clock)
  const info = createInfo({ transport, budget, clock })
  const listening: Transport = {
    ...transport,
    post(path, body, timeoutMs) {
      if (path === '/exchange') sent.push((JSON.parse(body) as { action: { type: string } }).action)
      return transport.post(path, body, timeoutMs)
    },
  }
  const signer = createSigner('1'.repeat(64), 'test')
  const parts = { account: 'desk', address, signer, network: 'paper' as const, budget, clock, info }
  venue = createVenue({ ...parts, transport: listening, meta: await info.meta() })
})
afterAll(async () => {
  transport.close()
  await paper.close()
})

let seq = 0
const quote = (px: string, more: Partial<OrderIntent> = {}): OrderIntent => ({
  ...{ cloid: buildCloid({ tag: 9, epoch: 1, seq: seq++, run: 1, leg: 0 }), coin: 'BTC', side: 'buy' },
  ...{ px, sz: '0.01', tif: 'alo', reduce_only: false, purpose: 'quote', ...more },
})
const options = () => ({ expiresAfter: clock.now() + 10_000 })
const place = (...orders: OrderIntent[]): Promise<OrderAnswer[]> => venue.placeOrders(orders, options())
async function modify(...modifies: OrderModify[]): Promise<OrderAnswer[]> {
  assert(venue.modifyOrders, 'the real venue modifies')
  return venue.modifyOrders(modifies, options())
}
const open = async (): Promise<string[]> => (await venue.openOrders()).map(({ cloid }) => cloid)

test('old orders end and new ones rest under new numbers, in one action that the public client would write alike', async () => {
  const olds = [quote('99000'), quote('3900', { coin: 'ETH', sz: '0.1' })]
  const news = [quote('99100.0'), quote('4100', { coin: 'ETH', sz: '0.20', side: 'sell' })]
  const before = await place(...olds)
  sent.length = 0
  const answers = await modify(...olds.map(({ cloid }, at) => ({ cloid, order: news[at] as OrderIntent })))
  expect(answers.map(({ cloid, status }) => [cloid, status])).toEqual(
    news.map(({ cloid }) => [cloid, 'resting']),
  )
  const oids = [...before, ...answers].map((answer) => 'oid' in answer && answer.oid)
  expect(new Set(oids).size).toBe(4)
  expect(await open()).toEqual(expect.arrayContaining(news.map(({ cloid }) => cloid)))
  for (const { cloid } of olds) expect(await venue.orderStatus(cloid)).toMatchObject({ status: 'canceled' })
  expect(sent).toHaveLength(1)
  expect(JSON.stringify(sent[0])).toBe(
    JSON.stringify(canonicalize(BatchModifyRequest.entries.action, sent[0] as never)),
  )
})

test('an order that is gone cannot be replaced; the others of the batch can', async () => {
  const [gone, rests] = [quote('99000'), quote('99000')]
  await place(gone, rests)
  await venue.cancelOrders([{ coin: 'BTC', cloid: gone.cloid }], options())
  const [first, second] = [quote('98000'), quote('98000')]
  const answers = await modify({ cloid: gone.cloid, order: first }, { cloid: rests.cloid, order: second })
  expect(answers).toMatchObject([{ status: 'rejected', code: 'GONE' }, { status: 'resting' }])
  expect(await venue.orderStatus(first.cloid)).toMatchObject({ status: 'unknown' })
})

test('refused for where it lies the new order takes the old one with it; refused for what it is it leaves it alone', async () => {
  const [crossed, malformed] = [quote('99000'), quote('99000')]
  await place(crossed, malformed)
  const crossing = await modify({ cloid: crossed.cloid, order: quote('100500') })
  const wrong = await modify({ cloid: malformed.cloid, order: quote('99000.123') })
  expect([...crossing, ...wrong]).toMatchObject([
    { status: 'rejected', code: 'POST_ONLY_CROSS' },
    { status: 'rejected' },
  ])
  const rests = await open()
  expect([crossed, malformed].map(({ cloid }) => rests.includes(cloid))).toEqual([false, true])
})

test('forty modifies are two actions of the lightest weight', async () => {
  const olds = Array.from({ length: 40 }, () => quote('98000', { sz: '0.001' }))
  await place(...olds)
  sent.length = 0
  const answers = await modify(
    ...olds.map(({ cloid }) => ({ cloid, order: quote('98010', { sz: '0.001' }) })),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['resting']))
  const sizes = sent.map((action) => (action as unknown as { modifies: unknown[] }).modifies.length)
  expect(sizes).toEqual([39, 1])
})
