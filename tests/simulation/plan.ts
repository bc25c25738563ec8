/** What one seed stands for: a session, a list of faults, and how it ends. Plain data, so that a failing plan can be made smaller. */
import type { LiveFacts } from '#domain/risk/live-gates.ts'
import type { AskedCommand } from '#domain/session/command.ts'
import type { SessionInput } from '#domain/session/input.ts'
import type { KillMode } from '#domain/session/types.ts'
import { COIN } from './market.ts'
import { createRandom, type Random } from './random.ts'

export const FAULT_KINDS = [
  'worker_kill',
  'worker_shutdown',
  'freeze',
  'partition',
  'server_down',
  'orchestrator_down',
  'venue_down',
  'venue_slow',
  'answers_lost',
  'stream_down',
  'feed_stale',
  'journal_down',
  'twin',
] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

export interface Fault {
  atMs: number
  kind: FaultKind
  /** Which trading host, where the fault is of one: by number, or the one that runs the segment at that time. */
  host: 0 | 1 | 'running'
  forMs: number
}

export const KILL_PATHS = ['direct', 'signal', 'cancel', 'file'] as const
export type KillPath = (typeof KILL_PATHS)[number]

export type Wish =
  | { atMs: number; kind: 'kill'; path: KillPath; mode: KillMode }
  | { atMs: number; kind: 'stop' | 'pause' | 'resume' | 'update' | 'continue_as_new' }
  | { atMs: number; kind: 'command'; command: AskedCommand }

export interface Plan {
  seed: number
  input: SessionInput
  faults: readonly Fault[]
  wishes: readonly Wish[]
  /** Share of messages that are lost or late; 0 for a perfect network. */
  noise: number
  /** Share of orders that the venue refuses; absent for none. */
  rejects?: number
  /** The gates of live trading as the hosts see them; absent where none are asked. */
  gates?: LiveFacts
}

/** Deliberate bugs. They exist in the simulator's wiring only; the product has no such switch. */
export type Bug = 'no-fence' | 'ignore-lease'
export const BUGS: readonly Bug[] = ['no-fence', 'ignore-lease']

const TRADE_MS_MIN = 9_000
const TRADE_MS_MAX = 50_000

export function planOf(seed: number): Plan {
  const random = createRandom(seed, 'plan')
  const endMs = random.int(TRADE_MS_MIN, TRADE_MS_MAX)
  const faults: Fault[] = []
  const count = random.pick([0, 1, 2, 3, 4, 6, 8])
  for (let at = 0; at < count; at++) faults.push(fault(random, endMs))
  return {
    seed,
    input: sessionInput(random),
    faults: faults.sort((a, b) => a.atMs - b.atMs),
    wishes: wishes(random, endMs).sort((a, b) => a.atMs - b.atMs),
    noise: random.pick([0, 0.01, 0.04, 0.12]),
  }
}

function fault(random: Random, endMs: number): Fault {
  const long = random.chance(0.5)
  return {
    atMs: random.chance(0.1) ? random.int(0, 5_000) : random.int(5_000, endMs + 8_000),
    kind: random.pick(FAULT_KINDS),
    host: random.pick([0, 1, 'running', 'running'] as const),
    forMs: long ? random.int(3_000, 15_000) : random.int(200, 3_000),
  }
}

function wishes(random: Random, endMs: number): Wish[] {
  const list: Wish[] = []
  if (random.chance(0.2)) {
    const atMs = random.int(2_000, endMs)
    list.push({ atMs, kind: 'pause' }, { atMs: atMs + random.int(100, 6_000), kind: 'resume' })
  }
  if (random.chance(0.2)) list.push({ atMs: random.int(2_000, endMs), kind: 'update' })
  if (random.chance(0.3)) list.push({ atMs: random.int(2_000, endMs), kind: 'continue_as_new' })
  if (random.chance(0.15)) list.push({ atMs: random.int(0, endMs), ...killWish(random), mode: 'close_only' })
  if (random.chance(0.2)) list.push({ atMs: endMs, kind: 'stop' })
  else list.push({ atMs: random.chance(0.1) ? random.int(0, 300) : endMs, ...killWish(random) })
  // Twice, by another path and with another mode: kill is idempotent and only grows.
  if (random.chance(0.3)) list.push({ atMs: endMs + random.int(0, 4_000), ...killWish(random) })
  return list
}

const killWish = (random: Random): { kind: 'kill'; path: KillPath; mode: KillMode } => ({
  kind: 'kill',
  path: random.pick(KILL_PATHS),
  mode: random.pick(['flatten', 'flatten', 'halt'] as const),
})

function sessionInput(random: Random): SessionInput {
  const common = {
    session_key: 'sim',
    mode: 'paper' as const,
    account: 'sim',
    coins: [COIN],
    limits: {
      order_usd_max: 2_500,
      position_usd_max: 3_000,
      open_orders_max: 10,
      loss_usd_max: random.chance(0.1) ? 2 : 100_000,
    },
    on_kill: random.pick(['flatten', 'flatten', 'halt'] as const),
    on_stop: random.pick(['flatten', 'flatten', 'halt'] as const),
    on_control_loss: random.pick(['cancel_quotes', 'cancel_quotes', 'hold'] as const),
  }
  if (random.chance(0.5)) {
    const params = {
      strategy: 'touch' as const,
      half_spread_bps: random.pick([0, 1, 2]),
      quote_usd: 400,
      skew_bps: 4,
      cycle_ms: 400,
      replace_bps: 0.5,
      stale_ms: 3_000,
    }
    return { engine: 'maker', ...common, params }
  }
  const params = {
    strategy: 'ema_cross' as const,
    interval: '1m' as const,
    fast_bars: 2,
    slow_bars: 4,
    atr_bars: 4,
    stop_atr: random.pick([1, 2]),
    order_usd: 1_000,
    slippage_bps_max: 20,
    cooldown_bars: 0,
  }
  return { engine: 'candles', ...common, params }
}
