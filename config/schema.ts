/** Every setting of config/holdfast.yaml: unit, range, default and meaning; help texts and docs/config.md print from it. */
// Not here: environment variables (config/environment.ts), session inputs (domain/session/input.ts).
import { z } from 'zod'
import { AccountingSettings } from '#config/accounting-settings.ts'
import { ArchiveSettings, RetentionSettings, SyncSettings } from '#config/data-settings.ts'
import { StreamerSettings } from '#config/streamer-settings.ts'
import { TradersSettings } from '#config/traders-settings.ts'

const Coin = z.string().regex(/^[A-Za-z0-9@:/_-]{1,20}$/, 'a coin name such as BTC')
const AccountName = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'lower-case letters, digits and dashes')

/** `synthetic`, `replay:FILE`, `candles:FILE[,FILE…][@TIME]` or `mirror:URL`. */
export const MarketSource = z
  .string()
  .regex(
    /^(synthetic|(?:replay|candles):.+|mirror|mirror:https?:\/\/.+)$/,
    'synthetic, replay:FILE, candles:FILES or mirror:URL',
  )

/** How a signing key is found; the key itself never enters the settings. */
const KeyReference = z
  .string()
  .regex(/^(generated|file:.+|env:[A-Z][A-Z0-9_]*)$/, 'generated, file:PATH or env:NAME')

export const Settings = z.strictObject({
  exchange: z
    .strictObject({
      network: z.enum(['paper', 'testnet', 'mainnet']).default('paper').describe('where orders go'),
      market: MarketSource.default('synthetic').describe('what the paper exchange trades on'),
      seed: z.int().min(0).default(7).describe('seed of the synthetic market'),
      speed: z
        .number()
        .positive()
        .max(10_000)
        .default(1)
        .describe('market seconds per second, of a recording or of the synthetic market'),
      coins: z
        .array(Coin)
        .min(1)
        .max(50)
        .default(['BTC', 'ETH', 'SOL'])
        .describe('coins of the synthetic market and of the streamers'),
      synthetic: z
        .strictObject({
          traders: z
            .int()
            .min(2)
            .max(50_000)
            .default(2_000)
            .describe('size of the population that trades the synthetic market'),
          step_ms: z
            .int()
            .min(100)
            .max(60_000)
            .default(100)
            .describe('market milliseconds from step to step; a multiple of 100 that divides a minute'),
          book_ms: z.int().min(100).default(500).describe('market milliseconds between two books of a coin'),
          past_hours: z
            .number()
            .min(0)
            .max(720)
            .default(0)
            .describe('begin so many hours ago and run up to the present at `speed`; 0 begins now'),
        })
        .prefault({}),
    })
    .prefault({}),
  accounts: z
    .record(
      AccountName,
      z.strictObject({
        key: KeyReference.default('generated').describe(
          'agent key that signs: generated (paper only), file:PATH or env:NAME',
        ),
        watchdog_key: KeyReference.optional().describe('own agent key of the watchdog; unset: key'),
        operator_key: KeyReference.optional().describe('own agent key of `holdfast kill`; unset: key'),
        address: z
          .string()
          .regex(/^0x[0-9a-fA-F]{40}$/)
          .optional()
          .describe('master address when the key is an agent key'),
        paper_usdc: z
          .number()
          .positive()
          .default(10_000)
          .describe('USDC that the paper exchange credits once'),
      }),
    )
    .default({
      'paper-candles': { key: 'generated', paper_usdc: 10_000 },
      'paper-maker': { key: 'generated', paper_usdc: 10_000 },
    }),
  streamers: StreamerSettings.prefault({}),
  sessions: z
    .strictObject({
      start: z
        .array(z.string())
        .default(['config/sessions/candles-btc.yaml', 'config/sessions/maker-eth.yaml'])
        .describe('session files that `holdfast up` starts'),
    })
    .prefault({}),
  traders: TradersSettings.prefault({}),
  sync: SyncSettings.prefault({}),
  archive: ArchiveSettings.prefault({}),
  retention: RetentionSettings.prefault({}),
  accounting: AccountingSettings.prefault({}),
  live: z
    .strictObject({
      order_usd_max: z.number().positive().describe('largest notional of one order, USD'),
      position_usd_max: z.number().positive().describe('largest position per coin, USD'),
      gross_usd_max: z.number().positive().describe('largest sum of all positions of a session, USD'),
      loss_usd_max: z.number().positive().describe('largest loss at which a session kills itself, USD'),
    })
    .optional()
    .describe('caps of live sessions; without them no live session starts'),
  dashboard: z
    .strictObject({ enabled: z.boolean().default(true).describe('start the dashboard') })
    .prefault({}),
})

export type Settings = z.infer<typeof Settings>
