/** The workflows of market data on a real Temporal server: an empty form starts each, and one part that fails costs the others nothing. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HoldfastError } from '#domain/errors.ts'
import { createTemporalWorld, type TemporalWorld } from '#tests/support/temporal-world.ts'
import { TASK_QUEUES, WORKFLOW_TYPES } from '#workflows/names.ts'

let world: TemporalWorld
const asked: [string, unknown][] = []
const double =
  <Answer>(name: string, answer: Answer) =>
  async (input?: unknown): Promise<Answer> => {
    asked.push([name, input])
    return answer
  }

beforeAll(async () => {
  world = await createTemporalWorld()
  await world.orchestrate()
  await world.serve(TASK_QUEUES.data, {
    healGaps: double('healGaps', { gaps: 2, recovered: 1, partial: 1, lost: 0, failed: 0, rows: 7 }),
    checkCandles: double('checkCandles', { series: 1, remaining: 0 }),
    snapshotAccounts: double('snapshotAccounts', { accounts: 2, positions: 1, failed: 0 }),
    collectTickers: async () => {
      throw new HoldfastError('the exchange is away', { code: 'AWAY', retryable: false, hint: '' })
    },
    storeRateUsage: double('storeRateUsage', { rows: 3 }),
    collectFunding: double('collectFunding', { coins: 3, rows: 3, failed: 0 }),
    computeDailyStats: double('computeDailyStats', { rows: 5 }),
    importPublicStats: double('importPublicStats', { documents: {}, failed: {} }),
  })
})
afterAll(async () => {
  await world?.close()
})

const run = (type: string, ...args: unknown[]): Promise<unknown> =>
  world.client.workflow.execute(type, {
    ...{ args, taskQueue: TASK_QUEUES.orchestrator, workflowId: `${type}-${args.length}` },
  })

test('backfill heals, from an empty form and with its one wish', async () => {
  expect(await run(WORKFLOW_TYPES.backfill)).toMatchObject({ gaps: 2, recovered: 1, rows: 7 })
  await run(WORKFLOW_TYPES.backfill, { include_open: true })
  expect(asked).toEqual([
    ['healGaps', {}],
    ['healGaps', { include_open: true }],
  ])
})

test('the candle check, funding and daily figures run through', async () => {
  expect(await run(WORKFLOW_TYPES.candleCheck)).toMatchObject({ remaining: 0 })
  expect(await run(WORKFLOW_TYPES.collectFunding)).toMatchObject({ coins: 3 })
  expect(await run(WORKFLOW_TYPES.dailyStats)).toEqual({ own_rows: 5, public: { documents: {}, failed: {} } })
})

test('collecting goes on with accounts and usage when the tickers cannot be had, and says why', async () => {
  expect(await run(WORKFLOW_TYPES.collect)).toEqual({
    accounts: { accounts: 2, positions: 1, failed: 0 },
    tickers: 'the exchange is away',
    usage: { rows: 3 },
  })
})
