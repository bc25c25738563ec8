/** A session over hosts, outages and runs: it hands over, goes safe, comes back, continues as new, and its history replays. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ClosedRun } from '#activities/history-archive.ts'
import { PROJECT_ROOT } from '#config/environment.ts'
import { workflowBundle } from '#workers/bundle.ts'
import { closedSessionRuns, fetchHistoryJson } from '#workers/support/histories.ts'
import { isSessionHistory, replayHistory } from '#workers/support/replay.ts'
import { TASK_QUEUES, WORKFLOW_TYPES } from '#workflows/names.ts'
import * as messages from '#workflows/trading-session/messages.ts'
import { epochsOf, type QuietVenue } from '../support/quiet-venue.ts'
import { missingTemporal } from '../support/temporal-server.ts'
import {
  createTemporalWorld,
  type StartedWorker,
  type TemporalWorld,
  testLog,
} from '../support/temporal-world.ts'
import { dataDoubles, makerInput, newVenue, startTestHost, type TestHost } from '../support/test-host.ts'
import { waitUntil } from '../support/wait-until.ts'

const skip = missingTemporal()
const CONTINUE_AS_NEW_EVENTS = 80
let world: TemporalWorld
let venue: QuietVenue
let hosts: TestHost[]
let data: StartedWorker
let count = 0

beforeAll(async () => {
  if (skip) return
  world = await createTemporalWorld({ suggestContinueAsNewEvents: CONTINUE_AS_NEW_EVENTS })
  await world.orchestrate()
})
afterAll(async () => world?.close())
beforeEach(async () => {
  if (skip) return
  venue = newVenue()
  hosts = [await startTestHost(world, 'desk-1', venue)]
  data = await world.serve(TASK_QUEUES.data, dataDoubles(venue))
})
afterEach(async () => {
  await Promise.all(hosts?.map((host) => host.close()) ?? [])
  await data?.stop()
})

const quoting = (what = 'two quotes at the venue', timeoutMs = 20_000) =>
  waitUntil(what, () => venue.resting.size === 2, timeoutMs)
const running = async (): Promise<WorkflowHandle> => {
  const key = `life-${++count}`
  const handle = await world.client.workflow.start(WORKFLOW_TYPES.tradingSession, {
    workflowId: `session/paper/${key}`,
    taskQueue: TASK_QUEUES.orchestrator,
    args: [makerInput(key)],
  })
  await quoting()
  return handle
}
const end = async (handle: WorkflowHandle) => {
  const current = world.client.workflow.getHandle(handle.workflowId)
  await current.signal(messages.kill)
  return current.result()
}
const status = (handle: WorkflowHandle) =>
  world.client.workflow.getHandle(handle.workflowId).query(messages.status)
const noCloidTwice = () => {
  const cloids = venue.accepted.map(({ cloid }) => cloid)
  expect(new Set(cloids).size).toBe(cloids.length)
}

test.skipIf(skip)('a host that shuts down hands over, and another goes on within seconds', async () => {
  const handle = await running()
  const second = await startTestHost(world, 'desk-2', venue)
  hosts.push(second)
  const from = performance.now()
  await hosts[0]?.stop()
  await waitUntil('the second host to run it', () => second.registry.list().length === 1, 10_000)
  await quoting()
  expect(performance.now() - from).toBeLessThan(5_000)
  await waitUntil('the new host to be known', async () => (await status(handle)).host === 'desk-2', 5_000)
  noCloidTwice()
  expect(await end(handle)).toMatchObject({ state: 'CLOSED', residual: { open_orders: 0 } })
})

test.skipIf(skip)(
  'with the server away the quotes are pulled by the lease; it comes back under a proper epoch',
  async () => {
    const handle = await running()
    await world.server.crash()
    const from = performance.now()
    await waitUntil('the quotes to be pulled', () => venue.resting.size === 0, 8_000)
    expect(performance.now() - from).toBeLessThan(5_000)
    const before = venue.accepted.length
    await delay(3_000) // nothing may be sent while nobody renews the lease: there is no event to wait for
    expect(venue.accepted.length).toBe(before)
    await world.server.start()
    await quoting('two quotes after the outage', 40_000)
    noCloidTwice()
    const epochs = epochsOf(venue)
    expect(epochs).toEqual([...epochs].sort((a, b) => a - b))
    expect(await end(handle)).toMatchObject({ state: 'CLOSED', residual: { open_orders: 0 } })
  },
)

test.skipIf(skip)(
  'a direct kill works while the server is away, and is in the report afterwards',
  async () => {
    const handle = await running()
    await world.server.crash()
    const [host] = hosts
    host?.registry.kill(
      {
        scope: { kind: 'session', session_id: handle.workflowId },
        mode: 'flatten',
        reason: 'no server',
        requested_by: 'test',
        requested_ts: 1,
      },
      'direct',
    )
    await waitUntil('the quotes to be pulled', () => venue.resting.size === 0, 3_000)
    await world.server.start()
    expect(await handle.result()).toMatchObject({ state: 'CLOSED', reason: 'no server' })
  },
)

test.skipIf(skip)(
  'a long history continues as new between segments; parameters, epoch and stop survive',
  async () => {
    const handle = await running()
    const { runId: firstRun } = await handle.describe()
    await world.client.workflow
      .getHandle(handle.workflowId)
      .executeUpdate(messages.updateParams, { args: [{ limits: { order_usd_max: 444 } }] })
    let runs = 0
    while (
      runs < 12 &&
      (await world.client.workflow.getHandle(handle.workflowId).describe()).runId === firstRun
    ) {
      runs++
      const current = world.client.workflow.getHandle(handle.workflowId)
      await current.signal(messages.pause)
      await waitUntil('no quote', () => venue.resting.size === 0, 10_000)
      await current.signal(messages.resume)
      await quoting()
    }
    const now = await status(handle)
    expect((await world.client.workflow.getHandle(handle.workflowId).describe()).runId).not.toBe(firstRun)
    expect(now).toMatchObject({ state: 'RUNNING', epoch: 1, limits: { order_usd_max: 444 }, host: 'desk-1' })
    noCloidTwice()
    const report = await world.client.workflow
      .getHandle(handle.workflowId)
      .executeUpdate(messages.stop, { args: [{}] })
    expect(report).toMatchObject({ state: 'CLOSED', residual: { open_orders: 0 } })
  },
)

test.skipIf(skip)('every run of the finished sessions replays; changed code is reported', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-changed-'))
  try {
    const changed = await workflowBundle({
      cacheFolder: folder,
      log: testLog,
      workflowsPath: join(PROJECT_ROOT, 'tests/temporal/fixtures/changed-workflows.ts'),
    })
    const runs = await waitUntil(
      'closed runs to be listed',
      async () => {
        const found: ClosedRun[] = []
        for await (const run of closedSessionRuns(world.client)) found.push(run)
        return found.length >= 5 && found
      },
      60_000,
    )
    for (const run of runs) {
      const history = (await fetchHistoryJson(world.client, run)) ?? ''
      const verdict = await replayHistory(history, world.bundle)
      expect(verdict.first_difference).toBe('')
      expect([verdict.deterministic, isSessionHistory(verdict)]).toEqual([true, true])
      expect((await replayHistory(history, changed)).deterministic).toBe(false)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
