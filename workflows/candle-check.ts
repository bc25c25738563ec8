/** Every hour, or when asked: the candle table is compared with its grid, holes are fetched, and roll-ups with the venue's candles. */
// Not here: how (activities/candle-check.ts).
import { proxyActivities } from '@temporalio/workflow'
import type { CandleCheckActivities, CandleCheckInput, CandleCheckReport } from '#activities/candle-check.ts'
import { BACKFILL_JOB } from '#workflows/policies.ts'

const { checkCandles } = proxyActivities<CandleCheckActivities>(BACKFILL_JOB)

export async function candleCheck(input: CandleCheckInput = {}): Promise<CandleCheckReport> {
  return checkCandles(input)
}
