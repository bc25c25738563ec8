/** The strict shape tests leave nothing out: all that is served is checked, all of the contract is served, and what the client knows besides has a reason. */
import { expect, test } from 'vitest'
import { INFO_TYPES } from '#exchange/paper/info-requests.ts'
import { FEED_TYPES } from '#exchange/paper/subscriptions.ts'
import { clientMethods } from '#tests/paper/support/client-schemas.ts'
import { REQUESTS, SUBSCRIPTIONS } from '#tests/paper/support/shape-cases.ts'

/** Wire contract §3, in its order, and the issue's own list. */
const CONTRACT_INFO = [
  ...['meta', 'spotMeta', 'metaAndAssetCtxs', 'spotMetaAndAssetCtxs', 'perpDexs', 'outcomeMeta', 'allMids'],
  ...['l2Book', 'candleSnapshot', 'recentTrades', 'fundingHistory', 'predictedFundings', 'exchangeStatus'],
  ...['clearinghouseState', 'spotClearinghouseState', 'openOrders', 'frontendOpenOrders', 'orderStatus'],
  ...['historicalOrders', 'userFills', 'userFillsByTime', 'userFunding', 'userNonFundingLedgerUpdates'],
  ...['userFees', 'userRateLimit', 'userRole', 'portfolio', 'activeAssetData', 'extraAgents'],
  ...['userAbstraction', 'maxBuilderFee', 'subAccounts', 'referral', 'userTwapSliceFills', 'twapHistory'],
  ...['delegations', 'webData2'],
]
/** Wire contract §4. */
const CONTRACT_FEEDS = [
  ...['allMids', 'l2Book', 'bbo', 'trades', 'candle', 'activeAssetCtx', 'activeAssetData', 'userFills'],
  ...['userFundings', 'userNonFundingLedgerUpdates', 'orderUpdates', 'userEvents', 'openOrders'],
  ...['clearinghouseState', 'notification', 'spotState', 'twapStates', 'webData3', 'userHistoricalOrders'],
  ...['userTwapSliceFills', 'userTwapHistory'],
]
/** What the client can ask for and this exchange has not: refused as unreadable (422). */
const NOT_HERE: Readonly<Record<string, readonly string[]>> = {
  'borrowing and lending': [
    ...['allBorrowLendReserveStates', 'borrowLendReserveState', 'borrowLendUserState'],
    'userBorrowLendInterest',
  ],
  'builder dexes and their auctions': [
    ...['perpAnnotation', 'perpCategories', 'perpConciseAnnotations', 'perpDeployAuctionStatus'],
    ...['perpDexLimits', 'perpDexStatus', 'gossipPriorityAuctionStatus'],
  ],
  'spot deployment and tokens': ['spotDeployState', 'spotPairDeployAuctionStatus', 'tokenDetails'],
  'outcome markets': ['outcomeTemplates', 'settledOutcome', 'outcomeMetaUpdates'],
  'vaults and validators': ['vaultDetails', 'validatorL1Votes'],
  'routing of stablecoins': ['usdcRouting', 'subAccounts2'],
  'feeds over all dexes, of spot, or of the explorer': [
    ...['activeSpotAssetCtx', 'allDexsAssetCtxs', 'allDexsClearinghouseState', 'assetCtxs', 'fastAssetCtxs'],
    'spotAssetCtxs',
  ],
}

const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort()
const asked = REQUESTS.map(([type]) => type)
const subscribed = SUBSCRIPTIONS.map(([type]) => type)
const excused = Object.values(NOT_HERE).flat()

test('every request that is answered has its shape checked', () => {
  expect(sorted(asked)).toEqual(sorted(INFO_TYPES))
})

test('every feed that is served has its shape checked', () => {
  expect(sorted(subscribed)).toEqual(sorted(FEED_TYPES))
})

test('all of the contract is answered and served', () => {
  expect(CONTRACT_INFO.filter((type) => !INFO_TYPES.includes(type))).toEqual([])
  expect(CONTRACT_FEEDS.filter((type) => !FEED_TYPES.includes(type))).toEqual([])
})

test.each([
  ['info', asked],
  ['subscription', subscribed],
] as const)('every %s method of the client is checked, or is known not to be here', (part, checked) => {
  const methods = clientMethods(part)
  expect(methods.length).toBeGreaterThan(20)
  expect(methods.filter((name) => !checked.includes(name) && !excused.includes(name))).toEqual([])
})

test('nothing is excused that is served after all, or that no client knows', () => {
  const known = [...clientMethods('info'), ...clientMethods('subscription')]
  expect(excused.filter((name) => INFO_TYPES.includes(name) || FEED_TYPES.includes(name))).toEqual([])
  expect(excused.filter((name) => !known.includes(name))).toEqual([])
})
