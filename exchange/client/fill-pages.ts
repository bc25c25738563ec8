/** Fills over many pages: asked for by time until a page is short, each once. */
// Not here: one page (info.ts), pages of funding (history.ts).
import { HoldfastError } from '#domain/errors.ts'
import type { FillEvent } from '#domain/events.ts'
import type { EpochMs } from '#domain/time.ts'

export const LIMITS = {
  /** Rows of a full page. Source: wire contract. */
  fillsPage: 2_000,
  /** Pages in one call, so that a wrong start time cannot loop for ever. */
  pagesMax: 500,
} as const

/** Repeats the page call from the last fill on; fills of the same millisecond come twice and are dropped by identity. */
export async function allFills(
  page: (startTs: EpochMs) => Promise<FillEvent[]>,
  since: EpochMs,
): Promise<FillEvent[]> {
  const found = new Map<string, FillEvent>()
  let from = since
  for (let pages = 0; pages < LIMITS.pagesMax; pages++) {
    const fills = await page(from)
    for (const fill of fills) found.set(`${fill.ts} ${fill.coin} ${fill.tid} ${fill.oid}`, fill)
    const last = fills.at(-1)
    if (last === undefined || fills.length < LIMITS.fillsPage) return [...found.values()]
    // A page that holds one single millisecond cannot be paged on by time: step over it rather than loop.
    from = last.ts > from ? last.ts : from + 1
  }
  throw new HoldfastError(`more than ${LIMITS.pagesMax} pages of fills since ${since}`, {
    code: 'TOO_MANY_FILLS',
    retryable: false,
    hint: 'ask from a later time',
  })
}
