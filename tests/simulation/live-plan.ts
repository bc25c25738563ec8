/** Plans of live candle sessions on two coins, all gates open, in the weather that an order may meet: refusals, partial fills, lost answers, cut streams, dying hosts, and people who interfere. */
import { LIVE_CONFIRMATION, type LiveFacts } from '#domain/risk/live-gates.ts'
import type { AskedCommand } from '#domain/session/command.ts'
import { SessionLimits } from '#domain/session/input.ts'
import type { CandleParams } from '#domain/strategies/candle-params.ts'
import { flipper } from './flip-strategy.ts'
import { COIN } from './market.ts'
import { type Fault, type FaultKind, type Plan, planOf, type Wish } from './plan.ts'
import { createRandom, type Random } from './random.ts'

export const COINS = [COIN, 'SIM2'] as const
const CAPS = { order_usd_max: 2_500, position_usd_max: 3_000, gross_usd_max: 6_000, loss_usd_max: 100_000 }
const limits = SessionLimits.parse({ ...CAPS, open_orders_max: 20 })

export const GATES_OPEN: LiveFacts = {
  network: 'mainnet',
  enable: '1',
  confirm: LIVE_CONFIRMATION,
  key: 'env:KEY',
  caps: CAPS,
  limits,
  kill: 'off',
}

/** What an order meets between its sending and its fill. */
const ORDER_FAULTS: readonly FaultKind[] = [
  'answers_lost',
  'answers_lost',
  'stream_down',
  'stream_down',
  'venue_slow',
  'venue_down',
  'worker_kill',
  'freeze',
  'partition',
  'journal_down',
]
const TRADE_MS = 45_000

/** The seed's live session. It ends by a stop; in half of the worlds its positions stay, so that there is something to compare. */
export function livePlanOf(seed: number): Plan {
  const random = createRandom(seed, 'live')
  const faults = Array.from({ length: random.int(1, 5) }, () => fault(random)).sort((a, b) => a.atMs - b.atMs)
  const base = planOf(seed)
  return {
    seed,
    input: {
      engine: 'candles',
      session_key: 'sim',
      mode: 'live',
      account: 'sim',
      coins: [...COINS],
      limits,
      on_kill: 'flatten',
      on_stop: random.chance(0.5) ? 'halt' : 'flatten',
      on_control_loss: 'cancel_quotes',
      ...(random.chance(0.4) ? { execution: { style: 'post_only', chase_ms: 2_000 } } : {}),
      params: paramsOf(seed, random.pick([1, 2])),
    },
    faults,
    wishes: [...wishes(random), { atMs: TRADE_MS, kind: 'stop' as const }].sort((a, b) => a.atMs - b.atMs),
    noise: base.noise,
    rejects: random.pick([0, 0.1, 0.3]),
    gates: GATES_OPEN,
  }
}

/** In half of the worlds the strategy turns around at once, with a take-profit at the exchange in half of those. */
function paramsOf(seed: number, stopAtr: number): CandleParams {
  const random = createRandom(seed, 'flip')
  const params = {
    fast_bars: 2,
    slow_bars: 4,
    atr_bars: 4,
    stop_atr: stopAtr,
    order_usd: 1_000,
    slippage_bps_max: 20,
    cooldown_bars: 0,
  }
  if (random.chance(0.5)) return { strategy: 'ema_cross', interval: '1m', ...params }
  const own = { ...params, target_atr: random.pick([0, 3]) }
  return { strategy: 'user', name: flipper.name, interval: '1m', params: own }
}

const fault = (random: Random): Fault => ({
  atMs: random.int(3_000, TRADE_MS),
  kind: random.pick(ORDER_FAULTS),
  host: 'running',
  forMs: random.chance(0.5) ? random.int(200, 3_000) : random.int(3_000, 12_000),
})

function wishes(random: Random): Wish[] {
  const list: Wish[] = []
  const at = (): number => random.int(3_000, TRADE_MS - 1_000)
  for (let count = random.int(0, 4); count > 0; count--) {
    list.push({ atMs: at(), kind: 'command', command: command(random) })
  }
  if (random.chance(0.3)) list.push({ atMs: at(), kind: 'update' })
  if (random.chance(0.3)) list.push({ atMs: at(), kind: 'continue_as_new' })
  if (random.chance(0.2)) {
    const atMs = at()
    list.push(
      { atMs, kind: 'pause' },
      { atMs: Math.min(atMs + random.int(100, 5_000), TRADE_MS - 1), kind: 'resume' },
    )
  }
  return list
}

function command(random: Random): AskedCommand {
  const who = { by: 'simulator', reason: 'a person interferes' }
  const coin = random.pick(COINS)
  switch (random.pick(['force_entry', 'force_entry', 'force_close', 'reduce'] as const)) {
    case 'force_entry': {
      const side = random.pick(['buy', 'sell'] as const)
      return { kind: 'force_entry', coin, side, usd: 500, slippage_bps: 30, stop_bps: 300, ...who }
    }
    case 'force_close':
      return { kind: 'force_close', ...(random.chance(0.5) ? { coin } : {}), slippage_bps: 100, ...who }
    case 'reduce':
      return { kind: 'reduce', coin, pct: random.pick([25, 50, 100]), slippage_bps: 100, ...who }
  }
}
