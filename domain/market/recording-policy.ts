/** How much of each stream is kept: the policies, their presets, and the filters that decide row by row. */
// Not here: who applies them (streamers/market-recorder.ts), what they would save (cli/storage.ts).
import { z } from 'zod'
import type { Decimal } from '#domain/fixed-point.ts'
import type { EpochMs } from '#domain/time.ts'

const all = z.strictObject({ store: z.literal('all') })
const none = z.strictObject({ store: z.literal('none') })
const sample = z.strictObject({
  store: z.literal('sample'),
  every_ms: z.int().min(100).describe('at most one row a coin in so many milliseconds'),
})
const events = z.strictObject({ store: z.literal('events') })
const value = z.strictObject({
  store: z.literal('value'),
  min_usd: z.number().min(0).describe('only trades worth so much, price × size'),
})
const change = z.strictObject({
  store: z.literal('change'),
  moved_pct: z
    .number()
    .positive()
    .max(100)
    .describe('when the mid has moved so far since the last stored row, percent'),
  every_s: z.int().min(1).describe('and at the latest after so many seconds'),
})

/** What is kept of each table. `events`: a row only when its figures differ from the last one. */
export const RecordingPolicies = z.strictObject({
  trades: z.discriminatedUnion('store', [all, value, none]).describe('all, value or none'),
  bbo: z.discriminatedUnion('store', [all, change, sample, none]).describe('all, change, sample or none'),
  l2_snapshots: z
    .discriminatedUnion('store', [all, change, sample, none])
    .describe('all, change, sample or none'),
  candles: z
    .discriminatedUnion('store', [all, sample])
    .describe('how often a forming candle is written; its last version always is: all or sample'),
  mids: z.discriminatedUnion('store', [events, sample, none]).describe('events, sample or none'),
  asset_contexts: z
    .discriminatedUnion('store', [events, sample, none])
    .describe('events (what a change of figures is), sample or none'),
  liquidity: z
    .discriminatedUnion('store', [sample, none])
    .describe('costs of trading computed from the book: sample or none'),
})
export type RecordingPolicies = z.infer<typeof RecordingPolicies>
export type PolicyTable = keyof RecordingPolicies
export type RecordingPolicy = RecordingPolicies[PolicyTable]

export const RecordingPreset = z.enum(['full', 'economy'])
export type RecordingPreset = z.infer<typeof RecordingPreset>

/** `full` keeps what the retention tiers can hold; `economy` has the numbers of the original system. */
export const PRESETS: Readonly<Record<RecordingPreset, RecordingPolicies>> = {
  full: {
    trades: { store: 'all' },
    bbo: { store: 'all' },
    l2_snapshots: { store: 'all' },
    candles: { store: 'sample', every_ms: 2_000 },
    mids: { store: 'sample', every_ms: 10_000 },
    asset_contexts: { store: 'events' },
    liquidity: { store: 'sample', every_ms: 60_000 },
  },
  economy: {
    trades: { store: 'value', min_usd: 1_000 },
    bbo: { store: 'change', moved_pct: 1, every_s: 600 },
    l2_snapshots: { store: 'change', moved_pct: 1, every_s: 600 },
    candles: { store: 'sample', every_ms: 5_000 },
    mids: { store: 'sample', every_ms: 60_000 },
    asset_contexts: { store: 'sample', every_ms: 60_000 },
    liquidity: { store: 'sample', every_ms: 600_000 },
  },
}

/** The policies in force: the preset with its exceptions. */
export function policiesOf(settings: {
  preset: RecordingPreset
  policies: { readonly [Table in PolicyTable]?: RecordingPolicies[Table] | undefined }
}): RecordingPolicies {
  const given = Object.fromEntries(
    Object.entries(settings.policies).filter(([, policy]) => policy !== undefined),
  )
  return { ...PRESETS[settings.preset], ...given }
}

/** Middle of a touch, USD per coin as a float; null when a side is empty. */
export function midOf(bidPx: Decimal | undefined, askPx: Decimal | undefined): number | null {
  const [bid, ask] = [Number(bidPx ?? 0), Number(askPx ?? 0)]
  return bid > 0 && ask > 0 ? (bid + ask) / 2 : null
}

/** What one row is judged by. */
export interface Judged {
  coin: string
  /** Time at the venue, or of receipt where it gives none. */
  ts: EpochMs
  /** USD per coin; null when the book has an empty side. */
  mid?: number | null
  /** USD, of a trade. */
  usd?: number
  /** The figures as one text, to see a change. */
  print?: string
}

/** Says of each row whether it is wanted, by the last one of its coin that was stored. */
export interface RowFilter {
  wants(row: Judged): boolean
  /** The row is stored: the next one is judged by it. A row that was wanted and could not be stored is wanted again. */
  stored(row: Judged): void
}

interface Kept {
  ts: EpochMs
  mid: number | null
  print: string
}

/** The filter of a policy; a new policy needs a new filter. Rows of one coin must come in order. */
export function createRowFilter(policy: RecordingPolicy): RowFilter {
  const stored = (): void => {}
  if (policy.store === 'all') return { stored, wants: () => true }
  if (policy.store === 'none') return { stored, wants: () => false }
  if (policy.store === 'value') return { stored, wants: ({ usd = 0 }) => usd >= policy.min_usd }
  const kept = new Map<string, Kept>()
  const isDue = (row: Judged, last: Kept): boolean => {
    if (policy.store === 'events') return row.print !== last.print
    // A market whose clock was set back (a replay that began anew) starts anew here too.
    if (row.ts < last.ts) return true
    if (policy.store === 'sample') return row.ts - last.ts >= policy.every_ms
    return row.ts - last.ts >= policy.every_s * 1_000 || hasMoved(last.mid, row.mid ?? null, policy.moved_pct)
  }
  return {
    wants(row) {
      const last = kept.get(row.coin)
      return last === undefined || isDue(row, last)
    },
    stored({ coin, ts, mid = null, print = '' }) {
      kept.set(coin, { ts, mid, print })
    },
  }
}

/** A book that loses or regains a side has changed; both bounds count, as in the original. */
function hasMoved(from: number | null, to: number | null, pct: number): boolean {
  if (from === null || to === null) return from !== to
  return Math.abs(to - from) / from >= pct / 100
}
