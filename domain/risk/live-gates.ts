/** The gates of live trading: all of them open, or nothing that opens risk leaves this host. */
// Not here: kills and lease of a running segment (domain/session/submit.ts), who reads the environment (workers).
import type { SessionLimits } from '#domain/risk/limit-input.ts'
import type { KillMode } from '#domain/session/types.ts'

/** The exact phrase that HOLDFAST_LIVE_CONFIRM has to hold. */
export const LIVE_CONFIRMATION = 'I_UNDERSTAND_THIS_CAN_LOSE_MONEY'

/** Caps of config/holdfast.yaml, USD: no live session may ask for more. */
export interface LiveCaps {
  order_usd_max: number
  position_usd_max: number
  gross_usd_max: number
  loss_usd_max: number
}

export interface LiveFacts {
  network: 'paper' | 'testnet' | 'mainnet'
  enable: string | undefined
  confirm: string | undefined
  /** How the account's key is found: `generated`, `file:…`, `env:…`; undefined for an unknown account. */
  key: string | undefined
  caps: LiveCaps | undefined
  limits: SessionLimits
  kill: KillMode
}

export const LIVE_GATES = [
  'LIVE_NETWORK',
  'LIVE_ENABLE',
  'LIVE_CONFIRM',
  'LIVE_KEY',
  'LIVE_CAPS',
  'LIVE_LIMITS',
  'LIVE_KILL',
] as const
export type LiveGate = (typeof LIVE_GATES)[number]

/** The first gate that is shut and what would open it; null when all are open. */
export function liveGate(facts: LiveFacts): { gate: LiveGate; expected: string } | null {
  const shut = (gate: LiveGate, expected: string) => ({ gate, expected })
  if (facts.network === 'paper')
    return shut('LIVE_NETWORK', 'exchange.network testnet or mainnet, or mode paper')
  if (facts.enable !== '1')
    return shut('LIVE_ENABLE', 'HOLDFAST_LIVE_ENABLE=1 in the environment of the trading worker')
  if (facts.confirm?.trim() !== LIVE_CONFIRMATION) {
    return shut(
      'LIVE_CONFIRM',
      `HOLDFAST_LIVE_CONFIRM=${LIVE_CONFIRMATION} in the environment of the trading worker`,
    )
  }
  if (facts.key === undefined || facts.key === 'generated') {
    return shut('LIVE_KEY', 'a key by reference (file: or env:) for the account')
  }
  if (!facts.caps) return shut('LIVE_CAPS', 'caps under live in config/holdfast.yaml')
  const over = overCaps(facts.limits, facts.caps)
  if (over !== null) return shut('LIVE_LIMITS', over)
  if (facts.kill !== 'off') return shut('LIVE_KILL', `no kill in force; ${facts.kill} is`)
  return null
}

/** Live limits are explicit: one that is left out counts as unlimited. */
function overCaps(limits: SessionLimits, caps: LiveCaps): string | null {
  for (const name of ['order_usd_max', 'position_usd_max', 'gross_usd_max', 'loss_usd_max'] as const) {
    const asked = limits[name]
    if (asked === undefined || asked > caps[name]) {
      return `limits.${name} of at most ${caps[name]} USD, the cap of live.${name} in config/holdfast.yaml`
    }
  }
  return null
}
