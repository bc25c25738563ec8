/** Brings a checkpoint's ledger to the venue's truth while nobody trades: folds missing fills, then compares positions. */
// Not here: the same inside a running segment (reconcile.ts).
import { HoldfastError } from '#domain/errors.ts'
import type { FillEvent } from '#domain/events.ts'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { within } from '#domain/session/deadline.ts'
import type { CloseInput } from '#domain/session/effects.ts'
import { foldFor } from '#domain/session/kept-apart.ts'
import type { Journal, Venue, VenueAccount } from '#domain/session/ports.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { Checkpoint, PositionState } from '#domain/session/types.ts'
import type { Clock } from '#domain/time.ts'
import { shareOut } from '#domain/trading/foreign.ts'
import { flatPosition, foldFills, type Ledger, positionOf, venueSzE8 } from '#domain/trading/position.ts'

const LOOKS = 5
const ASK_TRIES = 3
const LOOK_AGAIN_MS = 200

export class VenueSilentError extends HoldfastError {
  constructor(call: string, why: string) {
    super(`${call}: ${why}`, {
      code: 'VENUE_SILENT',
      retryable: true,
      hint: 'check the exchange URL and its health; the session tries again by itself',
    })
  }
}

/** The value of a read, asked a few times: reading again changes nothing. @throws VenueSilentError */
export async function ask<T>(clock: Clock, call: string, read: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    const answer = await within(clock, TIMING.venueDeadlineMs, read)
    if (answer.ok) return answer.value
    if (tries >= ASK_TRIES) throw new VenueSilentError(call, answer.why)
    await clock.sleep(LOOK_AGAIN_MS)
  }
}

export interface Settled {
  checkpoint: Checkpoint
  account: VenueAccount
  folded: number
  /** Every fill of the account since the checkpoint's cursor, as last listed. */
  listed: readonly FillEvent[]
}

/**
 * Reads fills and account until they tell the same story; after some looks the venue's position wins over the fold.
 * @param baseline true at a session's first start: whatever is held is taken over, and only later fills count as its own
 * @param apart the session that keeps trades of others apart: to it what is held at first, or cannot be explained, is theirs
 * @throws VenueSilentError
 */
export async function settleLedger(
  ports: { clock: Clock; venue: Venue; journal: Journal },
  input: { coins: readonly string[]; checkpoint: Checkpoint; baseline: boolean; apart?: string | undefined },
): Promise<Settled> {
  const { clock, venue } = ports
  const { coins, checkpoint, baseline, apart } = input
  const fold = foldFor(apart ?? '', apart !== undefined)
  for (let look = 1; ; look++) {
    const before = baseline ? await ask(clock, 'account', () => venue.account()) : null
    const listed = await ask(clock, 'fillsSince', () => venue.fillsSince(checkpoint.fillCursorTs))
    const account = await ask(clock, 'account', () => venue.account())
    const fills = listed.filter((fill) => coins.includes(fill.coin))
    const { ledger, folded } = foldFills(checkpoint, fills, fold)
    if (before !== null) {
      const still = coins.every((coin) => held(before, coin).sz === held(account, coin).sz)
      if (still || look >= LOOKS) {
        if (apart !== undefined) noteForeign(ports.journal, coins, account)
        return {
          checkpoint: { ...checkpoint, ...takeOver(ledger, coins, account, apart !== undefined) },
          account,
          folded: 0,
          listed,
        }
      }
    } else {
      const wrong = coins.filter((coin) => !agrees(ledger, coin, account))
      if (wrong.length === 0)
        return { checkpoint: { ...checkpoint, ...ledger }, account, folded: folded.length, listed }
      if (look >= LOOKS) {
        const corrected = correct(ports.journal, ledger, { wrong, account, apart: apart !== undefined })
        return { checkpoint: { ...checkpoint, ...corrected }, account, folded: folded.length, listed }
      }
    }
    await clock.sleep(LOOK_AGAIN_MS)
  }
}

/** The ledger of a session that keeps trades of others apart, brought to the venue's truth. @throws VenueSilentError */
export const settleOwn = (
  ports: { clock: Clock; venue: Venue; journal: Journal },
  { session_id, coins, checkpoint: was }: Pick<CloseInput, 'session_id' | 'coins' | 'checkpoint'>,
  checkpoint: Checkpoint,
): Promise<Settled> =>
  settleLedger(ports, { coins, checkpoint, baseline: was.epoch === 0, apart: session_id })

/** Position of a coin at the venue; zero when it is not listed. */
export function held(account: VenueAccount, coin: string): { sz: string; entryPx: string } {
  const found = account.positions.find((position) => position.coin === coin)
  return found ? { sz: found.sz, entryPx: found.entryPx } : { sz: '0', entryPx: '0' }
}

function noteForeign(journal: Journal, coins: readonly string[], account: VenueAccount): void {
  for (const coin of coins) {
    const { sz } = held(account, coin)
    if (parseFixed(sz) !== 0n) journal.event('manual_position', { coin, sz, rule: 'ignore' })
  }
}

const agrees = (ledger: Ledger, coin: string, account: VenueAccount): boolean =>
  parseFixed(held(account, coin).sz) === venueSzE8(positionOf(ledger.positions, coin))

/** Cursor behind every fill there is, positions as the venue holds them, PnL from zero. */
function takeOver(ledger: Ledger, coins: readonly string[], account: VenueAccount, apart: boolean): Ledger {
  const positions = coins.map((coin): PositionState => {
    const flat = flatPosition(coin)
    return apart ? shareOut(flat, held(account, coin).sz) : { ...flat, ...held(account, coin) }
  })
  return { ...ledger, positions }
}

function correct(
  journal: Journal,
  ledger: Ledger,
  { wrong, account, apart }: { wrong: readonly string[]; account: VenueAccount; apart: boolean },
): Ledger {
  const others = ledger.positions.filter(({ coin }) => !wrong.includes(coin))
  const corrected = wrong.map((coin): PositionState => {
    const was = positionOf(ledger.positions, coin)
    const at = held(account, coin)
    journal.event('ledger_corrected', { coin, ledger: formatFixed(venueSzE8(was)), venue: at.sz })
    return apart ? shareOut(was, at.sz) : { ...was, ...at }
  })
  return { ...ledger, positions: [...others, ...corrected] }
}
