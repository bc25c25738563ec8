/** How often within an hour a session may go on after a segment that was lost, and when the next one is due. */
// Source: spec 003 §3 (five an hour), 004 §14. Not here: the pause after losses in a row (control.ts), restarts of processes (cli/supervisor).
import { remember } from '#domain/session/book.ts'
import type { Closing } from '#domain/session/control-close.ts'
import { type EpochMs, HOUR_MS } from '#domain/time.ts'

/** Restarts that still count at `ts`: the last hour, its beginning left out. */
export const restartsOfHour = (restarts: readonly EpochMs[], ts: EpochMs): EpochMs[] =>
  restarts.filter((at) => ts - at < HOUR_MS)

/**
 * When the next segment may begin: `ts` itself while fewer than `perHourMax` began within the hour, else when the oldest of the last
 * `perHourMax` leaves it. Without a limit always `ts`.
 */
export function restartDueTs(
  restarts: readonly EpochMs[],
  ts: EpochMs,
  perHourMax: number | undefined,
): EpochMs {
  if (perHourMax === undefined) return ts
  const counted = restartsOfHour(restarts, ts)
  const oldest = counted[counted.length - perHourMax]
  return oldest === undefined ? ts : oldest + HOUR_MS
}

/**
 * Lets the next segment begin, now or when the hour allows it. It may return early, because somebody wishes for something: the
 * coordinator looks again. Meanwhile the fence has taken back every quote; positions and their stops stay at the exchange.
 */
export async function awaitRestart(
  { book, input, effects, enter }: Closing,
  isWished: () => boolean,
): Promise<void> {
  const perHourMax = input.restarts_per_hour_max
  const ts = effects.now()
  const dueTs = restartDueTs(book.restarts, ts, perHourMax)
  if (dueTs > ts) {
    const wait_s = Math.ceil((dueTs - ts) / 1_000)
    if (book.restart === 'due') {
      const inputs = { restarts: restartsOfHour(book.restarts, ts).length, wait_s }
      const why = { kind: 'hold' as const, reason: 'RESTART_LIMIT', gate: 'RESTART_LIMIT', inputs }
      remember(book, { ts, coin: book.coins.join(','), ...why })
    }
    book.restart = 'held'
    enter(book.state, `lost ${perHourMax} segments within an hour: the next begins in ${wait_s} s`)
    if (await effects.waitFor(isWished, dueTs - ts)) return
    book.needsFence = true // the exchange has moved on meanwhile
  }
  const now = effects.now()
  book.restart = 'none'
  book.restarts = perHourMax === undefined ? [] : [...restartsOfHour(book.restarts, now), now]
}
