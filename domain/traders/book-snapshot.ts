/** The position book as plain data and back: what a follower writes down so that a restart goes on where it stood. */
// Not here: the file (streamers/traders-state.ts), the trades since (they are read again, and count once).
import { z } from 'zod'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import type { EpochMs } from '#domain/time.ts'
import { createOutages } from '#domain/traders/outages.ts'
import { type Moved, PositionBook } from '#domain/traders/position-book.ts'
import { createTidMemory } from '#domain/traders/tid-memory.ts'
import { newTrader, type TraderAccount } from '#domain/traders/trader-account.ts'

/** Trades so much older than the newest may still be repeated by the venue, or come late. */
export const OVERLAP_MS = 120_000

const Time = z.int().min(0)
const Amount = z.string().regex(/^-?\d+(\.\d+)?$/)

const Snapshot = z.object({
  version: z.literal(1),
  takenTs: Time,
  tape: z.array(z.object({ coin: z.string(), oldestTs: Time, tids: z.array(z.tuple([z.int(), Time])) })),
  outages: z.array(z.tuple([z.string(), Time, Time])),
  traders: z.array(
    z.tuple([
      z.string(),
      Time.describe('baseTs'),
      Time.describe('lastTs'),
      z.array(z.tuple([z.string(), Amount, Amount, Time, Time, z.int().min(0)])),
    ]),
  ),
})
export type BookSnapshot = z.infer<typeof Snapshot>

/** Traders that hold nothing, whom the venue was never asked about, are left out: they would be new again, with the same 0. */
export function takeSnapshot(book: PositionBook, takenTs: EpochMs): BookSnapshot {
  return {
    version: 1,
    takenTs,
    tape: [...book.tidMemories()].map(([coin, memory]) => ({
      coin,
      ...memory.since(Math.max(0, memory.reach() - OVERLAP_MS)),
    })),
    outages: book.outages.list(),
    traders: [...book.traders()].flatMap((trader) => {
      const isEmpty = trader.baseTs === 0 && [...trader.positions.values()].every(({ szE8 }) => szE8 === 0n)
      return isEmpty ? [] : [packTrader(trader)]
    }),
  }
}

function packTrader({ address, baseTs, lastTs, positions }: TraderAccount): BookSnapshot['traders'][number] {
  const packed = [...positions].map(
    ([coin, { szE8, entryPxE8, firstTs, lastTs: movedTs, trades }]): [
      string,
      string,
      string,
      number,
      number,
      number,
    ] => [coin, formatFixed(szE8), formatFixed(entryPxE8), firstTs, movedTs, trades],
  )
  return [address, baseTs, lastTs, packed]
}

/** Null when the data are no snapshot of this version: the follower then begins anew, and asks the venue. */
export function readSnapshot(data: unknown): BookSnapshot | null {
  const parsed = Snapshot.safeParse(data)
  return parsed.success ? parsed.data : null
}

/** The book as it stood. Recent changes are not kept: states from before the snapshot can no longer be aligned, and are refused. */
export function restoreBook(snapshot: BookSnapshot, onMove: (moved: Moved) => void = () => {}): PositionBook {
  const book = new PositionBook(onMove, { outages: createOutages(snapshot.outages) })
  const traders = snapshot.traders.map(
    ([address, baseTs, lastTs, positions]): TraderAccount => ({
      ...newTrader(address),
      baseTs,
      lastTs,
      positions: new Map(
        positions.map(([coin, sz, entry, firstTs, movedTs, trades]) => [
          coin,
          { szE8: parseFixed(sz), entryPxE8: parseFixed(entry), firstTs, lastTs: movedTs, trades },
        ]),
      ),
    }),
  )
  book.restore(
    traders,
    new Map(snapshot.tape.map(({ coin, oldestTs, tids }) => [coin, createTidMemory({ tids, oldestTs })])),
  )
  return book
}
