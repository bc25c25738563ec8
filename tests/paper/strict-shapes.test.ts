/** Every answer of /info and every WebSocket event has exactly the fields that a strict client's own types demand. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { USD } from '#exchange/paper/engine/units.ts'
import type { PaperExchange } from '#exchange/paper/paper-exchange.ts'
import { shapeFaults } from '#tests/paper/support/client-schemas.ts'
import { nktkas, type ScriptedMarket, scriptedMarket, startPaper } from '#tests/paper/support/paper.ts'
import { BUILDER, cloid, REQUESTS, SUBSCRIPTIONS } from '#tests/paper/support/shape-cases.ts'
import { waitUntil } from '#tests/support/wait-until.ts'

let paper: PaperExchange
let market: ScriptedMarket
let alice: ReturnType<typeof nktkas>
let bob: ReturnType<typeof nktkas>
let sub: `0x${string}`
const user = () => alice.address.toLowerCase() as `0x${string}`
const frames = new Map<string, unknown[]>()
let socket: WebSocket

const limit = (a: number, b: boolean, p: string, s: string, tif: 'Gtc' | 'Ioc' | 'Alo' = 'Gtc') => ({
  a,
  b,
  p,
  s,
  r: false,
  t: { limit: { tif } },
})
const trigger = (a: number, triggerPx: string, tpsl: 'tp' | 'sl', s: string, isMarket = true) => ({
  a,
  b: false,
  p: triggerPx,
  s,
  r: true,
  t: { trigger: { isMarket, triggerPx, tpsl } },
})

/** A life that leaves something of every kind behind. */
async function live(): Promise<void> {
  await alice.exchange.approveBuilderFee({ builder: BUILDER, maxFeeRate: '0.1%' })
  await alice.exchange.approveAgent({ agentAddress: `0x${'a'.repeat(40)}`, agentName: 'bot' })
  await alice.exchange.approveAgent({ agentAddress: `0x${'c'.repeat(40)}` })
  await alice.exchange.usdClassTransfer({ amount: '50', toPerp: false })
  await alice.exchange.spotSend({
    destination: bob.address,
    token: 'USDC:0x6d1e7cde53ba9467b783cb7c530ce054',
    amount: '5',
  })
  await alice.exchange.sendAsset({
    destination: bob.address,
    sourceDex: '',
    destinationDex: 'spot',
    token: 'USDC:0x6d1e7cde53ba9467b783cb7c530ce054',
    amount: '3',
    fromSubAccount: '',
  })
  await alice.exchange.usdSend({ destination: bob.address, amount: '25' })
  await alice.exchange.withdraw3({ destination: alice.address, amount: '5' })
  sub = (await alice.exchange.createSubAccount({ name: 'second' })).response.data
  await alice.exchange.subAccountTransfer({ subAccountUser: sub, isDeposit: true, usd: 100 * USD })
  await alice.exchange.updateLeverage({ asset: 1, isCross: false, leverage: 10 })
  await alice.exchange.order({
    orders: [{ ...limit(0, true, '100010', '0.01'), c: cloid(1) }],
    grouping: 'na',
    builder: { b: BUILDER, f: 10 },
  })
  await alice.exchange.order({ orders: [limit(1, true, '3501', '0.5')], grouping: 'na' })
  await alice.exchange.order({
    orders: [{ ...limit(0, true, '99000', '0.01', 'Alo'), c: cloid(2) }, limit(0, true, '98000', '0.01')],
    grouping: 'na',
  })
  await alice.exchange.order({ orders: [{ ...limit(0, false, '110000', '0.005'), r: true }], grouping: 'na' })
  await alice.exchange.order({
    orders: [
      limit(0, true, '99500', '0.01'),
      trigger(0, '105000', 'tp', '0.01'),
      trigger(0, '90000', 'sl', '0.01', false),
    ],
    grouping: 'normalTpsl',
  })
  await alice.exchange.order({ orders: [trigger(1, '3000', 'sl', '0')], grouping: 'positionTpsl' })
  await alice.exchange.order({ orders: [limit(0, true, '50000', '50')], grouping: 'na' }).catch(() => null)
  await alice.exchange
    .order({ orders: [limit(0, true, '90000', '0.01', 'Ioc')], grouping: 'na' })
    .catch(() => null)
  const doomed = await alice.exchange.order({ orders: [limit(0, true, '97000', '0.01')], grouping: 'na' })
  await alice.exchange.cancel({
    cancels: [{ a: 0, o: (doomed.response.data.statuses[0] as { resting: { oid: number } }).resting.oid }],
  })
  const running = await alice.exchange.twapOrder({
    twap: { a: 0, b: true, s: '0.05', r: false, m: 5, t: false },
  })
  const other = await alice.exchange.twapOrder({ twap: { a: 1, b: true, s: '1', r: false, m: 5, t: true } })
  expect(running.response.data.status).toHaveProperty('running')
  const { twapId } = (other.response.data.status as { running: { twapId: number } }).running
  await alice.exchange.twapCancel({ a: 1, t: twapId })
  await bob.exchange.order({ orders: [limit(0, false, '98990', '0.02')], grouping: 'na' })
  market.trade('BTC', 'A', 98_990, 5)
  market.trade('BTC', 'B', 99_990, 0.2)
  paper.engine.funding(Date.now(), 0, 125_000)
  paper.engine.funding(Date.now(), 1, -125_000)
}

