/** A session on a real Temporal server: started, asked, told, paused, changed, killed, stopped; refused where its input is wrong. */
import type { WorkflowHandle } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { SEARCH_ATTRIBUTES, TASK_QUEUES, WORKFLOW_TYPES } from '#workflows/names.ts'
import * as messages from '#workflows/trading-session/messages.ts'
import type { QuietVenue } from '../support/quiet-venue.ts'
import { missingTemporal } from '../support/temporal-server.ts'
import { createTemporalWorld, type StartedWorker, type TemporalWorld } from '../support/temporal-world.ts'
import { dataDoubles, makerInput, newVenue, startTestHost, type TestHost } from '../support/test-host.ts'
import { waitUntil } from '../support/wait-until.ts'

const skip = missingTemporal()
let world: TemporalWorld
let venue: QuietVenue
let host: TestHost
let data: StartedWorker
let rows: { status: { state: string }; report: unknown }[]
let count = 0

beforeAll(async () => {
  if (skip) return
  world = await createTemporalWorld()
  await world.orchestrate()
})
afterAll(async () => world?.close())
beforeEach(async () => {
  if (skip) return
  venue = newVenue()
  rows = []
  host = await startTestHost(world, 'desk-1', venue)
  data = await world.serve(TASK_QUEUES.data, dataDoubles(venue, rows))
})
afterEach(async () => {
  await host?.close()
  await data?.stop()
})

const start = async (change: Record<string, unknown> = {}): Promise<WorkflowHandle> => {
  const key = `maker-${++count}`
  return world.client.workflow.start(WORKFLOW_TYPES.tradingSession, {
    workflowId: `session/paper/${key}`,
    taskQueue: TASK_QUEUES.orchestrator,
    args: [makerInput(key, change)],
  })
}
const stateOf = async (handle: WorkflowHandle): Promise<string> => (await handle.query(messages.status)).state
const quoting = (timeoutMs = 20_000) =>
  waitUntil('two quotes at the venue', () => venue.resting.size === 2, timeoutMs)
const running = async (change: Record<string, unknown> = {}): Promise<WorkflowHandle> => {
  const handle = await start(change)
  await quoting()
  return handle
}

test.skipIf(skip)(
  'it quotes, says where and how it stands, and a stop answers with a clean report',
  async () => {
    const handle = await running()
    const view = await handle.query(messages.status)
    expect(view).toMatchObject({ state: 'RUNNING', epoch: 1, kill: 'off', engine: 'maker', report: null })
    await waitUntil(
      'the host to be known',
      async () => (await handle.query(messages.status)).host === 'desk-1',
      5_000,
    )
    expect(host.leases()).toMatchObject([{ session_id: handle.workflowId, epoch: 1, account: 'paper-maker' }])
    const report = await handle.executeUpdate(messages.stop, { args: [{ reason: 'enough' }] })
    expect(report).toMatchObject({ state: 'CLOSED', reason: 'enough', residual: { open_orders: 0 } })
    expect(await handle.result()).toEqual(report)
    expect(venue.resting.size).toBe(0)
    expect(host.leases()).toEqual([])
    expect(rows.map(({ status }) => status.state)).toEqual(
      expect.arrayContaining(['STARTING', 'RUNNING', 'STOPPING']),
    )
    expect(rows.at(-1)?.report ?? rows.at(-2)?.report).toMatchObject({ state: 'CLOSED' })
    expect(await handle.query(messages.report)).toEqual(report)
  },
)

test.skipIf(skip)('search attributes and current details show it in the UI', async () => {
  const handle = await running()
  await waitUntil(
    'state RUNNING to be visible',
    async () => (await handle.describe()).typedSearchAttributes.get(SEARCH_ATTRIBUTES.state) === 'RUNNING',
    5_000,
  )
  const { typedSearchAttributes } = await handle.describe()
  expect(typedSearchAttributes.get(SEARCH_ATTRIBUTES.coin)).toBe('ETH')
  expect(typedSearchAttributes.get(SEARCH_ATTRIBUTES.engine)).toBe('maker')
  const metadata = await handle.query<{
    currentDetails?: string
    definition?: { signalDefinitions?: { name: string; description?: string }[] }
  }>('__temporal_workflow_metadata')
  expect(metadata.currentDetails).toContain('**RUNNING**')
  expect(metadata.currentDetails).toContain('http://127.0.0.1:1/')
  const described = metadata.definition?.signalDefinitions ?? []
  expect(described.map(({ name }) => name)).toEqual(expect.arrayContaining(['kill', 'pause', 'resume']))
  expect(described.filter(({ description }) => !description)).toEqual([])
  await handle.signal(messages.kill)
  await handle.result()
})

test.skipIf(skip)(
  'a kill signal without any argument ends it flat, and a second one is harmless',
  async () => {
    const handle = await running()
    await handle.signal(messages.kill)
    await handle.signal(messages.kill, { reason: 'again' })
    expect(await handle.result()).toMatchObject({
      state: 'CLOSED',
      residual: { open_orders: 0, positions: {} },
    })
    expect(venue.resting.size).toBe(0)
  },
)

