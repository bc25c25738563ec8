/** Candles that a backtest or sweep was asked to use: files, a folder, or the running stack's table. */
// Not here: reading them (clickhouse/candle-source).
import { resolve } from 'node:path'
import { loadOperator } from '#cli/support/operator.ts'
import type { ChosenStrategy } from '#cli/support/strategies.ts'
import { readCandleFiles } from '#clickhouse/candle-source/files.ts'
import { readStoredCandles } from '#clickhouse/candle-source/table.ts'
import { createClickHouse } from '#clickhouse/client.ts'
import type { CandleSeries } from '#domain/backtest/series.ts'
import { InvalidInputError } from '#domain/errors.ts'
import { isPaced } from '#domain/strategies/cadence.ts'
import type { FixedInterval } from '#domain/time.ts'

export interface CandleChoice {
  data: string
  coins?: string
  interval?: string
}

export const coinsOf = (text: string | undefined): string[] =>
  (text ?? '').split(',').flatMap((coin) => (coin.trim() === '' ? [] : [coin.trim()]))

/** The traded coins, and those that only guide where the data has them. */
export async function loadCandles(
  choice: CandleChoice,
  chosen: ChosenStrategy,
): Promise<{ series: CandleSeries[]; guides: string[] }> {
  const coins = coinsOf(choice.coins)
  const asked = (choice.interval ?? null) as FixedInterval | null
  const interval = isPaced(chosen.params) ? chosen.interval : asked
  const series =
    choice.data === 'clickhouse'
      ? await fromTable(coins, chosen)
      : await fromFiles(resolve(choice.data), coins, interval)
  const wanted = chosen.strategy.contextCoins?.(chosen.params) ?? []
  const guides = wanted.filter((coin) => coins.length > 0 && !coins.includes(coin))
  const extra =
    guides.length === 0 || choice.data === 'clickhouse' ? [] : await guideFiles(choice, guides, interval)
  return { series: [...series, ...extra], guides: extra.map(({ coin }) => coin) }
}

const fromFiles = (
  path: string,
  coins: readonly string[],
  interval: FixedInterval | null,
): Promise<CandleSeries[]> => readCandleFiles(path, { coins, interval })

/** A guide that the data does not have stays unknown, as in a session that has not heard of it yet. */
async function guideFiles(
  { data }: CandleChoice,
  guides: readonly string[],
  interval: FixedInterval | null,
): Promise<CandleSeries[]> {
  try {
    return await readCandleFiles(resolve(data), { coins: guides, interval })
  } catch (error) {
    if (error instanceof InvalidInputError) return []
    throw error
  }
}

async function fromTable(coins: readonly string[], chosen: ChosenStrategy): Promise<CandleSeries[]> {
  if (coins.length === 0) {
    throw new InvalidInputError({
      source: '--coins',
      path: '',
      found: 'nothing',
      expected: 'coins, e.g. --coins BTC,ETH',
    })
  }
  const clickhouse = createClickHouse(loadOperator().environment)
  try {
    return await readStoredCandles(clickhouse, { coins, interval: chosen.interval })
  } finally {
    await clickhouse.close()
  }
}
