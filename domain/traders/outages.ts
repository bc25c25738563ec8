/** When the tape of each coin was torn: how long somebody may have traded unseen since a given moment. */
import type { EpochMs } from '#domain/time.ts'

/** Older tears are merged into their successor; by then everybody has been looked at again. */
const TEARS_MAX = 200

interface Tear {
  fromTs: EpochMs
  toTs: EpochMs
}

export interface Outages {
  /** Trades of the coin between the two times may be missing. An open end is extended by later calls with the same beginning. */
  note(coin: string, fromTs: EpochMs, toTs: EpochMs): void
  /** Milliseconds after `ts` in which trades of the coin may be missing. */
  since(coin: string, ts: EpochMs): number
  list(): [coin: string, fromTs: EpochMs, toTs: EpochMs][]
}

export function createOutages(from: readonly (readonly [string, EpochMs, EpochMs])[] = []): Outages {
  const byCoin = new Map<string, Tear[]>()
  const note = (coin: string, fromTs: EpochMs, toTs: EpochMs): void => {
    const tears = byCoin.get(coin) ?? []
    byCoin.set(coin, tears)
    const last = tears.at(-1)
    // Tears come in order; one that begins within the last one only makes it longer.
    if (last && fromTs <= last.toTs) last.toTs = Math.max(last.toTs, toTs)
    else tears.push({ fromTs, toTs: Math.max(fromTs, toTs) })
    if (tears.length > TEARS_MAX) tears.shift()
  }
  for (const [coin, fromTs, toTs] of from) note(coin, fromTs, toTs)
  return {
    note,
    since(coin, ts) {
      const tears = byCoin.get(coin)
      if (!tears) return 0
      let sum = 0
      for (let at = tears.length - 1; at >= 0; at--) {
        const { fromTs, toTs } = tears[at] as Tear
        if (toTs <= ts) break
        sum += toTs - Math.max(fromTs, ts)
      }
      return sum
    },
    list: () =>
      [...byCoin].flatMap(([coin, tears]) =>
        tears.map(({ fromTs, toTs }) => [coin, fromTs, toTs] as [string, EpochMs, EpochMs]),
      ),
  }
}
