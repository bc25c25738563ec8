/** Answers of /info about accounts. An unknown address gets zeros and empty lists, never an error. */
// Not here: the market (market-info.ts). Source of shapes and page limits: wire contract §3.

import { activeAssetData, clearinghouseState, spotClearinghouseState } from '#exchange/paper/clearinghouse.ts'
import { type Account, volumeOf14Days } from '#exchange/paper/engine/account.ts'
import { FEE_SCHEDULE, feeRates, NO_DISCOUNTS } from '#exchange/paper/engine/fees.ts'
import { defaultLeverage } from '#exchange/paper/engine/state.ts'
import type { Order } from '#exchange/paper/engine/types.ts'
import { formatUsd, USD } from '#exchange/paper/engine/units.ts'
import type { InfoDeps, InfoHandler } from '#exchange/paper/info-requests.ts'
import { rateText } from '#exchange/paper/market/coin-market-data.ts'
import { mainDex } from '#exchange/paper/market-info.ts'
import { portfolio } from '#exchange/paper/portfolio.ts'
import { address, cloid, type Fields, text, whole, wholeOrNull } from '#exchange/paper/read-json.ts'
import { frontOrder, fundingUpdate, ledgerUpdate, wireFill, wireOrder } from '#exchange/paper/render.ts'
import { unreadable } from '#exchange/paper/request-errors.ts'

/** Page sizes of the venue. */
const PAGE = { fills: 2_000, orders: 2_000, funding: 500, ledger: 2_000 } as const

const accountOf = (request: Fields, deps: InfoDeps): Account | undefined =>
  deps.engine.account(address(request.user))

const range = (request: Fields): { from: number; to: number } => ({
  from: whole(request.startTime),
  to: wholeOrNull(request.endTime) ?? Number.MAX_SAFE_INTEGER,
})

/** Open orders, newest first; children of an unfilled parent are shown inside it. */
export const openOrders = (account: Account | undefined): Order[] =>
  account ? [...account.open.values()].filter(({ place }) => place !== 'parent').reverse() : []

const userFills: InfoHandler = (request, deps) => {
  const account = accountOf(request, deps)
  return account
    ? account.fills
        .slice(-PAGE.fills)
        .reverse()
        .map((fill) => wireFill(deps.engine.state.specs, fill))
    : []
}

const userFillsByTime: InfoHandler = (request, deps) => {
  const { from, to } = range(request)
  const account = accountOf(request, deps)
  if (!account) return []
  return account.fills
    .filter(({ ts }) => ts >= from && ts <= to)
    .slice(0, PAGE.fills)
    .map((fill) => wireFill(deps.engine.state.specs, fill))
}

function statusEntry(deps: InfoDeps, account: Account, order: Order) {
  return {
    order: frontOrder(deps.engine.state.specs, order, account.open),
    status: order.status,
    statusTimestamp: order.statusTs,
  }
}

const orderStatus: InfoHandler = (request, deps) => {
  const account = accountOf(request, deps)
  const id = typeof request.oid === 'number' ? whole(request.oid) : cloid(request.oid)
  if (!account) return { status: 'unknownOid' }
  const order =
    typeof id === 'number' ? (account.open.get(id) ?? account.closed.get(id)) : account.byCloid.get(id)
  return order ? { status: 'order', order: statusEntry(deps, account, order) } : { status: 'unknownOid' }
}

const historicalOrders: InfoHandler = (request, deps) => {
  const account = accountOf(request, deps)
  if (!account) return []
  return [...account.open.values(), ...account.closed.values()]
    .sort((a, b) => b.statusTs - a.statusTs || b.oid - a.oid)
    .slice(0, PAGE.orders)
    .map((order) => statusEntry(deps, account, order))
}

const userFunding: InfoHandler = (request, deps) => {
  const { from, to } = range(request)
  const account = accountOf(request, deps)
  if (!account) return []
  return account.funding
    .filter(({ ts }) => ts >= from && ts <= to)
    .slice(0, PAGE.funding)
    .map((payment) => fundingUpdate(deps.engine.state.specs, payment))
}

const userNonFundingLedgerUpdates: InfoHandler = (request, deps) => {
  const from = wholeOrNull(request.startTime) ?? 0
  const to = wholeOrNull(request.endTime) ?? Number.MAX_SAFE_INTEGER
  const account = accountOf(request, deps)
  if (!account) return []
  return account.ledger
    .filter(({ ts }) => ts >= from && ts <= to)
    .slice(0, PAGE.ledger)
    .map(ledgerUpdate)
}

const fraction = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value))

const FEE_TABLE = {
  cross: '0.00045',
  add: '0.00015',
  spotCross: '0.0007',
  spotAdd: '0.0004',
  tiers: {
    vip: FEE_SCHEDULE.tiers.slice(1).map((tier) => ({
      ntlCutoff: `${tier.cutoffUsd}.0`,
      cross: rateText(tier.cross),
      add: rateText(tier.add),
      spotCross: rateText(tier.spotCross),
      spotAdd: rateText(tier.spotAdd),
    })),
    mm: FEE_SCHEDULE.makerTiers.map((tier) => ({
      makerFractionCutoff: String(tier.fraction),
      add: rateText(tier.add),
    })),
  },
  referralDiscount: String(FEE_SCHEDULE.referralDiscount),
  stakingDiscountTiers: FEE_SCHEDULE.stakingTiers.map((tier) => ({
    bpsOfMaxSupply: tier.bpsOfMaxSupply,
    discount: fraction(tier.discount),
  })),
}

