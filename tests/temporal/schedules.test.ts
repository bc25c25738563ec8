/** Schedules are brought to what is declared, as often as one likes; a person's pause survives, a stranger's schedule is left alone. */
import { Client, Connection } from '@temporalio/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { applySchedules, listSchedules } from '#cli/schedules.ts'
import { SCHEDULES } from '#workflows/schedules.ts'
import { missingTemporal, startTemporal, type TestTemporal } from '../support/temporal-server.ts'

const skip = missingTemporal()
let server: TestTemporal
let client: Client
let connection: Connection

beforeAll(async () => {
  if (skip) return
  server = await startTemporal()
  connection = await Connection.connect({ address: server.address })
  client = new Client({ connection })
})
afterAll(async () => {
  await connection?.close()
  await server?.stop()
})

const changes = async (declared = SCHEDULES) =>
  Object.fromEntries((await applySchedules(client, declared)).map(({ id, change }) => [id, change]))

test.skipIf(skip)('the first apply creates, the second changes nothing', async () => {
  expect(new Set(Object.values(await changes()))).toEqual(new Set(['created']))
  expect(new Set(Object.values(await changes()))).toEqual(new Set(['unchanged']))
  const lines = await listSchedules(client)
  expect(lines.map(({ id, every_ms }) => [id, every_ms])).toEqual(
    SCHEDULES.map(({ id, every_ms }) => [id, every_ms]),
  )
  for (const { next_ts } of lines) expect(next_ts).toBeGreaterThan(Date.now() - 60_000)
})

test.skipIf(skip)('the server keeps overlap, catchup window and jitter as declared', async () => {
  for (const declared of SCHEDULES) {
    const { policies, spec } = await client.schedule.getHandle(declared.id).describe()
    expect(policies.overlap).toBe(declared.overlap)
    expect(policies.catchupWindow).toBe(declared.catchup_ms)
    expect(spec.jitter ?? 0).toBe(declared.jitter_ms)
  }
})

test.skipIf(skip)('a changed declaration is updated, and a pause that a person set stays', async () => {
  const [first, ...rest] = SCHEDULES
  if (!first) return expect.unreachable()
  await client.schedule.getHandle(first.id).pause('holiday')
  const answer = await changes([{ ...first, every_ms: first.every_ms * 2 }, ...rest])
  expect(answer[first.id]).toBe('updated')
  expect(Object.values(answer).filter((change) => change === 'unchanged')).toHaveLength(rest.length)
  const described = await client.schedule.getHandle(first.id).describe()
  expect(described.spec.intervals?.[0]?.every).toBe(first.every_ms * 2)
  expect(described.state).toMatchObject({ paused: true, note: 'holiday' })
})

test.skipIf(skip)('one that is no longer declared is deleted; a stranger’s is not', async () => {
  await client.schedule.create({
    scheduleId: 'somebody-elses',
    spec: { intervals: [{ every: '1h' }] },
    action: { type: 'startWorkflow', workflowType: 'x', workflowId: 'x', taskQueue: 'x' },
  })
  await expect
    .poll(async () => (await changes(SCHEDULES.slice(1)))[SCHEDULES[0]?.id ?? ''], { timeout: 10_000 })
    .toBe('deleted')
  await expect(client.schedule.getHandle('somebody-elses').describe()).resolves.toBeDefined()
})
