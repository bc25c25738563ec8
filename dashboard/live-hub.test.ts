/** Live topics tick while somebody looks, send only changes, and are bounded. */
import { expect, test, vi } from 'vitest'
import { createLiveHub, LIVE_LIMITS, type LiveMessage } from '#dashboard/live-hub.ts'
import type { TopicState } from '#dashboard/topic-states.ts'
import type { Clock } from '#domain/time.ts'

/** A clock that only moves when told: each sleep waits for its turn. */
function steppedClock() {
  let now = 1_000
  const sleepers = new Set<() => void>()
  const clock: Clock = {
    now: () => now,
    monotonicMs: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const wake = () => {
          sleepers.delete(wake)
          now += ms
          resolve()
        }
        sleepers.add(wake)
        signal?.addEventListener('abort', () => {
          sleepers.delete(wake)
          resolve()
        })
      }),
  }
  return {
    clock,
    sleeping: () => sleepers.size,
    async tick() {
      await vi.waitFor(() => expect(sleepers.size).toBeGreaterThan(0))
      for (const wake of [...sleepers]) wake()
    },
  }
}

const stateOf = (px: number): TopicState => ({
  values: {},
  lists: { fills: [{ key: 'a' }, { key: `b${px}` }] },
})

function world(take: () => Promise<TopicState>, clientsMax = 4) {
  const time = steppedClock()
  const faults: unknown[] = []
  const hub = createLiveHub({
    clock: time.clock,
    topic: (name) => (name === 'overview' ? take : null),
    clientsMax,
    onFault: (_topic, error) => faults.push(error),
  })
  const seen: LiveMessage[] = []
  return {
    time,
    hub,
    seen,
    faults,
    listen: () => hub.subscribe(['overview'], (message) => seen.push(message)),
  }
}

test('the first message is the whole state, the next only what changed, then empty ticks', async () => {
  let px = 1
  const { time, listen, seen, hub } = world(async () => stateOf(px))
  listen()
  await vi.waitFor(() => expect(seen).toHaveLength(1))
  px = 2
  await time.tick()
  await vi.waitFor(() => expect(seen).toHaveLength(2))
  await time.tick()
  await vi.waitFor(() => expect(seen).toHaveLength(3))
  expect(seen[0]).toMatchObject({ kind: 'snapshot', state: stateOf(1) })
  expect(seen[1]).toMatchObject({
    kind: 'delta',
    delta: { upsert: { fills: [{ key: 'b2' }] }, remove: { fills: ['b1'] } },
  })
  expect(seen[2]).toMatchObject({ kind: 'delta', delta: null })
  hub.close()
})

test('a second onlooker gets a snapshot at once and costs no second loop', async () => {
  let taken = 0
  const { listen, seen, hub } = world(async () => stateOf(++taken))
  listen()
  await vi.waitFor(() => expect(seen).toHaveLength(1))
  listen()
  expect(seen[1]).toMatchObject({ kind: 'snapshot' })
  expect(taken).toBe(1)
  hub.close()
})

test('a poke ticks before the second is over', async () => {
  let taken = 0
  const { listen, seen, hub, time } = world(async () => stateOf(++taken))
  listen()
  await vi.waitFor(() => expect(time.sleeping()).toBe(1))
  hub.poke()
  await vi.waitFor(() => expect(seen).toHaveLength(2))
  expect(time.clock.now()).toBe(1_000)
  hub.close()
})

test('when nobody looks any more, nothing is taken any more', async () => {
  let taken = 0
  const { listen, hub, time } = world(async () => stateOf(++taken))
  const subscription = listen()
  await vi.waitFor(() => expect(time.sleeping()).toBe(1))
  if (subscription.ok) subscription.close()
  await vi.waitFor(() => expect(time.sleeping()).toBe(0))
  expect(taken).toBe(1)
  expect(hub.clients()).toBe(0)
})

test('a state that cannot be taken is told, and the next one goes on', async () => {
  let broken = true
  const { time, listen, seen, faults, hub } = world(async () => {
    if (broken) throw new TypeError('boom')
    return stateOf(1)
  })
  listen()
  await vi.waitFor(() => expect(seen).toHaveLength(1))
  broken = false
  await time.tick()
  await vi.waitFor(() => expect(seen).toHaveLength(2))
  expect(seen.map((message) => message.kind)).toEqual(['fault', 'snapshot'])
  expect(faults).toHaveLength(1)
  hub.close()
})

test.each([
  { clients: 2, answer: { ok: false, reason: 'full' } },
  { clients: 1, answer: { ok: true } },
])('with room for two, after $clients the next is answered $answer', ({ clients, answer }) => {
  const { listen, hub } = world(async () => stateOf(1), 2)
  for (let at = 0; at < clients; at++) listen()
  expect(listen()).toMatchObject(answer)
  hub.close()
})

test('a name that is no topic, no name, and too many names are refused', () => {
  const { hub } = world(async () => stateOf(1))
  const subscribe = (topics: string[]) => hub.subscribe(topics, () => {})
  expect(subscribe(['nonsense'])).toEqual({ ok: false, reason: 'unknown_topic' })
  expect(subscribe([])).toEqual({ ok: false, reason: 'unknown_topic' })
  expect(subscribe(Array(LIVE_LIMITS.topicsPerClientMax + 1).fill('overview'))).toEqual({
    ok: false,
    reason: 'unknown_topic',
  })
  expect(hub.clients()).toBe(0)
})
