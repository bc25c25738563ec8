/** Benchmark: book events per second of the tick simulator, a maker deciding and trading on them, against the market in the engine alone. */
// An event is one frame of the market: a book of 20 levels a side, a touch, or a trade. The tape is packed beforehand, as a second run would find it.
import { SessionInput } from '#domain/session/input.ts'
import { parseLatency } from '#exchange/paper/latency.ts'
import { syntheticTape } from '#exchange/paper/simulate/make-tape.ts'
import type { MakerSession } from '#exchange/paper/simulate/maker-desk.ts'
import { playMarket, simulate } from '#exchange/paper/simulate/simulate.ts'
import type { BenchmarkOptions, Metrics } from './benchmark.ts'

const MINUTES = { quick: 60, full: 360 } as const
const RUNS = 5
const START = Date.UTC(2026, 0, 1)
/** The synthetic touch is mostly a tick wide: without these gates off, the other strategies would only watch. */
const OPEN_GATES = { min_spread_guard_enabled: false, dynamic_min_spread_enabled: false }
const LIMITS = { order_usd_max: 1_000, position_usd_max: 3_000 }

/** @returns events_per_s with strategy `touch`, engine_only_per_s, their ratio, and the same of the other strategies, per processor second */
export async function run({ quick, seed, say }: BenchmarkOptions): Promise<Metrics> {
  const minutes = MINUTES[quick ? 'quick' : 'full']
  const tape = syntheticTape({ seed, coins: ['BTC'], minutes, startTs: START })
  say(`${tape.length} events of ${minutes} minutes`)
  const engine = measure(tape.length, () => playMarket(tape, seed))
  say(`engine only: ${Math.round(engine)} events/s`)
  const latency = parseLatency('20..80')
  const of = (strategy: string): number => {
    const session = sessionOf(strategy)
    const once = () => simulate(tape, { session, equityUsd: 10_000, latency, seed })
    const { passes, orders, fills } = once()
    const rate = measure(tape.length, once)
    say(`${strategy}: ${Math.round(rate)} events/s (${passes} passes, ${orders} orders, ${fills} fills)`)
    return rate
  }
  const touch = of('touch')
  return {
    events_per_s: Math.round(touch),
    engine_only_per_s: Math.round(engine),
    ratio: Math.round((touch / engine) * 1_000) / 1_000,
    spread_events_per_s: Math.round(of('spread')),
    microprice_events_per_s: Math.round(of('microprice')),
  }
}

function sessionOf(strategy: string): MakerSession {
  const params = { strategy, ...(strategy === 'touch' ? {} : OPEN_GATES) }
  const common = { engine: 'maker', session_key: 'bench', account: 'bench', coins: ['BTC'], limits: LIMITS }
  const input = SessionInput.parse({ ...common, params })
  return input as MakerSession & typeof input
}

/** Median of several runs, in events per second of processor time: a busy machine does not change it much. */
function measure(events: number, work: () => unknown): number {
  work() // once for the compiler
  const rates = Array.from({ length: RUNS }, () => {
    const began = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(began)
    return events / ((user + system) / 1e6)
  })
  return rates.sort((a, b) => a - b)[Math.floor(RUNS / 2)] as number
}
