/** Notices one feed that fell silent on a living socket: asks for it again, and cuts the socket when that does not help. */
// Not here: a socket without any frame (feed-socket.ts).
import type { Clock } from '#domain/time.ts'

export const LIMITS = {
  /** A feed must have spoken so often on a connection before its silence means something: a halted market sends one snapshot. */
  activeAfterFrames: 3,
} as const

export interface StallWatch {
  /** Watches this feed too. */
  watch(key: string): void
  /** Watches these no more. */
  unwatch(keys: readonly string[]): void
  /** Data of this feed arrived. */
  alive(key: string): void
  /** The connection of these feeds is gone: they start anew. */
  forget(keys: readonly string[]): void
  /** Looks at all feeds once. */
  check(): void
}

interface Watched {
  frames: number
  lastMs: number
  /** True while a renewed subscription has not brought anything. */
  nudged: boolean
}

/**
 * @param onStall asked to renew the subscription  @param onStuck asked to cut the socket: the renewal brought nothing for `staleMs` either
 */
export function createStallWatch(options: {
  clock: Pick<Clock, 'monotonicMs'>
  staleMs: number
  onStall(key: string): void
  onStuck(key: string): void
}): StallWatch {
  const { clock, staleMs, onStall, onStuck } = options
  const feeds = new Map<string, Watched>()
  return {
    watch(key) {
      if (!feeds.has(key)) feeds.set(key, { frames: 0, lastMs: 0, nudged: false })
    },
    unwatch(keys) {
      for (const key of keys) feeds.delete(key)
    },
    alive(key) {
      const feed = feeds.get(key)
      if (!feed) return
      feed.frames++
      feed.nudged = false
      feed.lastMs = clock.monotonicMs()
    },
    forget(keys) {
      for (const key of keys) {
        const feed = feeds.get(key)
        if (feed) Object.assign(feed, { frames: 0, nudged: false })
      }
    },
    check() {
      const now = clock.monotonicMs()
      for (const [key, feed] of feeds) {
        if (now - feed.lastMs < staleMs) continue
        if (feed.nudged) {
          feed.nudged = false
          onStuck(key)
        } else if (feed.frames >= LIMITS.activeAfterFrames) {
          Object.assign(feed, { frames: 0, nudged: true, lastMs: now })
          onStall(key)
        }
      }
    },
  }
}
