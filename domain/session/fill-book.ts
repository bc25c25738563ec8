/** The segment's ledger: folds fills from the stream while their chain holds, and from the venue's own list when it does not. */
// Not here: the arithmetic of one fill (domain/trading/position.ts), orders (desk.ts).
import type { FillEvent } from '#domain/events.ts'
import type { Checkpoint, PositionState } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'
import { continues, foldFills, isFolded, type Ledger, positionOf } from '#domain/trading/position.ts'

export class FillBook {
  /** `ask`: fills may be missing, read the venue's list from the cursor on. `refold`: the chain broke, read it from the segment's start. */
  missing: 'none' | 'ask' | 'refold' = 'ask'
  #ledger: Ledger
  /** Where the venue last agreed with us. */
  #base: Ledger
  readonly #coins: readonly string[]

  constructor(checkpoint: Checkpoint, coins: readonly string[]) {
    this.#ledger = checkpoint
    this.#base = checkpoint
    this.#coins = coins
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

  /** Folds a fill of the stream. @returns false for a stranger's coin, a repeat, or one that does not continue the ledger */
  take(fill: FillEvent): boolean {
    if (!this.#coins.includes(fill.coin) || isFolded(this.#ledger, fill)) return false
    if (this.missing === 'refold' || !continues(this.#ledger, fill)) {
      this.missing = 'refold'
      return false
    }
    this.#ledger = foldFills(this.#ledger, [fill]).ledger
    return true
  }

  /** From when on the venue's list has to be read. */
  readFrom(): EpochMs {
    return this.missing === 'refold' ? this.#base.fillCursorTs : this.#ledger.fillCursorTs
  }

  /** Folds the venue's list, which is complete from `fromTs` on. @returns what was not known before */
  foldList(listed: readonly FillEvent[], fromTs: EpochMs): FillEvent[] {
    if (fromTs > this.readFrom()) return [] // asked before the chain broke: not enough to fold anew
    const fills = listed.filter((fill) => this.#coins.includes(fill.coin))
    const anew = this.missing === 'refold'
    const known = this.#ledger
    const { ledger, folded } = foldFills(anew ? this.#base : known, fills)
    if (anew && countFills(ledger) < countFills(known)) return [] // the list lags behind the stream: ask again
    this.#ledger = ledger
    this.missing = 'none'
    return folded.filter((fill) => !isFolded(known, fill))
  }

  /** The venue agrees with the ledger: nothing before now has to be folded again. */
  settle(): void {
    this.#base = this.#ledger
  }

  /** Takes the venue's word where the ledger disagrees after everything was folded. Realised PnL and fees stay. */
  adopt(coin: string, truth: { sz: string; entryPx: string }): void {
    const position: PositionState = { ...this.position(coin), ...truth }
    const others = this.#ledger.positions.filter((each) => each.coin !== coin)
    this.#ledger = { ...this.#ledger, positions: [...others, position] }
    this.#base = this.#ledger
  }
}

const countFills = (ledger: Ledger): number =>
  ledger.positions.reduce((total, position) => total + position.fills, 0)
