/** Tapes from recordings and from the synthetic market: the same events that the exchange would show, without the exchange. */
import { existsSync } from 'node:fs'
import { InvalidInputError } from '#domain/errors.ts'
import { MINUTE_MS } from '#domain/time.ts'
import type { CoinSpec } from '#exchange/paper/engine/types.ts'
import { parseUnitsCut } from '#exchange/paper/engine/units.ts'
import { coinSpec, knownCoin } from '#exchange/paper/market/known-coins.ts'
import { type Tape, TapeBuilder, type TapeLevel } from '#exchange/paper/simulate/tape.ts'
import { recordedUniverse } from '#exchange/paper/sources/replay.ts'
import { readRecording } from '#exchange/paper/sources/replay-file.ts'
import type { SourceEvent, WireLevel } from '#exchange/paper/sources/source.ts'
import {
  BOOK_EVERY_STEPS,
  coinWeight,
  createSyntheticCoin,
  STEP_MS,
  stepSyntheticCoin,
  stepTs,
  syntheticBook,
} from '#exchange/paper/sources/synthetic-market.ts'
import { walkPast } from '#exchange/paper/sources/synthetic-past.ts'

/** Reads a recording in any of the shapes that `replay:` takes. `coins` leaves the others out. @throws InvalidInputError, HoldfastError */
export async function recordedTape(
  file: string,
  options: { coins?: readonly string[] | undefined; onFault?: (line: number, error: unknown) => void } = {},
): Promise<Tape> {
  if (!existsSync(file)) {
    throw new InvalidInputError({
      ...{ source: 'command line', path: '--data', found: file },
      expected: 'synthetic, or a recording of frames (.jsonl or .jsonl.gz)',
    })
  }
  const all = await recordedUniverse(file)
  const specs = all
    .filter(({ name }) => options.coins === undefined || options.coins.includes(name))
    .map((spec, asset) => ({ ...spec, asset }))
  if (specs.length === 0) {
    throw new InvalidInputError({
      ...{ source: 'command line', path: '--coins', found: options.coins?.join(',') ?? 'nothing' },
      expected: `coins of the recording: ${all.map(({ name }) => name).join(', ')}`,
    })
  }
  const byName = new Map(specs.map((spec) => [spec.name, spec]))
  const builder = new TapeBuilder(specs)
  for await (const { event } of readRecording(file, options.onFault ?? (() => {})))
    addEvent(builder, byName, event)
  return builder.finish(file)
}

function addEvent(builder: TapeBuilder, byName: ReadonlyMap<string, CoinSpec>, event: SourceEvent): void {
  if (event.kind === 'context') return
  const spec = byName.get(event.kind === 'trades' ? (event.trades[0]?.coin ?? '') : event.coin)
  if (!spec) return
  const { asset, pxDecimals, szDecimals } = spec
  const level = ({ px, sz }: Pick<WireLevel, 'px' | 'sz'>): TapeLevel => ({
    px: parseUnitsCut(px, pxDecimals),
    sz: parseUnitsCut(sz, szDecimals),
  })
  if (event.kind === 'trades') {
    for (const trade of event.trades)
      builder.trade(trade.time, asset, { ...level(trade), isBuy: trade.side === 'B' })
  } else if (event.kind === 'bbo') {
    builder.bbo(event.ts, asset, event.bid && level(event.bid), event.ask && level(event.ask))
  } else builder.book(event.ts, asset, event.bids.map(level), event.asks.map(level))
}

export interface SyntheticTapeOptions {
  seed: number
  coins: readonly string[]
  minutes: number
  /** Market time of the first step, epoch ms; a whole minute. */
  startTs: number
}

/** The market that `--source synthetic` makes from the same seed, step by step. */
export function syntheticTape({ seed, coins, minutes, startTs }: SyntheticTapeOptions): Tape {
  const specs = coins.map((name, asset) => coinSpec(name, asset))
  const markets = specs.map((spec) => {
    const { startPx: px, volatility } = knownCoin(spec.name)
    const coin = createSyntheticCoin(spec, seed, { px, volatility, weight: coinWeight(spec.asset) })
    for (const _ of walkPast(coin, startTs)) {
      // its past leaves the coin where the market begins
    }
    return coin
  })
  const builder = new TapeBuilder(specs)
  const steps = Math.round((minutes * MINUTE_MS) / STEP_MS)
  for (let step = 1; step <= steps; step++) {
    const ts = stepTs(startTs, step)
    for (const coin of markets) {
      const { asset } = coin.spec
      const { trades, touchChanged } = stepSyntheticCoin(coin)
      for (const trade of trades) builder.trade(ts, asset, trade)
      const isDue = (step + asset) % BOOK_EVERY_STEPS === 0 || step === 1
      if (!touchChanged && !isDue) continue
      const { bids, asks } = syntheticBook(coin)
      if (touchChanged) builder.bbo(ts, asset, bids[0] ?? null, asks[0] ?? null)
      if (isDue) builder.book(ts, asset, bids, asks)
    }
  }
  return builder.finish(`synthetic, seed ${seed}`)
}
