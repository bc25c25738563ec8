/** What is due at which market time: a small heap, ties in the order of asking. */
import type { EpochMs } from '#domain/time.ts'

interface Timer {
  ts: EpochMs
  order: number
  run(ts: EpochMs): void
}

export class Timers {
  /** Time of the next one; infinite while there is none. Read in the hottest loop. */
  next: EpochMs = Number.POSITIVE_INFINITY
  readonly #heap: Timer[] = []
  #count = 0

  at(ts: EpochMs, run: (ts: EpochMs) => void): void {
    const heap = this.#heap
    const timer: Timer = { ts, order: this.#count++, run }
    let at = heap.length
    heap.push(timer)
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBefore(timer, heap[above] as Timer)) break
      heap[at] = heap[above] as Timer
      at = above
    }
    heap[at] = timer
    this.next = (heap[0] as Timer).ts
  }

  /** Runs everything due before `ts`, in order; what that asks for anew is run as well when it is due. */
  runBefore(ts: EpochMs): void {
    while (this.next < ts) {
      const timer = this.#pop()
      timer.run(timer.ts)
    }
  }

  #pop(): Timer {
    const heap = this.#heap
    const first = heap[0] as Timer
    const last = heap.pop() as Timer
    const { length } = heap
    if (length > 0) {
      let at = 0
      for (let child = 1; child < length; child = at * 2 + 1) {
        if (child + 1 < length && isBefore(heap[child + 1] as Timer, heap[child] as Timer)) child++
        if (!isBefore(heap[child] as Timer, last)) break
        heap[at] = heap[child] as Timer
        at = child
      }
      heap[at] = last
    }
    this.next = heap[0]?.ts ?? Number.POSITIVE_INFINITY
    return first
  }
}

const isBefore = (a: Timer, b: Timer): boolean => a.ts < b.ts || (a.ts === b.ts && a.order < b.order)
