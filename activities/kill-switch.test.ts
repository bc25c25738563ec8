/** The kill's bodies: only sessions in scope are told, stops stay, sessions get their grace, and what they leave is finished for them. */
import { expect, test, vi } from 'vitest'
import { buildCloid, hash32 } from '#domain/ids.ts'
import type { OpenOrder, Venue } from '#domain/session/ports.ts'
import type { KillOrder, KillScope } from '#domain/session/types.ts'
import { createKillPlaneActivities, createKillVenueActivities, type KillVenueDeps } from './kill-switch.ts'

const A = 'session/paper/a'
const order = (scope: KillScope, mode: KillOrder['mode'] = 'flatten'): KillOrder => ({
  scope,
  mode,
  reason: 'r',
  requested_by: 't',
  requested_ts: 1,
})
const resting = (session: string, oid: number, trigger = false): OpenOrder => ({
  coin: 'BTC',
  oid,
  cloid: buildCloid({ tag: hash32(session), epoch: 1, seq: oid, run: 1, leg: 0 }),
  side: 'buy',
  px: '1',
  sz: '1',
  reduceOnly: trigger,
  trigger,
  ts: 1,
})

test.each<[string, KillScope, string[]]>([
  ['all', { kind: 'all' }, [A, 'session/paper/b']],
  ['one account', { kind: 'account', account: 'one' }, [A]],
  ['one session', { kind: 'session', session_id: 'session/paper/b' }, ['session/paper/b']],
])('a kill of %s signals exactly its sessions', async (_what, scope, expected) => {
  const signalKill = vi.fn(async () => {})
  const { signalSessions } = createKillPlaneActivities({
    engage: vi.fn(),
    clear: vi.fn(),
    hosts: () => [],
    runningSessions: async () => [
      { session_id: A, account: 'one' },
      { session_id: 'session/paper/b', account: 'two' },
    ],
    signalKill,
  })
  expect((await signalSessions(order(scope))).signalled).toEqual(expected)
  expect(signalKill.mock.calls).toEqual(expected.map((id) => [id, { mode: 'flatten', reason: 'r' }]))
})

test('off clears the store, anything else engages it', async () => {
  const engage = vi.fn()
  const clear = vi.fn()
  const { engageKill } = createKillPlaneActivities({
    ...{ engage, clear, hosts: () => ['h'] },
    runningSessions: async () => [],
    signalKill: async () => {},
  })
  expect(await engageKill(order({ kind: 'all' }, 'off'))).toEqual({ hosts: ['h'] })
  expect([engage.mock.calls.length, clear.mock.calls.length]).toEqual([0, 1])
  await engageKill(order({ kind: 'all' }))
  expect([engage.mock.calls.length, clear.mock.calls.length]).toEqual([1, 1])
})

function venueWorld(residuals: string[][], orders: OpenOrder[] = []) {
  let nowMs = 0
  const cancelByOid = vi.fn(async () => {})
  const venue = { openOrders: async () => orders, cancelByOid } as unknown as Venue
  const deps: KillVenueDeps = {
    clock: {
      now: () => 1_000,
      monotonicMs: () => nowMs,
      sleep: async (ms) => {
        nowMs += ms
      },
    },
    accounts: ['one', 'two'],
    venue: async () => venue,
    accountOf: async (id) => (id === A ? 'one' : null),
    inspect: async () => residuals.shift() ?? [],
    enforce: vi.fn(async () => ({ residual: [], orders_canceled: 1 })),
    writeKill: async () => {},
  }
  const canceled = () => cancelByOid.mock.calls.flatMap((call) => (call as unknown as [OpenOrder[]])[0])
  return { deps, activities: createKillVenueActivities(deps), canceled }
}

test('sessions that finish within their grace are left to themselves', async () => {
  const { deps, activities } = venueWorld([['order 1'], ['order 1'], []])
  const result = await activities.finishKill({ kill: order({ kind: 'all' }), grace_ms: 1_000, within_ms: 9 })
  expect(result).toEqual({ residual: [], enforced: false })
  expect(deps.enforce).not.toHaveBeenCalled()
})

test('what they leave after their grace is finished for them', async () => {
  const left = Array.from({ length: 20 }, () => ['order 1'])
  const { deps, activities } = venueWorld(left)
  const kill = order({ kind: 'all' })
  const result = await activities.finishKill({ kill, grace_ms: 1_000, within_ms: 77 })
  expect(result).toEqual({ residual: [], enforced: true })
  expect(deps.enforce).toHaveBeenCalledWith(kill, 77)
  expect(left.length).toBe(20 - 4) // looked at 0, 250, 750 and 1,000 ms
})

test('a session’s orders are cancelled by their tag; its stop and the orders of others stay', async () => {
  const { activities, canceled } = venueWorld(
    [],
    [resting(A, 1), resting(A, 2, true), resting('session/paper/b', 3)],
  )
  expect(await activities.cancelSessionOrders({ session_id: A, account: 'one' })).toEqual({ canceled: 1 })
  expect(canceled().map(({ oid }) => oid)).toEqual([1])
})

test('a kill of all cancels on every account, strangers’ orders included', async () => {
  const { activities, canceled } = venueWorld([], [resting(A, 1), { ...resting(A, 4), cloid: '' }])
  expect(await activities.cancelInScope({ scope: { kind: 'all' } })).toEqual({ canceled: 4 })
  expect(canceled()).toHaveLength(4)
})

test('a session nobody knows is looked for on every account', async () => {
  const { activities } = venueWorld([], [resting('session/paper/lost', 1)])
  const scope = { kind: 'session', session_id: 'session/paper/lost' } as const
  expect(await activities.cancelInScope({ scope })).toEqual({ canceled: 2 })
})
