/** Answers of /info about the market. */
// Not here: accounts (account-info.ts). Source of shapes: wire contract §3.

import { CANDLE_INTERVALS } from '#domain/time.ts'
import { RATE_ONE } from '#domain/trading/venue-charges.ts'
import type { CoinSpec } from '#exchange/paper/engine/types.ts'
import type { InfoDeps, InfoHandler } from '#exchange/paper/info-handler.ts'
import { viewBook } from '#exchange/paper/market/book-view.ts'
import { wireCandle } from '#exchange/paper/market/candles.ts'
import { RECENT_TRADES, rateText, shownBook } from '#exchange/paper/market/coin-market-data.ts'
import { marginTable } from '#exchange/paper/market/known-coins.ts'
import { hourlyRate, meanPremium } from '#exchange/paper/market/mark-price.ts'
import { type Fields, fieldsOf, oneOf, text, whole, wholeOrNull } from '#exchange/paper/read-json.ts'
import { unreadable } from '#exchange/paper/request-errors.ts'

/** Only the main exchange exists: other names are unreadable, as unknown ones are at the venue. */
export function mainDex(request: Fields): void {
  const { dex } = request
  if (dex !== undefined && dex !== null && dex !== '') throw unreadable()
}

export function meta(specs: readonly CoinSpec[]) {
  const ids = [...new Set(specs.map(({ marginTableId }) => marginTableId))].sort((a, b) => a - b)
  const leverage = new Map(specs.map((spec) => [spec.marginTableId, spec.maxLeverage]))
  return {
    universe: specs.map(({ szDecimals, name, maxLeverage, marginTableId }) => ({
      szDecimals,
      name,
      maxLeverage,
      marginTableId,
    })),
    marginTables: ids.map((id) => {
      const { description, tiers } = marginTable(id, leverage.get(id) ?? 1)
      return [
        id,
        {
          description,
          marginTiers: tiers.map((tier) => ({
            lowerBound: `${tier.lowerBoundUsd}.0`,
            maxLeverage: tier.maxLeverage,
          })),
        },
      ]
    }),
    collateralToken: 0,
  }
}

/** USDC, and PURR so that clients which expect a first spot pair find one. It has no market here. */
const SPOT_META = {
  universe: [{ tokens: [1, 0], name: 'PURR/USDC', index: 0, isCanonical: true }],
  tokens: [
    {
      name: 'USDC',
      szDecimals: 8,
      weiDecimals: 8,
      index: 0,
      tokenId: '0x6d1e7cde53ba9467b783cb7c530ce054',
      isCanonical: true,
      evmContract: null,
      fullName: null,
      deployerTradingFeeShare: '0.0',
    },
    {
      name: 'PURR',
      szDecimals: 0,
      weiDecimals: 5,
      index: 1,
      tokenId: '0xc1fb593aeffbeb02f85e0308e9956a90',
      isCanonical: true,
      evmContract: null,
      fullName: null,
      deployerTradingFeeShare: '0.0',
    },
  ],
}

const SPOT_CONTEXT = {
  prevDayPx: '1.0',
  dayNtlVlm: '0.0',
  markPx: '1.0',
  midPx: null,
  circulatingSupply: '600000000.0',
  coin: 'PURR/USDC',
  totalSupply: '600000000.0',
  dayBaseVlm: '0.0',
}

/** Aggregation fields of l2Book requests and subscriptions. */
export function readAggregation(request: Fields): { nSigFigs: number | null; mantissa: number | null } {
  const nSigFigs = wholeOrNull(request.nSigFigs)
  const mantissa = wholeOrNull(request.mantissa)
  if (nSigFigs !== null && (nSigFigs < 2 || nSigFigs > 5)) throw unreadable()
  if (mantissa !== null && (nSigFigs !== 5 || ![1, 2, 5].includes(mantissa))) throw unreadable()
  return { nSigFigs, mantissa }
}

const l2Book: InfoHandler = (request, { market }) => {
  const aggregation = readAggregation(request)
  const data = market.byName(text(request.coin))
  const book = data ? shownBook(data) : null
  return data && book ? viewBook(data.spec, book, aggregation) : null
}

const candleSnapshot: InfoHandler = (request, { market }) => {
  const fields = fieldsOf(request.req)
  const interval = oneOf(fields.interval, CANDLE_INTERVALS)
  const from = whole(fields.startTime)
  // Without an end: up to the newest there is, whatever the clock of this machine says of its age.
  const to = wholeOrNull(fields.endTime) ?? Number.MAX_SAFE_INTEGER
  const data = market.byName(text(fields.coin))
  if (!data) return []
  return data.candles.range(interval, from, to).map((candle) => wireCandle(data.spec, interval, candle))
}

/** Page size of time-ranged answers. */
const FUNDING_PAGE = 500

const fundingHistory: InfoHandler = (request, { market }) => {
  const from = whole(request.startTime)
  const to = wholeOrNull(request.endTime) ?? Number.MAX_SAFE_INTEGER
  const data = market.byName(text(request.coin))
  if (!data) return []
  return data.funding
    .filter(({ ts }) => ts >= from && ts <= to)
    .slice(0, FUNDING_PAGE)
    .map(({ ts, rate, premium }) => ({
      coin: data.spec.name,
      fundingRate: rateText(rate),
      premium: rateText(premium),
      time: ts,
    }))
}

const HOUR_MS = 3_600_000

const predictedFundings: InfoHandler = (_request, { market }) =>
  market.coins.map((data) => {
    const rate = data.context.funding ?? rateText(Math.round(hourlyRate(meanPremium(data.price)) * RATE_ONE))
    const nextFundingTime = (Math.floor(data.ts / HOUR_MS) + 1) * HOUR_MS
    return [data.spec.name, [['HlPerp', { fundingRate: rate, nextFundingTime, fundingIntervalHours: 1 }]]]
  })

const contexts = ({ market }: InfoDeps) => market.coins.map(({ spec }) => market.context(spec.asset))

export const marketInfo: Readonly<Record<string, InfoHandler>> = {
  meta: (request, { engine }) => {
    mainDex(request)
    return meta(engine.state.specs)
  },
  metaAndAssetCtxs: (request, deps) => {
    mainDex(request)
    return [meta(deps.engine.state.specs), contexts(deps)]
  },
  spotMeta: () => SPOT_META,
  spotMetaAndAssetCtxs: () => [SPOT_META, [SPOT_CONTEXT]],
  perpDexs: () => [null],
  allPerpMetas: (_request, { engine }) => [meta(engine.state.specs)],
  outcomeMeta: () => ({ outcomes: [], questions: [] }),
  allMids: (request, { market }) => {
    mainDex(request)
    return market.allMids()
  },
  l2Book,
  candleSnapshot,
  recentTrades: (request, { market }) => {
    const data = market.byName(text(request.coin))
    return data ? data.trades.slice(-RECENT_TRADES).reverse() : []
  },
  fundingHistory,
  predictedFundings,
  exchangeStatus: (_request, { now }) => ({ time: now(), specialStatuses: null }),
}
