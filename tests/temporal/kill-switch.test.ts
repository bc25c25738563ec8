/** The kill switch on a real server: every path is taken at once, a path that fails stops no other, and what stands is remembered. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { FinishRequest, KillPlaneActivities, KillVenueActivities } from '#activities/kill-switch.ts'
import type { ControlActivities } from '#activities/trading-session/control.ts'
import type { KillOrder } from '#domain/session/types.ts'
import {
  clear,
  engage,
  KILL_SWITCH_ID,
  type KillSwitchState,
  state,
} from '#workflows/kill-switch/messages.ts'
import { hostQueue, TASK_QUEUES, WORKFLOW_TYPES } from '#workflows/names.ts'
import { missingTemporal } from '../support/temporal-server.ts'
import { createTemporalWorld, type TemporalWorld } from '../support/temporal-world.ts'

const skip = missingTemporal()
const HOST = 'desk-1'
let world: TemporalWorld
let calls: [string, KillOrder | FinishRequest | { scope: unknown }][] = []
let residual: string[] = []
let exchangeDown = false

const plane: KillPlaneActivities = {
  engageKill: async (order) => {
    calls.push(['engageKill', order])
    return { hosts: [HOST] }
  },
  signalSessions: async (order) => {
    calls.push(['signalSessions', order])
    return { signalled: ['session/paper/a', 'session/paper/b'] }
  },
}
const venue: KillVenueActivities = {
  cancelSessionOrders: async () => ({ canceled: 0 }),
  cancelInScope: async (request) => {
    calls.push(['cancelInScope', request])
    return { canceled: 3 }
  },
  finishKill: async (request) => {
    if (exchangeDown) throw new TypeError('the exchange is down')
    calls.push(['finishKill', request])
    return { residual, enforced: residual.length > 0 }
  },
  recordKill: async (order) => void calls.push(['recordKill', order]),
}
const control: ControlActivities = {
  killSegments: async (order) => {
    calls.push(['killSegments', order])
    return { host_id: HOST, acknowledged: [] }
  },
  rotateSegment: async () => ({ host_id: HOST, acknowledged: [] }),
}

beforeAll(async () => {
  if (skip) return
  world = await createTemporalWorld()
  await Promise.all([
    world.orchestrate({ activities: plane }),
    world.serve(TASK_QUEUES.data, venue),
    world.serve(hostQueue(HOST), control),
  ])
})
afterAll(async () => world?.close())
beforeEach(async () => {
  calls = []
  residual = []
  exchangeDown = false
  if (skip) return
  await world.client.workflow.start(WORKFLOW_TYPES.killSwitch, {
    workflowId: KILL_SWITCH_ID,
    taskQueue: TASK_QUEUES.orchestrator,
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
  })
})

const handle = () => world.client.workflow.getHandle(KILL_SWITCH_ID)
const settled = async (results: number): Promise<KillSwitchState> => {
  await expect
    .poll(
      async () => {
        const now = await handle().query(state)
        return now.results.filter(({ outcome }) => outcome !== 'working').length
      },
      { timeout: 15_000 },
    )
    .toBe(results)
  return handle().query(state)
}
const named = (name: string) => calls.filter(([call]) => call === name).map(([, order]) => order)

test.skipIf(skip)('an empty form flattens all, by every path, and is verified', async () => {
  await handle().signal(engage)
  const now = await settled(1)
  expect(now.engaged).toMatchObject([{ scope: { kind: 'all' }, mode: 'flatten' }])
  expect(now.results[0]).toMatchObject({
    outcome: 'verified',
    hosts: [HOST],
    sessions_signalled: 2,
    orders_canceled: 3,
    residual: [],
  })
  for (const path of ['engageKill', 'signalSessions', 'killSegments', 'cancelInScope', 'recordKill'])
    expect(named(path), path).toHaveLength(1)
})

test.skipIf(skip)('what is left at the exchange is said, not hidden', async () => {
  residual = ['paper-maker: position 1 ETH']
  await handle().signal(engage, { scope: 'account:paper-maker', mode: 'flatten', reason: 'test' })
  const now = await settled(1)
  expect(now.results[0]).toMatchObject({ outcome: 'residual', enforced: true, residual })
  expect(now.results[0]?.kill.scope).toEqual({ kind: 'account', account: 'paper-maker' })
})

test.skipIf(skip)('a milder kill never weakens a stronger one of the same scope', async () => {
  await handle().signal(engage, { mode: 'flatten' })
  await handle().signal(engage, { mode: 'close_only' })
  const now = await settled(2)
  expect(now.engaged.map(({ mode }) => mode)).toEqual(['flatten'])
})

test.skipIf(skip)('close_only cancels nothing and is not verified at the exchange', async () => {
  await handle().signal(engage, { mode: 'close_only' })
  await settled(1)
  expect(named('cancelInScope')).toEqual([])
  expect(named('finishKill')).toEqual([])
  expect(named('engageKill')).toHaveLength(1)
})

test.skipIf(skip)('clear lifts exactly its scope', async () => {
  await handle().signal(engage, { scope: 'session:session/paper/a' })
  await handle().signal(engage, { scope: 'all' })
  await settled(2)
  await handle().signal(clear, { scope: 'all' })
  await expect
    .poll(async () => (await handle().query(state)).engaged.map(({ scope }) => scope.kind))
    .toEqual(['session'])
  // The switch forgets first and tells the hosts next.
  await expect.poll(() => named('engageKill').at(-1)).toMatchObject({ mode: 'off', scope: { kind: 'all' } })
})

test.skipIf(skip)(
  'a signal that cannot be meant is refused with its path, and the switch lives on',
  async () => {
    await handle().signal(engage, { scope: 'everything' })
    await handle().signal(engage, { mode: 'off' })
    await expect.poll(async () => (await handle().query(state)).refused.length).toBe(2)
    const { refused, engaged } = await handle().query(state)
    expect(refused.map(({ why }) => why)).toEqual([
      expect.stringContaining('scope: found "everything"'),
      expect.stringContaining('mode: found "off"'),
    ])
    expect(engaged).toEqual([])
    await handle().signal(engage)
    await settled(1)
  },
)
