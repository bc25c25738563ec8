/** Every answer of /info and every WebSocket event has exactly the fields that a strict client's own types demand. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { USD } from '#exchange/paper/engine/units.ts'
import type { PaperExchange } from '#exchange/paper/paper-exchange.ts'
import { shapeFaults } from '#tests/paper/support/client-schemas.ts'
import { nktkas, type ScriptedMarket, scriptedMarket, startPaper } from '#tests/paper/support/paper.ts'
import { waitUntil } from '#tests/support/wait-until.ts'

let paper: PaperExchange
let market: ScriptedMarket
let alice: ReturnType<typeof nktkas>
let bob: ReturnType<typeof nktkas>
let sub: `0x${string}`
const user = () => alice.address.toLowerCase() as `0x${string}`
const frames = new Map<string, unknown[]>()
let socket: WebSocket

const BUILDER = `0x${'b'.repeat(40)}` as const
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
const cloid = (n: number) => `0xee${n.toString(16).padStart(30, '0')}` as `0x${string}`

const SUBSCRIPTIONS: [type: string, channel: string, event: string, more: Record<string, unknown>][] = [
  ['allMids', 'allMids', 'AllMidsEvent', {}],
  ['l2Book', 'l2Book', 'L2BookEvent', { coin: 'BTC' }],
  ['l2Book', 'l2Book', 'L2BookEvent', { coin: 'BTC', nSigFigs: 4 }],
  ['l2Book', 'l2Book', 'L2BookEvent', { coin: 'BTC', nSigFigs: 5, mantissa: 2 }],
  ['l2Book', 'l2Book', 'L2BookEvent', { coin: 'ETH', fast: true }],
  ['bbo', 'bbo', 'BboEvent', { coin: 'BTC' }],
  ['trades', 'trades', 'TradesEvent', { coin: 'BTC' }],
  ['candle', 'candle', 'CandleEvent', { coin: 'BTC', interval: '1m' }],
  ['activeAssetCtx', 'activeAssetCtx', 'ActiveAssetCtxEvent', { coin: 'BTC' }],
  ['activeAssetData', 'activeAssetData', 'ActiveAssetDataEvent', { coin: 'BTC', user: 'me' }],
  ['userFills', 'userFills', 'UserFillsEvent', { user: 'me' }],
  ['userFundings', 'userFundings', 'UserFundingsEvent', { user: 'me' }],
  [
    'userNonFundingLedgerUpdates',
    'userNonFundingLedgerUpdates',
    'UserNonFundingLedgerUpdatesEvent',
    { user: 'me' },
  ],
  ['userHistoricalOrders', 'userHistoricalOrders', 'UserHistoricalOrdersEvent', { user: 'me' }],
  ['userTwapSliceFills', 'userTwapSliceFills', 'UserTwapSliceFillsEvent', { user: 'me' }],
  ['userTwapHistory', 'userTwapHistory', 'UserTwapHistoryEvent', { user: 'me' }],
  ['twapStates', 'twapStates', 'TwapStatesEvent', { user: 'me' }],
  ['orderUpdates', 'orderUpdates', 'OrderUpdatesEvent', { user: 'me' }],
  ['userEvents', 'user', 'UserEventsEvent', { user: 'me' }],
  ['notification', 'notification', 'NotificationEvent', { user: 'me' }],
  ['openOrders', 'openOrders', 'OpenOrdersEvent', { user: 'me' }],
  ['clearinghouseState', 'clearinghouseState', 'ClearinghouseStateEvent', { user: 'me' }],
  ['spotState', 'spotState', 'SpotStateEvent', { user: 'me' }],
  ['webData3', 'webData3', 'WebData3Event', { user: 'me' }],
]

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

/** Requests, and whether an empty list would prove nothing. */
const REQUESTS: [
  type: string,
  response: string,
  more: () => Record<string, unknown>,
  mayBeEmpty?: 'empty',
][] = [
  ['meta', 'MetaResponse', () => ({})],
  ['spotMeta', 'SpotMetaResponse', () => ({})],
  ['metaAndAssetCtxs', 'MetaAndAssetCtxsResponse', () => ({})],
  ['spotMetaAndAssetCtxs', 'SpotMetaAndAssetCtxsResponse', () => ({})],
  ['perpDexs', 'PerpDexsResponse', () => ({})],
  ['allPerpMetas', 'AllPerpMetasResponse', () => ({})],
  ['outcomeMeta', 'OutcomeMetaResponse', () => ({})],
  ['allMids', 'AllMidsResponse', () => ({})],
  ['l2Book', 'L2BookResponse', () => ({ coin: 'BTC' })],
  ['l2Book', 'L2BookResponse', () => ({ coin: 'BTC', nSigFigs: 3 })],
  ['l2Book', 'L2BookResponse', () => ({ coin: 'NOPE' })],
  [
    'candleSnapshot',
    'CandleSnapshotResponse',
    () => ({ req: { coin: 'BTC', interval: '5m', startTime: 0 } }),
  ],
  ['recentTrades', 'RecentTradesResponse', () => ({ coin: 'BTC' })],
  ['fundingHistory', 'FundingHistoryResponse', () => ({ coin: 'BTC', startTime: 0 }), 'empty'],
  ['predictedFundings', 'PredictedFundingsResponse', () => ({})],
  ['exchangeStatus', 'ExchangeStatusResponse', () => ({})],
  ['clearinghouseState', 'ClearinghouseStateResponse', () => ({ user: user() })],
  ['clearinghouseState', 'ClearinghouseStateResponse', () => ({ user: `0x${'9'.repeat(40)}` })],
  ['spotClearinghouseState', 'SpotClearinghouseStateResponse', () => ({ user: user() })],
  ['openOrders', 'OpenOrdersResponse', () => ({ user: user() })],
  ['frontendOpenOrders', 'FrontendOpenOrdersResponse', () => ({ user: user() })],
  ['orderStatus', 'OrderStatusResponse', () => ({ user: user(), oid: cloid(1) })],
  ['orderStatus', 'OrderStatusResponse', () => ({ user: user(), oid: 1 })],
  ['historicalOrders', 'HistoricalOrdersResponse', () => ({ user: user() })],
  ['userFills', 'UserFillsResponse', () => ({ user: user() })],
  ['userFills', 'UserFillsResponse', () => ({ user: user(), aggregateByTime: true })],
  ['userFillsByTime', 'UserFillsByTimeResponse', () => ({ user: user(), startTime: 0 })],
  ['userFunding', 'UserFundingResponse', () => ({ user: user(), startTime: 0 })],
  [
    'userNonFundingLedgerUpdates',
    'UserNonFundingLedgerUpdatesResponse',
    () => ({ user: user(), startTime: 0, endTime: null }),
  ],
  ['userFees', 'UserFeesResponse', () => ({ user: user() })],
  ['userRateLimit', 'UserRateLimitResponse', () => ({ user: user() })],
  ['userRole', 'UserRoleResponse', () => ({ user: user() })],
  ['userRole', 'UserRoleResponse', () => ({ user: sub })],
  ['userRole', 'UserRoleResponse', () => ({ user: `0x${'a'.repeat(40)}` })],
  ['portfolio', 'PortfolioResponse', () => ({ user: user() })],
  ['activeAssetData', 'ActiveAssetDataResponse', () => ({ user: user(), coin: 'ETH' })],
  ['extraAgents', 'ExtraAgentsResponse', () => ({ user: user() })],
  ['userAbstraction', 'UserAbstractionResponse', () => ({ user: user() })],
  ['userDexAbstraction', 'UserDexAbstractionResponse', () => ({ user: user() })],
  ['maxBuilderFee', 'MaxBuilderFeeResponse', () => ({ user: user(), builder: BUILDER })],
  ['approvedBuilders', 'ApprovedBuildersResponse', () => ({ user: user() })],
  ['subAccounts', 'SubAccountsResponse', () => ({ user: user() })],
  ['subAccounts', 'SubAccountsResponse', () => ({ user: sub })],
  ['referral', 'ReferralResponse', () => ({ user: user() })],
  ['userTwapSliceFills', 'UserTwapSliceFillsResponse', () => ({ user: user() })],
  ['userTwapSliceFillsByTime', 'UserTwapSliceFillsByTimeResponse', () => ({ user: user(), startTime: 0 })],
  ['twapHistory', 'TwapHistoryResponse', () => ({ user: user() })],
  ['delegations', 'DelegationsResponse', () => ({ user: user() }), 'empty'],
  ['delegatorSummary', 'DelegatorSummaryResponse', () => ({ user: user() })],
  ['delegatorHistory', 'DelegatorHistoryResponse', () => ({ user: user() }), 'empty'],
  ['delegatorRewards', 'DelegatorRewardsResponse', () => ({ user: user() }), 'empty'],
  ['userVaultEquities', 'UserVaultEquitiesResponse', () => ({ user: user() }), 'empty'],
  ['leadingVaults', 'LeadingVaultsResponse', () => ({ user: user() }), 'empty'],
  ['userToMultiSigSigners', 'UserToMultiSigSignersResponse', () => ({ user: user() })],
  ['isVip', 'IsVipResponse', () => ({ user: user() })],
  ['legalCheck', 'LegalCheckResponse', () => ({ user: user() })],
  ['preTransferCheck', 'PreTransferCheckResponse', () => ({ user: user(), source: user() })],
  ['marginTable', 'MarginTableResponse', () => ({ id: 56 })],
  ['maxMarketOrderNtls', 'MaxMarketOrderNtlsResponse', () => ({})],
  ['perpsAtOpenInterestCap', 'PerpsAtOpenInterestCapResponse', () => ({}), 'empty'],
  ['vaultSummaries', 'VaultSummariesResponse', () => ({}), 'empty'],
  ['validatorSummaries', 'ValidatorSummariesResponse', () => ({}), 'empty'],
  ['gossipRootIps', 'GossipRootIpsResponse', () => ({}), 'empty'],
  ['webData2', 'WebData2Response', () => ({ user: user() })],
]

test.each(REQUESTS.map((request, at) => [`${at + 1} ${request[0]}`, ...request] as const))(
  'info %s',
  async (_name, type, response, more, mayBeEmpty) => {
    const answer = await ask({ type, ...more() })
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