const DAY_MS = 86_400_000

const userFees: InfoHandler = (request, deps) => {
  const user = address(request.user)
  const account = deps.engine.account(user)
  const now = deps.now()
  const discounts = deps.engine.state.discounts.get(user) ?? NO_DISCOUNTS
  const rates = account
    ? feeRates(account, now, discounts)
    : { cross: FEE_SCHEDULE.tiers[0].cross, add: FEE_SCHEDULE.tiers[0].add }
  const today = Math.floor(now / DAY_MS)
  const staking = FEE_SCHEDULE.stakingTiers.findLast((tier) => tier.discount <= discounts.staking)
  return {
    dailyUserVlm: Array.from({ length: 15 }, (_, index) => {
      const day = today - 14 + index
      const [cross, add] = account?.volume.get(day) ?? [0, 0]
      const everyone = [...deps.engine.state.accounts.values()].reduce(
        (sum, one) => sum + (one.volume.get(day)?.[0] ?? 0),
        0,
      )
      return {
        date: new Date(day * DAY_MS).toISOString().slice(0, 10),
        userCross: formatUsd(cross),
        userAdd: formatUsd(add),
        exchange: formatUsd(everyone),
      }
    }),
    feeSchedule: FEE_TABLE,
    userCrossRate: rateText(rates.cross),
    userAddRate: rateText(rates.add),
    userSpotCrossRate: '0.0007',
    userSpotAddRate: '0.0004',
    activeReferralDiscount: fraction(discounts.referral),
    trial: null,
    feeTrialEscrow: '0.0',
    nextTrialAvailableTimestamp: null,
    stakingLink: null,
    activeStakingDiscount: {
      bpsOfMaxSupply: staking?.bpsOfMaxSupply ?? '0.0',
      discount: fraction(discounts.staking),
    },
  }
}

const userRateLimit: InfoHandler = (request, deps) => {
  const account = accountOf(request, deps)
  const volume = account?.cumVolume ?? 0
  return {
    cumVlm: formatUsd(volume),
    nRequestsUsed: account?.requests ?? 0,
    nRequestsCap: 10_000 + Math.floor(volume / USD),
    nRequestsSurplus: 0,
  }
}

const userRole: InfoHandler = (request, deps) => {
  const user = address(request.user)
  if (deps.engine.account(user)) return { role: 'user' }
  const master = deps.agents.masterOf(user, deps.now())
  return master === null ? { role: 'missing' } : { role: 'agent', data: { user: master } }
}

const referral: InfoHandler = (request, deps) => ({
  referredBy: null,
  cumVlm: formatUsd(accountOf(request, deps)?.cumVolume ?? 0),
  unclaimedRewards: '0.0',
  claimedRewards: '0.0',
  builderRewards: '0.0',
  referrerState: { stage: 'needToTrade', data: { required: '10000.0' } },
  rewardHistory: [],
  tokenToState: [],
})

/** An answer that is always the same for a valid address. */
const constant =
  (value: unknown): InfoHandler =>
  (request) => {
    address(request.user)
    return value
  }

export const accountInfo: Readonly<Record<string, InfoHandler>> = {
  clearinghouseState: (request, deps) => {
    mainDex(request)
    return clearinghouseState(deps.engine.state, accountOf(request, deps), deps.now())
  },
  spotClearinghouseState: (request, deps) => spotClearinghouseState(accountOf(request, deps)),
  openOrders: (request, deps) => {
    mainDex(request)
    return openOrders(accountOf(request, deps)).map((order) => wireOrder(deps.engine.state.specs, order))
  },
  frontendOpenOrders: (request, deps) => {
    mainDex(request)
    const account = accountOf(request, deps)
    return account
      ? openOrders(account).map((order) => frontOrder(deps.engine.state.specs, order, account.open))
      : []
  },
  orderStatus,
  historicalOrders,
  userFills,
  userFillsByTime,
  userFunding,
  userNonFundingLedgerUpdates,
  userFees,
  userRateLimit,
  userRole,
  portfolio: (request, deps) => portfolio(deps.engine.state, accountOf(request, deps), deps.now()),
  activeAssetData: (request, deps) => {
    const user = address(request.user)
    const data = deps.market.byName(text(request.coin))
    if (!data) throw unreadable()
    return activeAssetData(deps.engine.state, deps.engine.account(user), user, data.spec)
  },
  extraAgents: (request, deps) =>
    deps.agents
      .named(address(request.user))
      .map(({ name, address: agent, validUntil }) => ({ name, address: agent, validUntil })),
  userAbstraction: constant('default'),
  userDexAbstraction: constant(false),
  maxBuilderFee: (request, deps) => {
    const rate = deps.builders.get(address(request.user))?.get(address(request.builder))
    return rate === undefined ? 0 : Math.round(Number.parseFloat(rate) * 1_000)
  },
  subAccounts: constant(null),
  referral,
  userTwapSliceFills: constant([]),
  twapHistory: constant([]),
  delegations: constant([]),
  userVaultEquities: constant([]),
}

/** Volume of the fee tiers, for status pages. */
export const tierVolumeUsd = (account: Account, now: number): number =>
  volumeOf14Days(account, now).reduce((a, b) => a + b, 0) / USD
export const leverageOf = (account: Account | undefined, deps: InfoDeps, asset: number): number => {
  const spec = deps.engine.state.specs[asset]
  return account?.coins[asset]?.leverage ?? (spec ? defaultLeverage(spec) : 1)
}
