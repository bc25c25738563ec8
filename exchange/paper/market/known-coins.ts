/** Facts of coins that the paper exchange knows by name: decimals, leverage, margin tiers, and a price to start from. */
// Source of decimals, leverage and tiers: the venue's `meta` as of 2026 (wire contract §7).
import type { CoinSpec, MarginTier } from '#exchange/paper/engine/types.ts'

interface KnownCoin {
  szDecimals: number
  maxLeverage: number
  marginTableId: number
  /** Where a synthetic market starts, USD. */
  startPx: number
  /** Annualised volatility of a calm synthetic market, fraction. */
  volatility: number
}

const KNOWN: Readonly<Record<string, KnownCoin>> = {
  BTC: { szDecimals: 5, maxLeverage: 40, marginTableId: 56, startPx: 100_000, volatility: 0.45 },
  ETH: { szDecimals: 4, maxLeverage: 25, marginTableId: 55, startPx: 3_500, volatility: 0.65 },
  SOL: { szDecimals: 2, maxLeverage: 20, marginTableId: 54, startPx: 180, volatility: 0.8 },
  HYPE: { szDecimals: 2, maxLeverage: 10, marginTableId: 52, startPx: 40, volatility: 0.9 },
  XRP: { szDecimals: 0, maxLeverage: 20, marginTableId: 20, startPx: 2.4, volatility: 0.8 },
  DOGE: { szDecimals: 0, maxLeverage: 10, marginTableId: 52, startPx: 0.2, volatility: 0.9 },
  AVAX: { szDecimals: 2, maxLeverage: 10, marginTableId: 52, startPx: 25, volatility: 0.85 },
  LINK: { szDecimals: 1, maxLeverage: 10, marginTableId: 10, startPx: 18, volatility: 0.85 },
  SUI: { szDecimals: 1, maxLeverage: 10, marginTableId: 52, startPx: 2.5, volatility: 1 },
  WIF: { szDecimals: 0, maxLeverage: 5, marginTableId: 5, startPx: 0.8, volatility: 1.3 },
  WLFI: { szDecimals: 0, maxLeverage: 5, marginTableId: 5, startPx: 0.19, volatility: 1.3 },
}

const OTHER: KnownCoin = { szDecimals: 2, maxLeverage: 5, marginTableId: 5, startPx: 10, volatility: 1 }

/** Margin tables above id 50 have several tiers; an id below is one tier of that leverage. */
const TABLES: Readonly<Record<number, { description: string; tiers: readonly MarginTier[] }>> = {
  51: {
    description: 'tiered 10x',
    tiers: [
      { lowerBoundUsd: 0, maxLeverage: 10 },
      { lowerBoundUsd: 3_000_000, maxLeverage: 5 },
    ],
  },
  52: {
    description: 'tiered 10x (2)',
    tiers: [
      { lowerBoundUsd: 0, maxLeverage: 10 },
      { lowerBoundUsd: 20_000_000, maxLeverage: 5 },
    ],
  },
  54: {
    description: 'tiered 20x',
    tiers: [
      { lowerBoundUsd: 0, maxLeverage: 20 },
      { lowerBoundUsd: 70_000_000, maxLeverage: 10 },
    ],
  },
  55: {
    description: 'tiered 25x',
    tiers: [
      { lowerBoundUsd: 0, maxLeverage: 25 },
      { lowerBoundUsd: 100_000_000, maxLeverage: 15 },
    ],
  },
  56: {
    description: 'tiered 40x',
    tiers: [
      { lowerBoundUsd: 0, maxLeverage: 40 },
      { lowerBoundUsd: 150_000_000, maxLeverage: 20 },
    ],
  },
}

/** Tiers and description of a margin table. */
export function marginTable(
  id: number,
  maxLeverage: number,
): { description: string; tiers: readonly MarginTier[] } {
  return TABLES[id] ?? { description: '', tiers: [{ lowerBoundUsd: 0, maxLeverage }] }
}

export const knownCoin = (name: string): KnownCoin => KNOWN[name] ?? OTHER
export const isKnownCoin = (name: string): boolean => KNOWN[name] !== undefined

/** The spec of a coin by name; `szDecimals` overrides where a recording shows other decimals. */
export function coinSpec(name: string, asset: number, szDecimals = knownCoin(name).szDecimals): CoinSpec {
  const known = knownCoin(name)
  return {
    name,
    asset,
    szDecimals,
    pxDecimals: 6 - szDecimals,
    maxLeverage: known.maxLeverage,
    marginTableId: known.marginTableId,
    tiers: marginTable(known.marginTableId, known.maxLeverage).tiers,
  }
}
