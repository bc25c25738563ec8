/** Worked example N14 of the engine, the cancels: which orders a kill takes away, by its mode and by whose they are. */
// Not here: repeats, faults and closing (enforce-kill.test.ts).
import { expect, test } from 'vitest'
import { hash32 } from '#domain/ids.ts'
import type { OpenOrder } from '#domain/session/ports.ts'
import type { KillMode, KillScope } from '#domain/session/types.ts'
import { cloidOf, openOf, SESSION } from '#tests/support/session-ports.ts'
import { enforceKill } from './enforce-kill.ts'
import { isOrderOf, killTargets } from './kill-targets.ts'

let now = 0
const clock = {
  now: () => now,
  monotonicMs: () => now,
  sleep: async (ms: number): Promise<void> => {
    now += ms
  },
}

/** Whether a kill of this scope and mode cancels the order. */
async function isCanceled(mode: KillMode, order: OpenOrder, scope: KillScope): Promise<boolean> {
  let orders = [order]
  const venue = {
    openOrders: async () => orders,
    account: async () => ({ equityUsd: '0', positions: [] }),
    cancelByOid: async () => {
      orders = []
    },
    placeOrders: async () => [],
    touch: async () => ({ bid: '1', ask: '2' }),
    fillsSince: async () => [],
  }
  const exchange = { venue: () => venue, meta: new Map(), role: 'operator' } as never
  const targets = await killTargets({ scope, mode, accounts: ['a'], leases: [], exchange, now })
  for (const target of targets) await enforceKill(target, clock, 5_000)
  return orders.length === 0
}

const session: KillScope = { kind: 'session', session_id: SESSION }
const own = (order: Partial<OpenOrder> = {}): OpenOrder => openOf({ cloid: cloidOf(), ...order })

test('the orders of this test carry the tag of the session', () => {
  expect(isOrderOf(SESSION, own())).toBe(true)
  expect(hash32(SESSION)).not.toBe(hash32('session/paper/other'))
})

test.each([
  { what: 'an entry', mode: 'close_only', order: own(), original: 'yes', canceled: true },
  {
    what: 'a reduce-only order',
    mode: 'close_only',
    order: own({ reduceOnly: true }),
    original: 'no',
    canceled: false,
  },
  // Reductions are reduce-only here, always: an order that may open is one that opens, whatever it was meant for.
  {
    what: 'a reduction that is not reduce-only',
    mode: 'close_only',
    order: own(),
    original: 'no',
    canceled: true,
  },
  {
    what: 'an own order of unknown purpose',
    mode: 'close_only',
    order: own(),
    original: 'yes',
    canceled: true,
  },
  {
    what: 'an order of somebody else',
    mode: 'close_only',
    order: own({ cloid: '' }),
    original: 'never',
    canceled: false,
  },
  {
    what: 'an order of somebody else',
    mode: 'halt',
    order: own({ cloid: '' }),
    original: 'never',
    canceled: false,
  },
  { what: 'any own order', mode: 'halt', order: own({ reduceOnly: true }), original: 'yes', canceled: true },
] as const)(
  '$mode of a session, $what: canceled $canceled (original $original)',
  async ({ mode, order, canceled }) => {
    expect(await isCanceled(mode, order, session)).toBe(canceled)
  },
)

test('a kill of the account takes orders of others too (original: never): the account belongs to Holdfast', async () => {
  expect(await isCanceled('halt', own({ cloid: '' }), { kind: 'account', account: 'a' })).toBe(true)
})
