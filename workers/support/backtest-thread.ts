/** A thread that runs parts of a sweep: candles are read once and kept, the event loop of the worker stays free. */
// Not here: who hands out the parts (backtest-pool.ts), the runs themselves (domain/backtest/sweep-run.ts).
import { parentPort, workerData } from 'node:worker_threads'
import { readCandleFiles } from '#clickhouse/candle-source/files.ts'
import { readStoredCandles } from '#clickhouse/candle-source/table.ts'
import { createClickHouse } from '#clickhouse/client.ts'
import { loadEnvironment } from '#config/environment.ts'
import { loadUserStrategies } from '#config/user-strategies.ts'
import type { CandleSeries } from '#domain/backtest/series.ts'
import type { SweepInput } from '#domain/backtest/sweep-plan.ts'
import type { SweepResult } from '#domain/backtest/sweep-rank.ts'
import { paramsOfRun, runOne } from '#domain/backtest/sweep-run.ts'
import { describeError, HoldfastError, InvalidInputError } from '#domain/errors.ts'
import { candleStrategy } from '#domain/strategies/registry.ts'
import type { FixedInterval } from '#domain/time.ts'

/** Runs `from` … `to` − 1 of a sweep. */
export interface PartTask {
  id: number
  input: SweepInput
  from: number
  to: number
}

export type PartAnswer =
  | { id: number; kind: 'result'; result: SweepResult }
  | { id: number; kind: 'done' }
  | { id: number; kind: 'failed'; message: string; code: string; retryable: boolean }

interface Data {
  key: string
  series: CandleSeries[]
  guides: string[]
}

let kept: Data | null = null

async function dataOf(input: SweepInput): Promise<Data> {
  const { data, coins, interval } = input
  const guides = guidesOf(input)
  const key = JSON.stringify([data, coins, interval, guides])
  if (kept?.key === key) return kept
  const series = await read(data, coins, interval)
  const missing = guides.filter((coin) => !series.some((each) => each.coin === coin))
  const extra = missing.length === 0 ? [] : await optional(() => read(data, missing, interval))
  kept = { key, series: [...series, ...extra], guides: extra.map(({ coin }) => coin) }
  return kept
}

/** Coins that the strategy reads without trading them; the first run that has valid parameters knows. */
function guidesOf(input: SweepInput): readonly string[] {
  if (input.coins.length === 0) return []
  try {
    const params = paramsOfRun(input, 0)
    return candleStrategy(params.strategy).contextCoins?.(params) ?? []
  } catch {
    return []
  }
}

async function optional<Value>(run: () => Promise<Value[]>): Promise<Value[]> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof InvalidInputError) return []
    throw error
  }
}

async function read(
  data: string,
  coins: readonly string[],
  interval: FixedInterval,
): Promise<CandleSeries[]> {
  if (data !== 'clickhouse') return readCandleFiles(data, { coins, interval })
  const client = createClickHouse({
    ...loadEnvironment(),
    ...(workerData as { clickhouse?: object })?.clickhouse,
  })
  try {
    return await readStoredCandles(client, { coins, interval })
  } finally {
    await client.close()
  }
}

async function runPart(
  { id, input, from, to }: PartTask,
  answer: (message: PartAnswer) => void,
): Promise<void> {
  try {
    await loadUserStrategies()
    const { series, guides } = await dataOf(input)
    for (let run = from; run < to; run += 1) {
      answer({ id, kind: 'result', result: runOne(input, run, series, guides) })
    }
    answer({ id, kind: 'done' })
  } catch (error) {
    const known = error instanceof HoldfastError
    answer({
      id,
      kind: 'failed',
      message: describeError(error),
      code: known ? error.code : 'UNEXPECTED',
      retryable: known ? error.retryable : true,
    })
  }
}

const port = parentPort
port?.on('message', (task: PartTask) => {
  void runPart(task, (message) => port.postMessage(message))
})
