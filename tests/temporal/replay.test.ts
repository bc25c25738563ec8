/** A history replays on the code that made it; on deliberately changed code the replay says where they part. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PROJECT_ROOT } from '#config/environment.ts'
import { workflowBundle } from '#workers/bundle.ts'
import { fetchHistoryJson } from '#workers/support/histories.ts'
import { readHistoryFile, replayHistory } from '#workers/support/replay.ts'
import { engage, KILL_SWITCH_ID, state } from '#workflows/kill-switch/messages.ts'
import { TASK_QUEUES, WORKFLOW_TYPES } from '#workflows/names.ts'
import { missingTemporal } from '../support/temporal-server.ts'
import { createTemporalWorld, type TemporalWorld, testLog } from '../support/temporal-world.ts'
import { waitUntil } from '../support/wait-until.ts'

const skip = missingTemporal()
let world: TemporalWorld
let folder: string
let history: string

beforeAll(async () => {
  if (skip) return
  folder = mkdtempSync(join(tmpdir(), 'holdfast-replay-'))
  world = await createTemporalWorld()
  await world.orchestrate({
    activities: {
      engageKill: async () => ({ hosts: [] }),
      signalSessions: async () => ({ signalled: [] }),
    },
  })
  await world.serve(TASK_QUEUES.data, { recordKill: async () => {} })
  const handle = await world.client.workflow.start(WORKFLOW_TYPES.killSwitch, {
    workflowId: KILL_SWITCH_ID,
    taskQueue: TASK_QUEUES.orchestrator,
  })
  await handle.signal(engage, { mode: 'close_only' })
  await waitUntil(
    'the kill to be done',
    async () => (await handle.query(state)).results[0]?.outcome === 'verified',
    10_000,
  )
  history = (await fetchHistoryJson(world.client, { workflow_id: KILL_SWITCH_ID })) ?? ''
})
afterAll(async () => {
  await world?.close()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

test.skipIf(skip)('a history from the server replays on the same code', async () => {
  const verdict = await replayHistory(history, world.bundle)
  expect(verdict).toMatchObject({ deterministic: true, first_difference: '', workflow_type: 'killSwitch' })
  expect(verdict.events).toBe(JSON.parse(history).events.length)
})

test.skipIf(skip)('the same from a plain and from a gzipped file', async () => {
  for (const [name, bytes] of [
    ['plain.json', Buffer.from(history)],
    ['packed.json.gz', gzipSync(history)],
  ] as const) {
    const path = join(folder, name)
    writeFileSync(path, bytes)
    expect((await replayHistory(readHistoryFile(path), world.bundle)).deterministic).toBe(true)
  }
})

test.skipIf(skip)(
  'a changed workflow is reported as non-deterministic, with the first difference',
  async () => {
    const changed = await workflowBundle({
      cacheFolder: folder,
      log: testLog,
      workflowsPath: join(PROJECT_ROOT, 'tests/temporal/fixtures/changed-workflows.ts'),
    })
    const verdict = await replayHistory(history, changed)
    expect(verdict.deterministic).toBe(false)
    expect(verdict.first_difference).toMatch(/nondeterminism/i)
  },
)

test.skipIf(skip)('an unknown workflow has no history', async () => {
  expect(await fetchHistoryJson(world.client, { workflow_id: 'nobody' })).toBeNull()
})

test.each([
  ['no JSON', 'hello'],
  ['no events', '{"events":[]}'],
  ['another object', '{"a":1}'],
])('%s is refused as input, not reported as a difference', async (_what, text) => {
  await expect(replayHistory(text, { codePath: '/nowhere' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
})

test('an absent file is refused by name', () => {
  expect(() => readHistoryFile('/nowhere/x.json')).toThrow('/nowhere/x.json')
})
