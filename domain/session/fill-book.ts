/** The segment's ledger: folds fills from the stream while nothing may be missing, and from the venue's own list when something may. */
// Not here: the arithmetic of one fill (domain/trading/position.ts), orders (desk.ts).
import type { FillEvent } from '#domain/events.ts'
import type { Checkpoint, PositionState } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'
import type { Fold } from '#domain/trading/foreign.ts'
import {
  continues,
  foldFill,
  foldFills,
  isFolded,
  type Ledger,
  positionOf,
} from '#domain/trading/position.ts'

/** Taken when the venue's list is asked for: what its answer may be believed to hold. */
export interface ListRequest {
  fromTs: EpochMs
  /** Gaps known by then; a later one makes the answer too old to close it. */
  gaps: number
}

const keyOf = ({ ts, tid, coin }: FillEvent): string => `${ts}/${tid}/${coin}`

/**
 * Missed fills that sum to zero leave no mark in the chain of start positions. So while fills may be missing nothing of the stream
 * is folded: it waits, and is folded behind the list that was read from the cursor on.
 */
export class FillBook {
  /** `ask`: fills may be missing, read the venue's list from the cursor on. `refold`: read it from where the venue last agreed. */
  missing: 'none' | 'ask' | 'refold' = 'ask'
  #ledger: Ledger
  /** Where the venue last agreed with us. */
  #base: Ledger
  /** Fills folded since `#base`. */
  readonly #folded = new Set<string>()
  /** Brought by the stream while fills may be missing. */
  readonly #waiting = new Map<string, FillEvent>()
  #gaps = 0
  readonly #coins: readonly string[]
  readonly #foldOne: Fold

  /** @param fold how one fill changes its position */
  constructor(checkpoint: Checkpoint, coins: readonly string[], fold: Fold = foldFill) {
    this.#ledger = checkpoint
    this.#base = checkpoint
    this.#coins = coins
    this.#foldOne = fold
  }

  get ledger(): Ledger {
    return this.#ledger
  }

  position(coin: string): PositionState {
    return positionOf(this.#ledger.positions, coin)
  }

  ask(): void {
    if (this.missing === 'none') this.missing = 'ask'
  }

  /** The stream was cut, or begins: only a list that is asked for after this closes the hole. */
  gap(): void {
    this.#gaps += 1
    this.ask()
  }

  /** Whatever the stream said: the next list is read from where the venue last agreed, so that a hole nobody noticed heals too. */
  doubt(): void {
    this.missing = 'refold'
  }

  /** Folds a fill of the stream. @returns false for a stranger's coin, a repeat, or one that has to wait for the list */
  take(fill: FillEvent): boolean {
    if (!this.#coins.includes(fill.coin) || this.#isKnown(fill)) return false
    if (this.missing === 'none' && (!continues(this.#ledger, fill) || isFolded(this.#ledger, fill))) {
      this.missing = 'refold'
    }
    if (this.missing !== 'none') {
      this.#waiting.set(keyOf(fill), fill)
      return false
    }
    this.#fold([fill])
    return true
  }

  #isKnown(fill: FillEvent): boolean {
    return isFolded(this.#base, fill) || this.#folded.has(keyOf(fill))
  }

  #fold(fills: readonly FillEvent[]): FillEvent[] {
    const { ledger, folded } = foldFills(this.#ledger, fills, this.#foldOne)
    this.#ledger = ledger
    for (const fill of folded) this.#folded.add(keyOf(fill))
    return folded
  }

  /** From when on the venue's list has to be read. */
  request(): ListRequest {
    const { fillCursorTs } = this.missing === 'refold' ? this.#base : this.#ledger
    return { fromTs: fillCursorTs, gaps: this.#gaps }
  }

  /** Folds the venue's list, which is complete from the request's time on, and what waited for it. @returns what was not known before */
  foldList(listed: readonly FillEvent[], request: ListRequest): FillEvent[] {
    if (request.fromTs > this.request().fromTs) return [] // asked before the chain broke: not enough to fold anew
    const fills = listed.filter((fill) => this.#coins.includes(fill.coin))
    const anew = this.missing === 'refold'
    const known = new Set(this.#folded)
    if (anew) {
      const { ledger, folded } = foldFills(this.#base, fills, this.#foldOne)
      if (folded.length < known.size) return [] // the list lags behind the stream: ask again
      this.#ledger = ledger
      this.#folded.clear()
      for (const fill of folded) this.#folded.add(keyOf(fill))
    } else this.#fold(fills)
    this.missing = request.gaps === this.#gaps ? 'none' : 'ask'
    const news = fills.filter((fill) => this.#folded.has(keyOf(fill)) && !known.has(keyOf(fill)))
    return [...news, ...this.#takeWaiting()]
  }

  /** What waited and is not in the list is newer than the list, or shows that it lagged. */
  #takeWaiting(): FillEvent[] {
    const waiting = [...this.#waiting.values()].sort((a, b) => a.ts - b.ts || a.tid - b.tid)
    this.#waiting.clear()
    return waiting.filter((fill) => this.take(fill))
  }

  /** The venue agrees with the ledger: nothing before now has to be folded again. */
  settle(): void {
    this.#rebase()
  }

  #rebase(): void {
    this.#base = this.#ledger
    this.#folded.clear()
  }

  /** Takes the venue's word where the ledger disagrees after everything was folded. Realised PnL and fees stay. */
  adopt(coin: string, truth: Pick<PositionState, 'sz' | 'entryPx' | 'foreign'>): void {
    const { foreign: _, ...was } = this.position(coin)
    const position: PositionState = { ...was, ...truth }
    const others = this.#ledger.positions.filter((each) => each.coin !== coin)
    this.#ledger = { ...this.#ledger, positions: [...others, position] }
    this.#rebase()
  }
}
