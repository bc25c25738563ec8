/** Faults on purpose: refusals, slow and lost answers, cut, silent or shuffled sockets, a wrong clock; from a seed, off by default. */
// Not here: who may switch them on (fault-server.ts).
import { createRandom, uniform } from '#exchange/paper/sources/random.ts'

/** Chances are per request or frame, 0–1. */
export interface FaultRules {
  /** Answered with 429 instead of being looked at. */
  http_429: number
  /** Answered with 502 instead of being looked at. */
  http_502: number
  /** Answered `slow_ms` late. */
  slow: number
  slow_ms: number
  /** Executed, and the connection cut instead of an answer. */
  answer_lost: number
  /** Frame not sent. */
  frame_drop: number
  /** Frame sent after the one that follows it. */
  frame_reorder: number
  /** Frame with fills sent twice. */
  fill_duplicate: number
  /** Socket cut when a frame should be sent. */
  disconnect: number
  /** Added to the exchange's clock, milliseconds. */
  clock_skew_ms: number
}

export const NO_FAULTS: FaultRules = {
  http_429: 0,
  http_502: 0,
  slow: 0,
  slow_ms: 1_000,
  answer_lost: 0,
  frame_drop: 0,
  frame_reorder: 0,
  fill_duplicate: 0,
  disconnect: 0,
  clock_skew_ms: 0,
}

/** What happens to one request. */
export interface RequestFate {
  /** HTTP status to refuse with; 0 lets it through. */
  refuse: 0 | 429 | 502
  delayMs: number
  loseAnswer: boolean
}

const UNTOUCHED: RequestFate = { refuse: 0, delayMs: 0, loseAnswer: false }

/** What happens to one outgoing frame: the frames to send instead of it, or the end of the connection. */
export type FrameFate = readonly string[] | 'disconnect'

export class Faults {
  #rules: FaultRules = { ...NO_FAULTS }
  #random = createRandom(1)
  #active = false
  /** Monotonic time until which nothing is sent on any socket. */
  #stalledUntilMs = 0
  readonly #counts: Record<string, number> = {}

  get rules(): Readonly<FaultRules> {
    return this.#rules
  }

  get clockSkewMs(): number {
    return this.#rules.clock_skew_ms
  }

  /** Changes the rules that are named; `seed` begins the dice anew. */
  set(changes: Partial<FaultRules>, seed?: number): void {
    this.#rules = { ...this.#rules, ...changes }
    if (seed !== undefined) this.#random = createRandom(seed)
    this.#active = Object.entries(this.#rules).some(([name, value]) => name !== 'slow_ms' && value !== 0)
  }

  /** Nothing leaves on any socket until then; connections stay open. */
  stall(untilMs: number): void {
    this.#stalledUntilMs = untilMs
  }

  counts(): Readonly<Record<string, number>> {
    return this.#counts
  }

  request(): RequestFate {
    if (!this.#active) return UNTOUCHED
    const { http_429, http_502, slow, slow_ms, answer_lost } = this.#rules
    if (this.#happens('http_429', http_429)) return { ...UNTOUCHED, refuse: 429 }
    if (this.#happens('http_502', http_502)) return { ...UNTOUCHED, refuse: 502 }
    const delayMs = this.#happens('slow', slow) ? slow_ms : 0
    return { refuse: 0, delayMs, loseAnswer: this.#happens('answer_lost', answer_lost) }
  }

  /** `held` is the socket's own slot for a frame that waits for its successor. */
  frame(text: string, held: { frame: string | null }, nowMs: number): FrameFate {
    if (nowMs < this.#stalledUntilMs) {
      this.#count('stalled')
      return []
    }
    if (!this.#active && held.frame === null) return [text]
    const { frame_drop, frame_reorder, fill_duplicate, disconnect } = this.#rules
    if (this.#happens('disconnect', disconnect)) return 'disconnect'
    if (this.#happens('frame_drop', frame_drop)) return []
    const copies =
      text.includes('"fills":[{') && this.#happens('fill_duplicate', fill_duplicate) ? [text, text] : [text]
    const before = held.frame
    held.frame = null
    if (before !== null) return [...copies, before]
    if (!this.#happens('frame_reorder', frame_reorder)) return copies
    held.frame = text
    return copies.slice(1)
  }

  #happens(name: string, chance: number): boolean {
    if (chance <= 0 || uniform(this.#random) >= chance) return false
    this.#count(name)
    return true
  }

  #count(name: string): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1
  }
}
