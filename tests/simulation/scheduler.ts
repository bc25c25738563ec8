/** Virtual time: events in order of time, and between two of them every promise that can settle has settled. */

interface Timer {
  ts: number
  order: number
  run: (() => void) | null
}

export interface Scheduler {
  readonly nowMs: number
  /** Events run so far. */
  readonly events: number
  /** @returns how to take it back */
  after(ms: number, run: () => void): () => void
  /** Called after each event once everything has settled; true when it woke somebody, so that there is more to settle. */
  onSettled: () => boolean
  /** Runs until nothing is left, `untilMs` is reached, or `stop` says so. */
  run(untilMs: number, stop: () => boolean): Promise<void>
}

/** Lets every microtask run: promises of any depth. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export function createScheduler(startMs: number): Scheduler {
  const heap: Timer[] = []
  let order = 0
  let nowMs = startMs
  let events = 0

  const scheduler: Scheduler = {
    get nowMs() {
      return nowMs
    },
    get events() {
      return events
    },
    onSettled: () => false,
    after(ms, run) {
      const timer: Timer = { ts: nowMs + Math.max(ms, 0), order: order++, run }
      push(heap, timer)
      return () => {
        timer.run = null
      }
    },
    async run(untilMs, stop) {
      await settle()
      while (scheduler.onSettled()) await settle()
      while (heap.length > 0 && !stop()) {
        if ((heap[0] as Timer).ts > untilMs) break
        const timer = pop(heap)
        if (!timer?.run) continue
        nowMs = timer.ts
        events += 1
        timer.run()
        await settle()
        while (scheduler.onSettled()) await settle()
      }
    },
  }
  return scheduler
}

const before = (a: Timer, b: Timer): boolean => a.ts < b.ts || (a.ts === b.ts && a.order < b.order)

function push(heap: Timer[], timer: Timer): void {
  let at = heap.length
  heap.push(timer)
  while (at > 0) {
    const parent = (at - 1) >> 1
    const above = heap[parent] as Timer
    if (!before(timer, above)) break
    heap[at] = above
    at = parent
  }
  heap[at] = timer
}

function pop(heap: Timer[]): Timer | undefined {
  const top = heap[0]
  const last = heap.pop()
  if (!last || heap.length === 0) return top
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child + 1] as Timer, heap[child] as Timer)) child += 1
    if (!before(heap[child] as Timer, last)) break
    heap[at] = heap[child] as Timer
    at = child
  }
  heap[at] = last
  return top
}
