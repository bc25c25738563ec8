/** computePnl and computeTrackingError on a real Temporal and a real ClickHouse: from start to report, and on after an attempt was cut off. */
import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate } from '#clickhouse/migrate.ts'
import { insertRows } from '#clickhouse/pnl/insert-rows.ts'
import { fills, fundingPayments, sessions } from '#clickhouse/tables/trading.ts'
import { systemClock as clock } from '#config/clock.ts'
import { Settings } from '#config/schema.ts'
import { missingTemporal } from '#tests/support/temporal-server.ts'
import { createTemporalWorld, type TemporalWorld } from '#tests/support/temporal-world.ts'
import { accountingActivities } from '#workers/support/pnl.ts'
import { TASK_QUEUES, WORKFLOW_TYPES } from '#workflows/names.ts'
import { type FrontProcess, startFrontProcess } from '../clickhouse/front-process.ts'
import { silentLog } from '../clickhouse/writer-process.ts'
import { inventHistory, sessionRow } from './history.ts'

const skip = missingTemporal()
let front: FrontProcess
let client: ClickHouseClient
let world: TemporalWorld

beforeAll(async () => {
  if (skip) return
  ;[front, world] = await Promise.all([startFrontProcess(), createTemporalWorld()])
  client = front.client('holdfast')
  await migrate(client, silentLog)
  const plan = {
    accounts: ['main', 'other'],
    coins: ['BTC', 'ETH'],
    days: 6,
    fillsADay: 10,
    sessions: ['session/paper/a'],
  }
  const history = inventHistory({ seed: 3, ...plan })
  await insertRows(client, sessions, [sessionRow('session/paper/a', 'main')])
  await insertRows(client, fills, history.fills)
  await insertRows(client, fundingPayments, history.funding)
  await world.orchestrate()
})
afterAll(async () => {
  await world?.close()
  await client?.close()
  await front?.remove()
})

const parts = () =>
  accountingActivities({
    clickhouse: client,
    settings: Settings.parse({}),
    clock,
    writeHealth: async () => {},
  })
const start = (type: string, id: string) =>
  world.client.workflow.start(type, { taskQueue: TASK_QUEUES.orchestrator, workflowId: id, args: [] })

test.skipIf(skip)(
  'an attempt that is cut off after it stored is repeated, and what it stored is not made again',
  async () => {
    const dying = parts()
    let deaths = 0
    const flaky = {
      ...dying,
      computeLedger: async (input: { account?: string }) => {
        const report = await dying.computeLedger(input)
        if (deaths++ === 0) throw new PowerCut()
        return report
      },
    }
    await world.serve(TASK_QUEUES.data, flaky)
    const report = await (await start(WORKFLOW_TYPES.computePnl, 'pnl-test')).result()
    expect(deaths).toBe(3)
    expect(report).toMatchObject({
      ledgers: { main: { fills: 0 }, other: { fills: 120 } },
      nav: { accounts: 2, alerts: [] },
    })
    const again = await (await start(WORKFLOW_TYPES.computePnl, 'pnl-test-2')).result()
    expect(again).toMatchObject({ ledgers: {} })
  },
)
class PowerCut extends Error {}

test.skipIf(skip)('without models there is nothing to track, and that is said', async () => {
  const handle = await start(WORKFLOW_TYPES.computeTrackingError, 'tracking-test')
  expect(await handle.result()).toEqual({ pairs: [], written: 0, revised: 0 })
})
