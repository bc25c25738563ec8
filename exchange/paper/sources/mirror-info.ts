/** What a mirrored market is asked once, over /info: its universe and its past. */
// Not here: the live line (mirror.ts).
import { HoldfastError } from '#domain/errors.ts'
import { type EpochMs, INTERVAL_MS } from '#domain/time.ts'
import type { CoinSpec, MarginTier } from '#exchange/paper/engine/types.ts'
import { parseUnitsCut } from '#exchange/paper/engine/units.ts'
import type { HistoryCandle } from '#exchange/paper/sources/source.ts'

const HISTORY_INTERVALS = ['1d', '1h', '15m', '1m'] as const

type Json = Record<string, unknown>

export async function ask(url: string, body: unknown): Promise<unknown> {
  try {
    const response = await fetch(`${url}/info`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    })
    if (response.ok) return await response.json()
    throw new HoldfastError(`${url}/info answered ${response.status}`, {
      code: 'MIRROR_REFUSED',
      retryable: true,
      hint: 'check the URL after mirror:',
    })
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause
    throw new HoldfastError(`${url} cannot be reached`, {
      code: 'MIRROR_UNREACHABLE',
      retryable: true,
      hint: 'check the URL after mirror: and the network',
      cause,
    })
  }
}

export interface RemoteMeta {
  universe: { name: string; szDecimals: number; maxLeverage: number; marginTableId: number }[]
  marginTables: [number, { marginTiers: { lowerBound: string; maxLeverage: number }[] }][]
}

export function specsOf(meta: RemoteMeta, coins: readonly string[]): CoinSpec[] {
  const tables = new Map(meta.marginTables)
  const wanted = meta.universe.filter(({ name }) => coins.includes(name))
  return wanted.map(({ name, szDecimals, maxLeverage, marginTableId }, asset) => {
    const tiers: MarginTier[] | undefined = tables
      .get(marginTableId)
      ?.marginTiers.map((tier) => ({ lowerBoundUsd: Number(tier.lowerBound), maxLeverage: tier.maxLeverage }))
    return {
      name,
      asset,
      szDecimals,
      pxDecimals: 6 - szDecimals,
      maxLeverage,
      marginTableId,
      tiers: tiers ?? [{ lowerBoundUsd: 0, maxLeverage }],
    }
  })
}

export async function loadHistory(
  url: string,
  now: EpochMs,
  specs: readonly CoinSpec[],
): Promise<HistoryCandle[]> {
  const candles: HistoryCandle[] = []
  for (const spec of specs) {
    let until = now
    const tiers: HistoryCandle[][] = []
    // Finest first: each coarser interval only fills what lies before it.
    for (const interval of [...HISTORY_INTERVALS].reverse()) {
      const lengthMs = INTERVAL_MS[interval]
      const req = { coin: spec.name, interval, startTime: now - 5_000 * lengthMs, endTime: now }
      const rows = (await ask(url, { type: 'candleSnapshot', req })) as Json[]
      const px = (text: unknown) => parseUnitsCut(String(text), spec.pxDecimals)
      const tier = rows
        .map((row) => ({
          asset: spec.asset,
          lengthMs,
          openTs: Number(row.t),
          open: px(row.o),
          high: px(row.h),
          low: px(row.l),
          close: px(row.c),
          volume: parseUnitsCut(String(row.v), spec.szDecimals),
          trades: Number(row.n),
        }))
        .filter((candle) => candle.openTs + lengthMs <= until)
      until = tier[0]?.openTs ?? until
      tiers.unshift(tier)
    }
    candles.push(...tiers.flat())
  }
  return candles
}
