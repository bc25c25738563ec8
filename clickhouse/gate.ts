/** Lets so many through at once; the others wait in order. Keeps scans from starving inserts. */

export interface Gate {
  /** Waits for a place. Hand it back by calling the answer, once. */
  enter(): Promise<() => void>
}

export function createGate(places: number): Gate {
  let free = places
  const waiting: (() => void)[] = []
  const leave = () => {
    const next = waiting.shift()
    if (next)
      next() // the place goes straight to who waited longest
    else free++
  }
  return {
    async enter() {
      if (free > 0) free--
      else await new Promise<void>((resolve) => waiting.push(resolve))
      return leave
    },
  }
}
