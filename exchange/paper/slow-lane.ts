/** Keeps clients that send nothing but nonsense from slowing everybody else: after a handful of bad requests theirs wait in a lane of their own. */
// Not here: the venue's own rate limits (venue-limits.ts). A few mistakes cost nobody anything; a flood of them gets one turn at a time.
import type { Clock } from '#domain/time.ts'
import { RequestError } from '#exchange/paper/request-errors.ts'

export const SLOW_LANE = {
  /** Bad requests that a connection may send at once, and how many of them are forgiven a second. */
  connectionStrikesMax: 50,
  connectionForgivenPerS: 20,
  /** The same of an address, over all of its connections: beyond it those are slow that never sent anything sensible. */
  addressStrikesMax: 300,
  addressForgivenPerS: 60,
  /** One request of the lane is looked at in so many milliseconds, whoever sent it. */
  turnMs: 20,
  /** Requests that may wait in the lane; more are refused at once. */
  waitingMax: 100,
  /** Addresses that are remembered. */
  addressesMax: 10_000,
} as const

/** Strikes that fade with time. */
interface Strikes {
  count: number
  atMs: number
}

export class SlowLane {
  readonly #clock: Clock
  readonly #connections = new WeakMap<object, Strikes>()
  /** Those that sent something sensible. */
  readonly #proven = new WeakSet<object>()
  readonly #addresses = new Map<string, Strikes>()
  #waiting = 0
  /** Monotonic time of the last turn given away. */
  #lastTurnMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts a request that could not be read, was signed by nobody known, or came over a limit. */
  strike(connection: object, address: string): void {
    const { connectionForgivenPerS, addressForgivenPerS, addressesMax } = SLOW_LANE
    const mine = this.#connections.get(connection) ?? { count: 0, atMs: this.#clock.monotonicMs() }
    this.#connections.set(connection, mine)
    this.#fade(mine, connectionForgivenPerS).count++
    if (this.#addresses.size >= addressesMax) this.#addresses.clear()
    const all = this.#addresses.get(address) ?? { count: 0, atMs: mine.atMs }
    this.#addresses.set(address, all)
    this.#fade(all, addressForgivenPerS).count++
  }

  /** A request of this connection made sense: it is somebody's, whatever else comes from the same address. */
  prove(connection: object): void {
    this.#proven.add(connection)
  }

  isSlow(connection: object, address: string): boolean {
    const { connectionForgivenPerS, connectionStrikesMax, addressForgivenPerS, addressStrikesMax } = SLOW_LANE
    const mine = this.#connections.get(connection)
    if (mine && this.#fade(mine, connectionForgivenPerS).count > connectionStrikesMax) return true
    const all = this.#addresses.get(address)
    if (!all || this.#proven.has(connection)) return false
    return this.#fade(all, addressForgivenPerS).count > addressStrikesMax
  }

  /**
   * Resolves when a slow client's request may be looked at. Ask `isSlow` first: nobody else has to wait at all.
   * @throws RequestError 429 when too many wait already
   */
  async turn(): Promise<void> {
    if (this.#waiting >= SLOW_LANE.waitingMax) throw new RequestError(429, 'Too many requests')
    const nowMs = this.#clock.monotonicMs()
    const atMs = Math.max(nowMs, this.#lastTurnMs + SLOW_LANE.turnMs)
    this.#lastTurnMs = atMs
    this.#waiting++
    try {
      await this.#clock.sleep(Math.max(1, atMs - nowMs))
    } finally {
      this.#waiting--
    }
  }

  #fade(strikes: Strikes, perSecond: number): Strikes {
    const nowMs = this.#clock.monotonicMs()
    strikes.count = Math.max(0, strikes.count - ((nowMs - strikes.atMs) / 1_000) * perSecond)
    strikes.atMs = nowMs
    return strikes
  }
}
