/** kill -9 of real processes under a trading session: of the orchestrator a kill signal knows nothing, of a host the next one goes on. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Heard } from '#bench/support/kill-process.ts'
import { parseCloid } from '#domain/ids.ts'
import * as messages from '#workflows/trading-session/messages.ts'
import type { Child } from '../support/child.ts'
import {
  type MakerSession,
  makerSession,
  type ProcessWorld,
  startProcessWorld,
} from '../support/process-world.ts'
import { missingTemporal } from '../support/temporal-server.ts'
import { waitUntil } from '../support/wait-until.ts'

const skip = missingTemporal()
const HOST_FILE = 'bench/support/kill-process.ts'
let world: ProcessWorld
let orchestrator: Child
let hosts: Child[]
const heard: Heard[] = []

const startHost = async (hostId: string): Promise<Child> => {
  const host = await world.start(HOST_FILE, ['host'], { HOLDFAST_HOST_ID: hostId })
  host.onMessage((message) => {
    if ((message as Heard).kind === 'heard') heard.push(message as Heard)
  })
  return host
}

beforeAll(async () => {
  if (skip) return
  world = await startProcessWorld(['desk'])
  orchestrator = await world.startOrchestrator()
  await world.start(HOST_FILE, ['data'])
  hosts = [await startHost('desk-1')]
}, 120_000)
afterAll(async () => world?.close(), 60_000)

const quoting = (session: MakerSession) =>
  waitUntil(`${session.id} to quote`, async () => (await world.openOrders(session)).length > 0, 60_000)
const doubled = async (session: MakerSession): Promise<string[]> => {
  const oids = new Map<string, Set<number>>()
  for (const { cloid, oid } of await world.allOrders(session))
    oids.set(cloid, (oids.get(cloid) ?? new Set()).add(oid))
  return [...oids].filter(([, each]) => each.size > 1).map(([cloid]) => cloid)
}
const epochs = async (session: MakerSession): Promise<number> =>
  Math.max(0, ...(await world.allOrders(session)).map(({ cloid }) => parseCloid(cloid)?.epoch ?? 0))

test.skipIf(skip)(
  'a kill signal to a dead orchestrator acts within two seconds of its restart, and trading never stopped',
  {
    timeout: 180_000,
  },
  async () => {
    const session = makerSession('desk', 'ETH')
    await world.startMaker(session)
    await quoting(session)
    await orchestrator.stop('SIGKILL')
    const restarting = world.startOrchestrator()
    const handle = world.client.workflow.getHandle(session.id)
    expect(await world.openOrders(session)).not.toEqual([]) // the loop needs no orchestrator
    await handle.signal(messages.kill, { reason: 'orphaned' })
    orchestrator = await restarting
    const ready = performance.now()
    await waitUntil(
      'the loop to hear it',
      () => heard.some(({ session_id }) => session_id === session.id),
      15_000,
    )
    const heardMs = performance.now() - ready
    process.stdout.write(`orchestrator killed: signal heard ${Math.round(heardMs)} ms after it was back\n`)
    expect(heardMs).toBeLessThan(2_000)
    expect(await handle.result()).toMatchObject({ state: 'CLOSED', reason: 'orphaned', epochs: 1 })
    expect(await world.openOrders(session)).toEqual([])
  },
)

test.skipIf(skip)(
  'a host that is killed is replaced within eight seconds, under a higher epoch, without a doubled order',
  {
    timeout: 180_000,
  },
  async () => {
    const session = makerSession('desk', 'BTC')
    await world.startMaker(session)
    await quoting(session)
    const before = await epochs(session)
    hosts.push(await startHost('desk-2'))
    const from = performance.now()
    await hosts[0]?.stop('SIGKILL')
    await waitUntil(
      'a quote of the next epoch',
      async () =>
        (await world.openOrders(session)).some(({ cloid }) => (parseCloid(cloid)?.epoch ?? 0) > before),
      30_000,
    )
    const backMs = performance.now() - from
    process.stdout.write(`trading host killed: new quote after ${Math.round(backMs)} ms\n`)
    expect(backMs).toBeLessThan(8_000)
    expect(await doubled(session)).toEqual([])
    const handle = world.client.workflow.getHandle(session.id)
    expect(await handle.query(messages.status)).toMatchObject({ state: 'RUNNING', host: 'desk-2' })
    const report = await handle.executeUpdate(messages.stop, { args: [{ reason: 'enough' }] })
    expect(report).toMatchObject({ state: 'CLOSED', residual: { open_orders: 0, positions: {} } })
  },
)
