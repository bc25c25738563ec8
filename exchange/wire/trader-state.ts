/** `clearinghouseState` of other people → positions with the venue's own time, which aligns them with the tape. */
// Not here: own accounts (info.ts).
import { z } from 'zod'
import { parseFixed } from '#domain/fixed-point.ts'
import type { VenueState } from '#domain/traders/reconcile.ts'
import { MalformedAnswerError } from '#exchange/wire/errors.ts'
import { cutDecimals, show } from '#exchange/wire/read-value.ts'

const DecimalText = z.string().regex(/^-?\d{1,28}(?:\.\d{1,30})?$/)

const State = z.object({
  time: z.int().min(0),
  assetPositions: z.array(
    z.object({
      position: z.object({ coin: z.string().min(1), szi: DecimalText, entryPx: DecimalText.nullish() }),
    }),
  ),
})

/** Positions of size 0 are left out: they are flat. @throws MalformedAnswerError */
export function parseTraderState(answer: unknown): VenueState {
  const parsed = State.safeParse(answer)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new MalformedAnswerError({
      request: 'clearinghouseState',
      path: (issue?.path ?? []).map(String).join('.'),
      found: show(answer),
      expected: issue?.message ?? 'its shape',
    })
  }
  const positions = parsed.data.assetPositions.map(({ position: { coin, szi, entryPx } }) => ({
    coin,
    szE8: parseFixed(cutDecimals(szi)),
    entryPxE8: parseFixed(cutDecimals(entryPx ?? '0')),
  }))
  return { ts: parsed.data.time, positions: positions.filter(({ szE8 }) => szE8 !== 0n) }
}
