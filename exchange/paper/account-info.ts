/** Answers of /info about accounts. An unknown address gets zeros and empty lists, never an error. */
// Not here: the market (market-info.ts). Source of shapes and page limits: wire contract §3.

import { historyEntry, pastTwaps, runningTwaps, twapFills } from '#exchange/paper/account-frames.ts'
import { actionsMax } from '#exchange/paper/address-budget.ts'
import { aggregateFills } from '#exchange/paper/aggregate-fills.ts'
import { activeAssetData, clearinghouseState, spotClearinghouseState } from '#exchange/paper/clearinghouse.ts'
import { type Account, findOrder } from '#exchange/paper/engine/account.ts'
import { formatUsd } from '#exchange/paper/engine/units.ts'
import type { InfoDeps, InfoHandler } from '#exchange/paper/info-handler.ts'
import { mainDex, meta } from '#exchange/paper/market-info.ts'
import { portfolio } from '#exchange/paper/portfolio.ts'
import { quietInfo } from '#exchange/paper/quiet-info.ts'
import { address, cloid, type Fields, text, whole, wholeOrNull } from '#exchange/paper/read-json.ts'
import {
  frontOrder,
  fundingUpdate,
  ledgerUpdate,
  openOrders,
  twapEntry,
  twapFill,
  twapState,
  wireFill,
  wireOrder,
} from '#exchange/paper/render.ts'
import { unreadable } from '#exchange/paper/request-errors.ts'
import type { SubAccount } from '#exchange/paper/sub-accounts.ts'
import { userFees } from '#exchange/paper/user-fees.ts'

/** Page sizes of the venue. */
const PAGE = { fills: 2_000, orders: 2_000, funding: 500, ledger: 2_000 } as const

const accountOf = (request: Fields, deps: InfoDeps): Account | undefined =>
  deps.account(address(request.user))

const range = (request: Fields): { from: number; to: number } => ({
  from: whole(request.startTime),
  to: wholeOrNull(request.endTime) ?? Number.MAX_SAFE_INTEGER,
})

const userFills: InfoHandler = (request, deps) => {
  const fills = accountOf(request, deps)?.fills ?? []
  const shown = request.aggregateByTime === true ? aggregateFills(fills) : fills
  return shown
    .slice(-PAGE.fills)
    .reverse()
    .map((fill) => wireFill(deps.engine.state.specs, fill))
}

const userFillsByTime: InfoHandler = (request, deps) => {
  const { from, to } = range(request)
  const fills = accountOf(request, deps)?.fills.filter(({ ts }) => ts >= from && ts <= to) ?? []
  const shown = request.aggregateByTime === true ? aggregateFills(fills) : fills
  return shown.slice(0, PAGE.fills).map((fill) => wireFill(deps.engine.state.specs, fill))
}

const orderStatus: InfoHandler = (request, deps) => {
  const account = accountOf(request, deps)
  const id = typeof request.oid === 'number' ? whole(request.oid) : cloid(request.oid)
  if (!account) return { status: 'unknownOid' }
  const order = typeof id === 'number' ? findOrder(account, id) : account.byCloid.get(id)
  return order ? { status: 'order', order: historyEntry(deps, order) } : { status: 'unknownOid' }
}

const historicalOrders: InfoHandler = (request, deps) => {
  const account = accountOf(request, deps)
  if (!account) return []
  return [...account.open.values(), ...account.closed]
    .sort((a, b) => b.statusTs - a.statusTs || b.oid - a.oid)
    .slice(0, PAGE.orders)
    .map((order) => historyEntry(deps, order))
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

const userRateLimit: InfoHandler = (request, deps) => {
  const account = accountOf(request, deps)
  const volume = account?.cumVolume ?? 0
  return {
    cumVlm: formatUsd(volume),
    nRequestsUsed: account?.requests ?? 0,
    nRequestsCap: actionsMax({ cumVolume: volume }),
    nRequestsSurplus: 0,
  }
}

const userRole: InfoHandler = (request, deps) => {
  const user = address(request.user)
  const subOf = deps.subs.masterOf(user)
  if (subOf !== null) return { role: 'subAccount', data: { master: subOf } }
  if (deps.account(user)) return { role: 'user' }
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

function subAccount(
  { engine, now, account: accountOfUser }: InfoDeps,
  { name, address: subAccountUser, master }: SubAccount,
) {
  const account = accountOfUser(subAccountUser)
  const clearinghouse = clearinghouseState(engine.state, account, now())
  return {
    name,
    subAccountUser,
    master,
    clearinghouseState: clearinghouse,
    spotState: spotClearinghouseState(account),
  }
}

/** Everything the old web page showed of an account at once. */
const webData2: InfoHandler = (request, deps) => {
  const { engine, market, now } = deps
  const user = address(request.user)
  const account = deps.account(user)
  const { specs } = engine.state
  const agent = deps.agents.unnamed(user)
  return {
    clearinghouseState: clearinghouseState(engine.state, account, now()),
    leadingVaults: [],
    totalVaultEquity: '0.0',
    openOrders: account ? openOrders(account).map((order) => frontOrder(specs, order, account.open)) : [],
    agentAddress: agent?.address ?? null,
    agentValidUntil: agent?.validUntil ?? null,
    cumLedger: formatUsd(account?.deposited ?? 0),
    meta: meta(specs),
    assetCtxs: specs.map(({ asset }) => market.context(asset)),
    serverTime: now(),
    isVault: false,
    user,
    twapStates: runningTwaps(account).map((twap) => [twap.id, twapState(specs, twap)]),
    spotState: spotClearinghouseState(account),
    spotAssetCtxs: [],
    perpsAtOpenInterestCap: [],
  }
}

export const accountInfo: Readonly<Record<string, InfoHandler>> = {
  clearinghouseState: (request, deps) => {
    mainDex(request)
    return clearinghouseState(deps.engine.state, accountOf(request, deps), deps.now())
  },
  spotClearinghouseState: (request, deps) => spotClearinghouseState(accountOf(request, deps)),
  openOrders: (request, deps) => {
    mainDex(request)
    const account = accountOf(request, deps)
    return account ? openOrders(account).map((order) => wireOrder(deps.engine.state.specs, order)) : []
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
    return activeAssetData(deps.engine.state, deps.account(user), user, data.spec)
  },
  extraAgents: (request, deps) =>
    deps.agents
      .named(address(request.user))
      .map(({ name, address: agent, validUntil }) => ({ name, address: agent, validUntil })),
  maxBuilderFee: (request, deps) => {
    const rate = deps.builders.get(address(request.user))?.get(address(request.builder))
    return rate === undefined ? 0 : Math.round(Number.parseFloat(rate) * 1_000)
  },
  subAccounts: (request, deps) => {
    const subs = deps.subs.of(address(request.user))
    return subs.length === 0 ? null : subs.map((sub) => subAccount(deps, sub))
  },
  referral,
  userTwapSliceFills: (request, deps) =>
    twapFills(accountOf(request, deps)).map((fill) => twapFill(deps.engine.state.specs, fill)),
  userTwapSliceFillsByTime: (request, deps) => {
    const { from, to } = range(request)
    const fills = twapFills(accountOf(request, deps)).filter(({ ts }) => ts >= from && ts <= to)
    return fills.reverse().map((fill) => twapFill(deps.engine.state.specs, fill))
  },
  twapHistory: (request, deps) =>
    pastTwaps(accountOf(request, deps)).map((twap) => twapEntry(deps.engine.state.specs, twap)),
  webData2,
  ...quietInfo,
}
