/** The fills of the last hour of each account, kept from its stream: statistics of many sessions ask the venue once, not once a session. */
// Not here: the ledger, which believes the venue's own list alone (domain/session/fill-book.ts).
import type { AccountEvent, FillEvent } from '#domain/events.ts'
import type { EpochMs } from '#domain/time.ts'

/** A little more than anybody asks for. */
const KEPT_MS = 65 * 60_000

interface Kept {
  fills: Map<string, FillEvent>
  /** No fill at or after this time is missing; null after a cut of the stream. */
  sinceTs: EpochMs | null
  /** Counts cuts: an answer that was asked for before one proves nothing after it. */
  cuts: number
  asking: { fromTs: EpochMs; answer: Promise<void> } | null
}

export interface RecentFills {
  /** Events of the account's stream, in order. */
  take(account: string, events: readonly AccountEvent[]): void
  /** The stream was cut or begins anew: what it did not tell is missing. */
  cut(account: string): void
  /**
   * Fills at or after `fromTs`, oldest first; asks the venue where the stream does not reach back so far.
   * @throws what `ask` throws
   */
  since(
    account: string,
    fromTs: EpochMs,
    ask: (fromTs: EpochMs) => Promise<readonly FillEvent[]>,
  ): Promise<FillEvent[]>
}

export function createRecentFills(now: () => EpochMs): RecentFills {
  const accounts = new Map<string, Kept>()
  const keptOf = (account: string): Kept => {
    const found = accounts.get(account) ?? { fills: new Map(), sinceTs: null, cuts: 0, asking: null }
    accounts.set(account, found)
    return found
  }
  return {
    take(account, events) {
      const kept = keptOf(account)
      for (const event of events) {
        if (event.kind !== 'fill') continue
        if (event.snapshot) interrupt(kept)
        keep(kept, event)
      }
      forgetBefore(kept, now() - KEPT_MS)
    },
    cut: (account) => interrupt(keptOf(account)),
    async since(account, fromTs, ask) {
      const kept = keptOf(account)
      if (kept.sinceTs === null || kept.sinceTs > fromTs) await fillUp(kept, fromTs, ask)
      return [...kept.fills.values()]
        .filter(({ ts }) => ts >= fromTs)
        .sort((a, b) => a.ts - b.ts || a.tid - b.tid)
    },
  }
}

function interrupt(kept: Kept): void {
  kept.sinceTs = null
  kept.cuts += 1
}

/** Both sides of a trade share its tid: the order tells them apart where an account trades with itself. */
const keep = ({ fills }: Kept, fill: FillEvent): void =>
  void fills.set(`${fill.coin}/${fill.tid}/${fill.oid}`, fill)

function forgetBefore(kept: Kept, ts: EpochMs): void {
  for (const [key, fill] of kept.fills) {
    if (fill.ts >= ts) break // they came in order; one that did not is dropped a little later
    kept.fills.delete(key)
  }
  if (kept.sinceTs !== null) kept.sinceTs = Math.max(kept.sinceTs, ts)
}

/** One question at a time; who needs no earlier fills waits for the one under way. */
async function fillUp(
  kept: Kept,
  fromTs: EpochMs,
  ask: (fromTs: EpochMs) => Promise<readonly FillEvent[]>,
): Promise<void> {
  if (kept.asking !== null && kept.asking.fromTs <= fromTs) return kept.asking.answer
  const { cuts } = kept
  const answer = ask(fromTs).then((fills) => {
    for (const fill of fills) keep(kept, fill)
    if (kept.cuts === cuts) kept.sinceTs = Math.min(kept.sinceTs ?? fromTs, fromTs)
  })
  const asking = { fromTs, answer }
  kept.asking = asking
  try {
    await answer
  } finally {
    if (kept.asking === asking) kept.asking = null
  }
}
