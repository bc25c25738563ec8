/** Up to which candle each coin of a session has been seen. */
import type { Checkpoint, ClosedCandle } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'

type Cursors = Pick<Checkpoint, 'lastCandleOpenTs' | 'candleOpenTs'>

/** Opening time of the coin's last candle that the strategy has seen; 0 before the first. */
export const lastOpenOf = ({ candleOpenTs, lastCandleOpenTs }: Cursors, coin: string): EpochMs =>
  candleOpenTs === undefined ? lastCandleOpenTs : (candleOpenTs[coin] ?? 0)

/** The checkpoint once this candle was seen. */
export function withSeen(
  was: Checkpoint,
  { coin, openTs }: Pick<ClosedCandle, 'coin' | 'openTs'>,
): Checkpoint {
  return {
    ...was,
    lastCandleOpenTs: Math.max(was.lastCandleOpenTs, openTs),
    candleOpenTs: { ...was.candleOpenTs, [coin]: openTs },
  }
}

/** The checkpoint of a session that trades these coins from now on: what the others have seen is forgotten. */
export function withCoins(was: Checkpoint, coins: readonly string[]): Checkpoint {
  const kept = coins.flatMap((coin) => {
    const seen = lastOpenOf(was, coin)
    return was.candleOpenTs?.[coin] === undefined ? [] : [[coin, seen] as const]
  })
  return { ...was, candleOpenTs: Object.fromEntries(kept) }
}
