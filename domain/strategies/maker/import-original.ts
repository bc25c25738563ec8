/** A configuration of the original market maker as a session of ours: names, units, and a note on everything that was left out. */
// Not here: reading and writing files (cli/config-import.ts), what the knobs mean (params.ts).
import { z } from 'zod'
import { DEAD, RENAMED } from '#domain/strategies/maker/dead-knobs.ts'
import { COIN_KNOBS, knobFaults, SpreadParams } from '#domain/strategies/maker/params.ts'
import { SESSION_KNOBS } from '#domain/strategies/maker/session-knobs.ts'

export interface ImportedMaker {
  /** As a session file holds it; what has its default is left out. */
  session: Record<string, unknown>
  /** What was renamed, converted or left out, and why. */
  notes: string[]
}

const Original = z.looseObject({
  bot_id: z.string().min(1),
  coins: z.array(z.string().min(1)).min(1).max(20),
  per_coin: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
})

/** Units that differ: their value → ours. */
const CONVERT: Readonly<Record<string, (value: number) => number>> = {
  ioc_throttle_s: (seconds) => Math.round(seconds * 1_000),
  inv_band_pct: (share) => share * 100,
  inv_band_pct_default: (share) => share * 100,
  emergency_stop_loss_pct: (share) => Math.abs(share) * 100,
  portfolio_pause_threshold_pct: (share) => Math.abs(share) * 100,
}
const TOGGLES: Readonly<Record<string, keyof typeof COIN_KNOBS>> = {
  min_spread_guard_exclude: 'min_spread_guard_enabled',
  dynamic_min_spread_exclude: 'dynamic_min_spread_enabled',
}
const OWN_KEYS = new Set(['bot_id', 'coins', 'per_coin', 'mode', 'name'])

/**
 * @param raw parsed JSON of one configuration  @param account of our settings that shall trade
 * @throws ZodError when it has no bot_id or coins
 */
export function importOriginal(raw: unknown, account: string): ImportedMaker {
  const original = Original.parse(raw)
  const notes: string[] = []
  const { coins } = original
  const params: Record<string, unknown> = {
    strategy: 'spread',
    ...translate(original, '', { ...SESSION_KNOBS, ...COIN_KNOBS }, notes),
  }
  const perCoin = Object.fromEntries(
    Object.entries(original.per_coin)
      .filter(([coin]) => isTraded(coin, coins, notes))
      .map(([coin, own]) => [coin, translate(own, `${coin}.`, COIN_KNOBS, notes)]),
  )
  for (const [list, knob] of Object.entries(TOGGLES)) {
    const excluded = Array.isArray(original[list]) ? (original[list] as unknown[]).map(String) : []
    for (const coin of excluded.filter((each) => coins.includes(each))) {
      perCoin[coin] = { ...perCoin[coin], [knob]: false }
      notes.push(`${list}: ${coin} has ${knob}: false`)
    }
  }
  const limits = limitsFor(params, perCoin)
  dropIdle(params, perCoin, { coins, limits }, notes)
  const kept = Object.fromEntries(Object.entries(perCoin).filter(([, own]) => Object.keys(own).length > 0))
  notes.push(`mode ${JSON.stringify(original.mode ?? 'testnet')} became paper: going live is done by hand`)
  return {
    session: {
      session_key: original.bot_id
        .toLowerCase()
        .replace(/[^a-z0-9-]+/g, '-')
        .replace(/^-+/, '')
        .slice(0, 41),
      ...{ engine: 'maker', mode: 'paper', account, coins },
      params: Object.keys(kept).length > 0 ? { ...params, per_coin: kept } : params,
      limits,
    },
    notes,
  }
}

function isTraded(coin: string, coins: readonly string[], notes: string[]): boolean {
  const is = coins.includes(coin)
  if (!is) notes.push(`per_coin.${coin}: left out, ${coin} is not in coins`)
  return is
}

function translate(
  from: Readonly<Record<string, unknown>>,
  prefix: string,
  known: Readonly<Record<string, { fallback: unknown }>>,
  notes: string[],
): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(from)) {
    const name = RENAMED[key] ?? key
    if (OWN_KEYS.has(key) || key in TOGGLES) continue
    if (!(name in known)) {
      notes.push(
        `${prefix}${key}: left out, ${DEAD[key] ?? (name in SESSION_KNOBS ? 'it holds for all coins' : 'unknown')}`,
      )
      continue
    }
    const convert = CONVERT[key]
    const ours = convert && typeof value === 'number' ? convert(value) : sideOf(key, value)
    if (name !== key) notes.push(`${prefix}${key} → ${name}`)
    if (ours !== value) notes.push(`${prefix}${key}: ${JSON.stringify(value)} became ${JSON.stringify(ours)}`)
    if (prefix !== '' || JSON.stringify(ours) !== JSON.stringify(known[name]?.fallback)) found[name] = ours
  }
  return found
}

/** `auto`, and whatever begins with neither l nor s, acted as none. */
function sideOf(key: string, value: unknown): unknown {
  if (key !== 'bias_side') return value
  const text = String(value).toLowerCase()
  return text.startsWith('l') ? 'long' : text.startsWith('s') ? 'short' : 'none'
}

/** Limits of the session that no knob passes. */
function limitsFor(
  params: Readonly<Record<string, unknown>>,
  perCoin: Readonly<Record<string, Record<string, unknown>>>,
): { order_usd_max: number; position_usd_max: number } {
  const most = (knob: 'size_notional_usd' | 'max_per_coin_notional'): number =>
    Math.max(
      ...[params, ...Object.values(perCoin)].map((each) => Number(each[knob] ?? COIN_KNOBS[knob].fallback)),
    )
  return {
    order_usd_max: most('size_notional_usd') * 1.25,
    position_usd_max: most('max_per_coin_notional') * 1.25,
  }
}

/** Takes out what would be refused because it does nothing, one after the other. */
function dropIdle(
  params: Record<string, unknown>,
  perCoin: Record<string, Record<string, unknown>>,
  session: Parameters<typeof knobFaults>[1],
  notes: string[],
): void {
  for (;;) {
    const parsed = SpreadParams.safeParse({ ...params, per_coin: perCoin })
    const faults = parsed.success ? knobFaults(parsed.data, session) : []
    const idle = faults.find(({ message }) => message.startsWith('has no effect'))
    if (!idle) return
    const [, first = '', coin = '', own = ''] = idle.path.map(String)
    if (first === 'per_coin') delete perCoin[coin]?.[own]
    else delete params[first]
    notes.push(`${idle.path.slice(1).join('.')}: left out, ${idle.message}`)
  }
}