beforeAll(async () => {
  market = scriptedMarket()
  paper = await startPaper({ source: () => market.source })
  alice = nktkas(paper.url, '1')
  bob = nktkas(paper.url, '2')
  paper.fund(alice.address, 10_000)
  paper.fund(bob.address, 10_000)
  const moveMarket = () => {
    market.book('BTC', 99_990, 100_010)
    market.book('ETH', 3_499, 3_501)
    market.emit({
      kind: 'bbo',
      coin: 'BTC',
      ts: Date.now(),
      bid: { px: '99991.0', sz: '1.0', n: 1 },
      ask: { px: '100009.0', sz: '1.0', n: 2 },
    })
    market.book('BTC', 99_990, 100_010)
  }
  moveMarket()
  socket = new WebSocket(`${paper.url.replace('http', 'ws')}/ws`)
  await new Promise((resolve) => socket.once('open', resolve))
  socket.on('message', (raw) => {
    const { channel, data } = JSON.parse(String(raw))
    frames.set(channel, [...(frames.get(channel) ?? []), data])
  })
  for (const [type, , , more] of SUBSCRIPTIONS) {
    const subscription = { type, ...more, ...(more.user ? { user: user() } : {}) }
    socket.send(JSON.stringify({ method: 'subscribe', subscription }))
  }
  await waitUntil(
    'acknowledgements',
    () => frames.get('subscriptionResponse')?.length === SUBSCRIPTIONS.length,
    10_000,
  )
  await live()
  moveMarket()
  // A crash that liquidates Alice's isolated position, so that fills and events carry it.
  market.book('ETH', 3_100, 3_102)
  market.book('ETH', 3_100, 3_102)
  await waitUntil(
    'states',
    () => (frames.get('clearinghouseState')?.length ?? 0) > 1 && (frames.get('allMids')?.length ?? 0) > 1,
    10_000,
  )
}, 60_000)

afterAll(async () => {
  socket.terminate()
  await Promise.all([alice.close(), bob.close()])
  await paper.close()
})

const ask = async (body: Record<string, unknown>): Promise<unknown> => {
  const response = await fetch(`${paper.url}/info`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(response.status, JSON.stringify(body)).toBe(200)
  return response.json()
}

test.each(REQUESTS.map((request, at) => [`${at + 1} ${request[0]}`, ...request] as const))(
  'info %s',
  async (_name, type, response, more, mayBeEmpty) => {
    const answer = await ask({ type, ...more({ user: user(), sub }) })
    if (Array.isArray(answer) && mayBeEmpty === undefined) expect(answer.length).toBeGreaterThan(0)
    expect(shapeFaults('info', response, answer)).toEqual([])
  },
)

test.each(SUBSCRIPTIONS.map((one, at) => [`${at + 1} ${one[0]}`, ...one] as const))(
  'events of %s',
  (_name, _type, channel, event) => {
    const seen = frames.get(channel) ?? []
    expect(seen.length).toBeGreaterThan(0)
    expect(seen.flatMap((data) => shapeFaults('subscription', event, data))).toEqual([])
  },
)

test('the life of the account left every kind of event behind, so the shapes were really tried', () => {
  const kinds = new Set((frames.get('user') ?? []).map((data) => Object.keys(data as object)[0]))
  expect([...kinds].sort()).toEqual([
    'fills',
    'funding',
    'liquidation',
    'nonUserCancel',
    'twapHistory',
    'twapSliceFills',
  ])
  const statuses = new Set(
    (frames.get('orderUpdates') ?? []).flatMap((data) =>
      (data as { status: string }[]).map(({ status }) => status),
    ),
  )
  for (const status of ['open', 'filled', 'canceled', 'perpMarginRejected', 'iocCancelRejected'])
    expect(statuses).toContain(status)
  const fills = (frames.get('userFills') ?? []).flatMap(
    (data) => (data as { fills: Record<string, unknown>[] }).fills,
  )
  for (const field of ['cloid', 'builderFee', 'liquidation'])
    expect(fills.some((fill) => field in fill)).toBe(true)
})
