/** Settings of the streamers: what is recorded, how much of it is kept, and when a stream counts as dead. */
// Not here: what the policies do (domain/market/recording-policy.ts).
import { z } from 'zod'
import { RecordingPolicies, RecordingPreset } from '#domain/market/recording-policy.ts'
import { CANDLE_INTERVALS } from '#domain/time.ts'

const Coin = z.string().regex(/^[A-Za-z0-9@:/_-]{1,20}$/, 'a coin name such as BTC')
const Address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, '0x and 40 hex digits')
  .transform((text) => text.toLowerCase())

/** Where the venue publishes its statistics. Used by default on mainnet only: paper markets have none. */
export const PUBLIC_STATS_URL = 'https://d2v1fiwobg9w6.cloudfront.net'

export const StreamerSettings = z.strictObject({
  coins: z.array(Coin).optional().describe('coins to record; unset: exchange.coins'),
  top_by_volume: z
    .int()
    .min(0)
    .max(150)
    .default(0)
    .describe('also record the listed coins with the largest 24 h volume, so many; 0: none'),
  top_refresh_s: z.int().min(1).default(3_600).describe('how often the largest are looked up again, seconds'),
  candle_intervals: z
    .array(z.enum(CANDLE_INTERVALS as readonly [string, ...string[]]))
    .default(['1m', '5m', '15m', '1h', '4h', '1d'])
    .describe('candle intervals to record'),
  stale_ms: z
    .int()
    .min(1_000)
    .default(15_000)
    .describe('no frame for so long on an active socket = dead, milliseconds'),
  fallback_after_ms: z
    .int()
    .min(0)
    .default(20_000)
    .describe(
      'a stream that is down for so long is replaced by requests until it is back; 0: never, milliseconds',
    ),
  preset: RecordingPreset.default('full').describe(
    'how much is kept: `full` is everything, `economy` the few rows of the original',
  ),
  policies: RecordingPolicies.partial().prefault({}).describe('exceptions from the preset, by table'),
  liquidators: z
    .array(Address)
    .default(['0x2e3d94f0562703b25c83308a05046ddaf9a8dd14'])
    .describe('vaults that take liquidated positions over: a trade of theirs is stored as a liquidation'),
  public_stats_url: z
    .union([z.literal(''), z.url()])
    .optional()
    .describe(
      'where the public daily statistics are; empty: not imported; unset: the venue’s, on mainnet only',
    ),
})

export type StreamerSettings = z.infer<typeof StreamerSettings>

/** Address of the public statistics, '' for none. */
export const publicStatsUrl = (
  settings: { public_stats_url?: string | undefined },
  network: string,
): string => settings.public_stats_url ?? (network === 'mainnet' ? PUBLIC_STATS_URL : '')