test.skipIf(skip)('a kill with a misspelt mode still kills', async () => {
  const handle = await running()
  await handle.signal('kill', { mode: 'FLATTEN!', reason: 'typo' })
  expect(await handle.result()).toMatchObject({ state: 'CLOSED', reason: 'typo' })
})

test.skipIf(skip)('a kill that comes before the first segment is obeyed', async () => {
  const handle = await start()
  await handle.signal(messages.kill, { reason: 'at once' })
  expect(await handle.result()).toMatchObject({ state: 'CLOSED', reason: 'at once' })
  expect(venue.accepted).toEqual([])
})

test.skipIf(skip)('a cancellation from the UI is a kill: it ends in order', async () => {
  const handle = await running()
  await handle.cancel()
  expect(await handle.result()).toMatchObject({ state: 'CLOSED' })
  expect(venue.resting.size).toBe(0)
})

test.skipIf(skip)('pause pulls the quotes, resume brings them back, under the same epoch', async () => {
  const handle = await running()
  await handle.signal(messages.pause, { reason: 'lunch' })
  await waitUntil('no quote', () => venue.resting.size === 0, 10_000)
  await waitUntil('state PAUSED', async () => (await stateOf(handle)) === 'PAUSED', 5_000)
  await handle.signal(messages.resume)
  await quoting()
  expect((await handle.query(messages.status)).epoch).toBe(1)
  await handle.signal(messages.kill)
  await handle.result()
})

test.skipIf(skip)('new parameters are taken over without ending the session', async () => {
  const handle = await running()
  const view = await handle.executeUpdate(messages.updateParams, {
    args: [{ params: { half_spread_bps: 50 }, limits: { order_usd_max: 500 } }],
  })
  expect(view).toMatchObject({ state: 'RUNNING', limits: { order_usd_max: 500, position_usd_max: 5_000 } })
  await waitUntil(
    'quotes 50 bps from the mid',
    () => [...venue.resting.values()].some(({ side, px }) => side === 'buy' && Number(px) <= 1_990),
    10_000,
  )
  await handle.signal(messages.kill)
  await handle.result()
})

test.skipIf(skip)('a wrong update is rejected with its path, and nothing changes', async () => {
  const handle = await running()
  const before = await handle.query(messages.status)
  for (const [change, path] of [
    [{ params: { half_spread: 4 } }, 'params'],
    [{ params: { half_spread_bps: -1 } }, 'params.half_spread_bps'],
    [{ limits: { order_usd_max: -5 } }, 'limits.order_usd_max'],
    [{ parameters: {} }, 'parameters'],
    ['faster', 'updateParams'],
  ] as const) {
    const failure = await handle.executeUpdate('updateParams', { args: [change] }).then(
      () => null,
      (error: { cause?: unknown }) => error.cause,
    )
    expect(failure).toBeInstanceOf(ApplicationFailure)
    expect(failure).toMatchObject({ type: 'InvalidInput' })
    expect((failure as ApplicationFailure).message).toContain(path)
  }
  const after = await handle.query(messages.status)
  expect([after.params, after.limits, after.segments]).toEqual([
    before.params,
    before.limits,
    before.segments,
  ])
  await handle.signal(messages.kill)
  await handle.result()
})

test.skipIf(skip).each([
  ['a negative size', { limits: { order_usd_max: -1, position_usd_max: 1 } }, 'limits.order_usd_max'],
  ['an unknown coin', { coins: ['NOPE'] }, 'coins.0'],
  ['an unknown account', { account: 'nobody' }, 'account'],
  ['an unknown key', { size: 3 }, 'size'],
  ['a key that is not the workflow’s', { session_key: 'other' }, 'session_key'],
])(
  'a start with %s fails as InvalidInput with its path, before anything is sent',
  async (_what, change, path) => {
    const handle = await start(change)
    const error = await handle.result().then(
      () => null,
      (failure: { cause?: Error & { cause?: Error } }) => failure,
    )
    expect(error?.cause).toMatchObject({ type: 'InvalidInput', nonRetryable: true })
    expect(error?.cause?.message).toContain(path)
    expect(venue.accepted).toEqual([])
  },
)

test.skipIf(skip)('a kill in the store refuses the start', async () => {
  host.killStore.engage({
    scope: { kind: 'all' },
    mode: 'halt',
    reason: 'drill',
    requested_by: 'test',
    requested_ts: 1,
  })
  const handle = await start()
  const error = await handle.result().then(
    () => null,
    (failure: { cause?: Error }) => failure,
  )
  expect(error?.cause).toMatchObject({ type: 'KILL_IN_FORCE' })
  expect(venue.accepted).toEqual([])
})

test.skipIf(skip)('a direct kill on the host ends it without any signal', async () => {
  const handle = await running()
  host.registry.kill(
    {
      scope: { kind: 'session', session_id: handle.workflowId },
      mode: 'flatten',
      reason: 'direct',
      requested_by: 'test',
      requested_ts: 1,
    },
    'direct',
  )
  expect(await handle.result()).toMatchObject({ state: 'CLOSED' })
  expect(venue.resting.size).toBe(0)
})
