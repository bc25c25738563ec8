/** `synthetic`, `replay:FILE`, `candles:FILES` or `mirror:URL` → the source. */
import { existsSync } from 'node:fs'
import { InvalidInputError } from '#domain/errors.ts'
import { type Clock, HOUR_MS } from '#domain/time.ts'
import { createCandleSource } from '#exchange/paper/sources/candles.ts'
import { createMirrorSource } from '#exchange/paper/sources/mirror.ts'
import { createReplaySource } from '#exchange/paper/sources/replay.ts'
import type { MarketSource } from '#exchange/paper/sources/source.ts'
import { createSyntheticSource } from '#exchange/paper/sources/synthetic.ts'
import type { SyntheticCheckpoint, SyntheticShape } from '#exchange/paper/sources/synthetic-options.ts'

export interface SourceChoice {
  market: string
  seed: number
  speed: number
  coins: readonly string[]
  /** Of the synthetic market. */
  shape?: SyntheticShape
  clock: Clock
  /** Stored position of the same source, or null. */
  checkpoint: unknown
  onFault(error: unknown): void
}

/** The synthetic market that the settings describe. */
export const shapeOf = (settings: {
  traders: number
  step_ms: number
  book_ms: number
  past_hours: number
}): SyntheticShape => ({
  traders: settings.traders,
  stepMs: settings.step_ms,
  bookMs: settings.book_ms,
  pastMs: settings.past_hours * HOUR_MS,
})

/** What `mirror` alone means: the live market that everybody sees. */
const MAINNET = 'https://api.hyperliquid.xyz'

/** @throws InvalidInputError when the words name no source, or a file that is not there */
export function chooseSource(choice: SourceChoice): Promise<MarketSource> | MarketSource {
  const { market, clock, speed, coins, onFault } = choice
  if (market === 'synthetic') {
    return createSyntheticSource({
      ...choice.shape,
      seed: choice.seed,
      coins,
      speed,
      clock,
      checkpoint: choice.checkpoint as SyntheticCheckpoint | null,
    })
  }
  if (market === 'mirror') return createMirrorSource({ url: MAINNET, coins, clock, onFault })
  const [kind, rest] = [market.slice(0, market.indexOf(':')), market.slice(market.indexOf(':') + 1)]
  if (kind === 'replay') {
    if (!existsSync(rest)) {
      throw new InvalidInputError({
        source: 'market source',
        path: 'replay',
        found: rest,
        expected: 'a recording (.jsonl or .jsonl.gz)',
      })
    }
    const checkpoint = choice.checkpoint as { delivered: number } | null
    return createReplaySource({
      file: rest,
      speed,
      clock,
      checkpoint,
      onFault: (line, error) => line <= 100 && onFault(error),
    })
  }
  if (kind === 'candles') {
    return createCandleSource({
      ...{ files: rest, speed, clock },
      checkpoint: choice.checkpoint as { halves: number } | null,
    })
  }
  if (kind === 'mirror') return createMirrorSource({ url: rest, coins, clock, onFault })
  throw new InvalidInputError({
    source: 'market source',
    path: 'source',
    found: JSON.stringify(market),
    expected: 'synthetic, replay:FILE, candles:FILES or mirror:URL',
  })
}
