/** Benchmark: events of the seeded session worlds per second with the whole session core inside, against their bare scheduler and exchange. */
// Not here: the maker against a market at tick level (simulate.ts).

import { createMarket } from '#tests/simulation/market.ts'
import { planOf } from '#tests/simulation/plan.ts'
import { createRandom } from '#tests/simulation/random.ts'
import { createScheduler } from '#tests/simulation/scheduler.ts'
import { createVenue } from '#tests/simulation/venue.ts'
import { runPlan } from '#tests/simulation/world.ts'
import type { BenchmarkOptions, Metrics } from './benchmark.ts'

const SEEDS = { quick: 60, full: 600 } as const
const ENGINE_EVENTS = { quick: 40_000, full: 400_000 } as const
const WARM_UP_SEEDS = 20

/** @returns events_per_s of whole worlds, engine_only_per_s of scheduler and exchange alone, and their ratio */
export async function run(options: BenchmarkOptions): Promise<Metrics> {
  const size = options.quick ? 'quick' : 'full'
  for (let at = 0; at < WARM_UP_SEEDS; at++) await runPlan(planOf(options.seed + at))
  const worlds = await measure(() => runWorlds(options.seed, SEEDS[size]))
  options.say(`${Math.round(worlds)} events/s with the session core`)
  const engine = await measure(() => runEngine(options.seed, ENGINE_EVENTS[size]))
  return {
    events_per_s: Math.round(worlds),
    engine_only_per_s: Math.round(engine),
    ratio: Math.round((worlds / engine) * 1_000) / 1_000,
  }
}

/** Events per second of processor time: both works are bound by it, and a busy machine does not change it. */
async function measure(work: () => Promise<number>): Promise<number> {
  const started = process.cpuUsage()
  const events = await work()
  const { user, system } = process.cpuUsage(started)
  return events / ((user + system) / 1_000_000)
}

async function runWorlds(seed: number, seeds: number): Promise<number> {
  let events = 0
  for (let at = 0; at < seeds; at++) events += (await runPlan(planOf(seed + at))).events
  return events
}

/** One order placed, matched or cancelled per event, driven by the same scheduler: what a world costs without a session in it. */
async function runEngine(seed: number, events: number): Promise<number> {
  const scheduler = createScheduler(0)
  const market = createMarket(createRandom(seed, 'market'), 0)
  const venue = createVenue(market, createRandom(seed, 'venue'))
  let placed = 0
  const tick = (): void => {
    venue.nowMs = scheduler.nowMs
    const cloid = `0x${placed.toString(16).padStart(32, '0')}`
    const side = placed % 2 === 0 ? ('buy' as const) : ('sell' as const)
    const cents = side === 'buy' ? market.bid - 2 : market.ask + 2
    const order = { cloid, coin: 'SIM', side, px: (cents / 100).toFixed(2), sz: '1' }
    venue.place([{ ...order, tif: 'alo', reduce_only: false, purpose: 'bench' }], Number.POSITIVE_INFINITY)
    venue.cancel([cloid], Number.POSITIVE_INFINITY)
    if (placed % 10 === 0) {
      market.step(scheduler.nowMs)
      venue.match()
    }
    placed += 1
    if (placed < events) scheduler.after(25, tick)
  }
  scheduler.after(0, tick)
  await scheduler.run(Number.POSITIVE_INFINITY, () => false)
  return scheduler.events
}
