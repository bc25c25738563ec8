/** When to connect again: jittered exponential waits from a seed, and a gate that keeps to the venue's connects per minute. */
import { assert } from '#domain/errors.ts'
import { type Clock, MINUTE_MS } from '#domain/time.ts'

/** Random numbers in [0, 1) that a seed fixes (mulberry32): for jitter, not for secrets. */
export function createJitter(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface BackOff {
  /** Milliseconds to wait before the next attempt: between half of and the whole doubling step. */
  nextMs(): number
  /** The connection lived; the next failure starts from the shortest wait. */
  reset(): void
}

/** Waits grow from `minMs` by doubling to `maxMs`; jitter spreads sockets that fell together. */
export function createBackOff(options: { minMs: number; maxMs: number; jitter: () => number }): BackOff {
  const { minMs, maxMs, jitter } = options
  assert(minMs > 0 && minMs <= maxMs, 'back-off needs 0 < minMs ≤ maxMs')
  let stepMs = minMs
  return {
    nextMs() {
      const wait = stepMs * (0.5 + jitter() / 2)
      stepMs = Math.min(stepMs * 2, maxMs)
      return wait
    },
    reset() {
      stepMs = minMs
    },
  }
}

export interface ConnectGate {
  /** Resolves when one more connection may be opened, or when `signal` aborts. */
  enter(signal: AbortSignal): Promise<void>
}

/** Paces subscriptions, and counts whatever a socket sends. */
export interface SendGate extends ConnectGate {
  /** One message of any kind goes out now. */
  sent?(): void
}

/** At most so many connects in any minute, shared by all feeds of a process. Source: venue docs, "Rate limits": 30 a minute per IP. */
export function createConnectGate(options: {
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>
  perMinute: number
}): ConnectGate {
  const { clock, perMinute } = options
  const entered: number[] = []
  return {
    async enter(signal) {
      while (!signal.aborted) {
        const now = clock.monotonicMs()
        while (entered[0] !== undefined && entered[0] <= now - MINUTE_MS) entered.shift()
        if (entered.length < perMinute) {
          entered.push(now)
          return
        }
        await clock.sleep((entered[0] as number) + MINUTE_MS - now, signal)
      }
    },
  }
}

/** Subscribing and pinging in any minute, per process: all processes of an address together may send 2,000. */
const SENT_PER_MINUTE_MAX = 900

/** Paces messages to the venue: reconnecting with a thousand subscriptions must not use up what the address may send. */
export const createSendGate = (clock: Pick<Clock, 'monotonicMs' | 'sleep'>): ConnectGate =>
  createConnectGate({ clock, perMinute: SENT_PER_MINUTE_MAX })
