/** metaAndAssetCtxs: every listed coin with mark, funding, open interest and its last 24 hours, in one answer. */
// Not here: the context stream of one coin (market-frames.ts).
import { z } from 'zod'
import type { Decimal } from '#domain/fixed-point.ts'
import { MalformedAnswerError } from '#exchange/wire/errors.ts'
import { parseMeta } from '#exchange/wire/info.ts'
import { cutDecimals } from '#exchange/wire/read-value.ts'

const Text = z.string().regex(/^-?\d{1,28}(?:\.\d{1,30})?$/, 'a decimal text')
const Amount = Text.transform(cutDecimals)

const Context = z.object({
  markPx: Amount,
  oraclePx: Amount,
  midPx: Amount.nullish(),
  funding: Text,
  premium: Text.nullish(),
  openInterest: Amount,
  dayNtlVlm: Amount,
  dayBaseVlm: Amount.optional(),
  prevDayPx: Amount,
})
const Answer = z.tuple([z.unknown(), z.array(z.unknown())])

/** One coin's figures; prices USD per coin. */
export interface CoinContext {
  coin: string
  delisted: boolean
  markPx: Decimal
  oraclePx: Decimal
  /** Null while the book is empty. */
  midPx: Decimal | null
  /** Hourly rate, fraction. */
  funding: Decimal
  openInterest: Decimal
  dayNotionalUsd: Decimal
  dayVolume: Decimal
  prevDayPx: Decimal
}

/**
 * Coins whose context cannot be read are left out rather than refusing all others.
 * @throws MalformedAnswerError when the answer as a whole has another shape
 */
export function parseCoinContexts(answer: unknown): CoinContext[] {
  const parsed = Answer.safeParse(answer)
  if (!parsed.success)
    throw new MalformedAnswerError({
      request: 'metaAndAssetCtxs',
      path: '',
      found: JSON.stringify(answer)?.slice(0, 60) ?? 'nothing',
      expected: '[meta, contexts]',
    })
  const [meta, contexts] = parsed.data
  return parseMeta(meta).flatMap(({ coin, delisted }, at) => {
    const context = Context.safeParse(contexts[at])
    if (!context.success) return []
    const { data } = context
    return [
      {
        coin,
        delisted,
        markPx: data.markPx,
        oraclePx: data.oraclePx,
        midPx: data.midPx ?? null,
        funding: data.funding,
        openInterest: data.openInterest,
        dayNotionalUsd: data.dayNtlVlm,
        dayVolume: data.dayBaseVlm ?? '0',
        prevDayPx: data.prevDayPx,
      },
    ]
  })
}

/** The `count` listed coins with the largest 24 h notional, largest first. */
export const topByVolume = (contexts: readonly CoinContext[], count: number): string[] =>
  contexts
    .filter(({ delisted }) => !delisted)
    .sort((a, b) => Number(b.dayNotionalUsd) - Number(a.dayNotionalUsd) || (a.coin < b.coin ? -1 : 1))
    .slice(0, count)
    .map(({ coin }) => coin)
