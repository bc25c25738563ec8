/** The simulator's own parts: time in order, processes that die and freeze as real ones do, an exchange that keeps its promises. */
import { expect, test } from 'vitest'
import type { OrderIntent } from '#domain/session/types.ts'
import { COIN, createMarket } from './market.ts'
import { createNetwork } from './network.ts'
import { planOf } from './plan.ts'
import { createProcess } from './process.ts'
import { createRandom } from './random.ts'
import { createScheduler } from './scheduler.ts'
import { createVenue } from './venue.ts'

test('events run in order of time, equal ones in order of planning, and promises settle in between', async () => {
  const scheduler = createScheduler(0)
  const seen: string[] = []
  scheduler.after(20, () => seen.push('20'))
  scheduler.after(10, () => {
    seen.push('10')
    void Promise.resolve()
      .then(() => Promise.resolve())
      .then(() => seen.push('settled'))
    scheduler.after(0, () => seen.push('10 again'))
  })
  scheduler.after(10, () => seen.push('10 second'))
  scheduler.after(15, () => seen.push('never'))()
  await scheduler.run(15, () => false)
  expect(seen).toEqual(['10', 'settled', '10 second', '10 again'])
  await scheduler.run(100, () => false)
  expect(seen.at(-1)).toBe('20')
})

test('a frozen process does everything late and in order; a killed one never', async () => {
  const scheduler = createScheduler(0)
  const process = createProcess(scheduler, 'p', 0)
  const seen: string[] = []
  const at = (what: string) => (): void => void seen.push(`${what} at ${scheduler.nowMs}`)
  process.freeze(100)
  process.after(10, at('timer'))
  scheduler.after(20, () => process.deliver(at('message')))
  void process.clock.sleep(30).then(at('sleep'))
  await scheduler.run(150, () => false)
  expect(seen).toEqual(['timer at 100', 'message at 100', 'sleep at 100'])
  process.after(10, at('too late'))
  process.kill()
  await scheduler.run(300, () => false)
  expect(seen).toHaveLength(3)
})

test('a message has always the same fate, and noise loses some', () => {
  const fates = (noise: number) => {
    const network = createNetwork(createScheduler(0), 7, noise)
    return Array.from({ length: 500 }, () => network.trip().delayMs)
  }
  expect(fates(0.1)).toEqual(fates(0.1))
  expect(fates(0)).not.toContain(null)
  const lost = fates(0.1).filter((delayMs) => delayMs === null).length
  expect(lost).toBeGreaterThan(5)
  expect(lost).toBeLessThan(60)
})

test('a seed is a plan: faults and wishes in order of time, and every session is told to end', () => {
  expect(planOf(5)).toEqual(planOf(5))
  for (let seed = 1; seed <= 200; seed++) {
    const { faults, wishes } = planOf(seed)
    expect([...faults].sort((a, b) => a.atMs - b.atMs)).toEqual(faults)
    const ends = wishes.some(
      (wish) => wish.kind === 'stop' || (wish.kind === 'kill' && wish.mode !== 'close_only'),
    )
    expect(ends, `seed ${seed}`).toBe(true)
  }
})

const order = (over: Partial<OrderIntent>): OrderIntent => ({
  cloid: '0x1',
  coin: COIN,
  side: 'buy',
  px: '100',
  sz: '2',
  tif: 'gtc',
  reduce_only: false,
  purpose: 'test',
  ...over,
})

function exchange() {
  const market = createMarket(createRandom(1, 'market'), 0)
  Object.assign(market, { bid: 9_999, ask: 10_001 })
  const venue = createVenue(market, { ...createRandom(1, 'venue'), chance: () => false })
  return { market, venue }
}

test('the exchange refuses what has expired, what would cross as a maker, and what would not reduce', () => {
  const { venue } = exchange()
  venue.nowMs = 1_000
  expect(venue.place([order({})], 999)[0]).toMatchObject({
    status: 'rejected',
    message: 'Action already expired',
  })
  expect(venue.place([order({})], 1_000)[0]).toMatchObject({ status: 'resting' })
  expect(venue.place([order({ tif: 'alo', px: '100.01' })], 2_000)[0]).toMatchObject({ status: 'rejected' })
  expect(
    venue.place([order({ side: 'sell', px: '99', tif: 'ioc', reduce_only: true })], 2_000)[0],
  ).toMatchObject({ status: 'rejected' })
})

test('it takes an order id twice, so that a duplicate shows', () => {
  const { venue } = exchange()
  expect(venue.place([order({}), order({})], 1).map(({ status }) => status)).toEqual(['resting', 'resting'])
  expect(venue.cancel(['0x1'], 1)).toEqual([{ cloid: '0x1', status: 'canceled' }])
  expect(venue.open()).toEqual([])
})

test('a reduce-only order is cut to the position; a stop fires at its mark and closes it', () => {
  const { market, venue } = exchange()
  venue.place([order({ px: '101', tif: 'ioc' })], 1)
  const stop = { px: '99', kind: 'stop' as const }
  venue.place([order({ cloid: '0x2', side: 'sell', px: '90', sz: '5', reduce_only: true, trigger: stop })], 1)
  venue.match()
  expect(venue.positionE8).toBe(200_000_000n)
  Object.assign(market, { bid: 9_880, ask: 9_882 })
  venue.match()
  expect(venue.positionE8).toBe(0n)
  expect(venue.statusOf('0x2').status).toBe('canceled')
  expect(venue.fills.map(({ startPosition }) => startPosition)).toEqual(['0', '2'])
})
