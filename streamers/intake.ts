/** Between feed and recorder: when the spool is full, nothing is dropped; what was read waits, and no more is read. */
import { describeError, HoldfastError } from '#domain/errors.ts'
import type { FeedLog } from '#streamers/frame-faults.ts'

export interface Intake<Item> {
  /** Takes one item at once, or keeps it in order behind those that wait. */
  push(item: Item): void
  /** True while something waits: the reach of the feed is then ahead of what is stored. */
  isHolding(): boolean
}

/**
 * @param take stores one item; a retryable HoldfastError means "not now, and nothing was taken". Any other error drops the item, counted and logged:
 * one impossible row must not stop the stream
 * @param room settles when `take` may succeed again
 */
export function createIntake<Item>(options: {
  take(item: Item): void
  room(): Promise<void>
  pause(): void
  resume(): void
  log: FeedLog
}): Intake<Item> {
  const { take, room, pause, resume, log } = options
  let held: Item[] = []

  /** False when the store is full. */
  const tryTake = (item: Item): boolean => {
    try {
      take(item)
      return true
    } catch (error) {
      if (error instanceof HoldfastError && error.retryable) return false
      log.error({ why: describeError(error) }, 'events could not be stored and are lost')
      return true
    }
  }
  const drain = async (): Promise<void> => {
    log.warn({}, 'the spool is full; reading stops until ClickHouse has taken some of it')
    pause()
    while (held.length > 0) {
      await room()
      while (held[0] !== undefined && tryTake(held[0])) held.shift()
    }
    held = []
    resume()
    log.info({}, 'the spool has room again; reading goes on')
  }

  return {
    push(item) {
      if (held.length > 0) {
        held.push(item)
        return
      }
      if (tryTake(item)) return
      held.push(item)
      void drain()
    },
    isHolding: () => held.length > 0,
  }
}
