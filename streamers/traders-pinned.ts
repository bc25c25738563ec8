/** A few traders with streams of their own: their orders live, and each fill a check of the tape. */
// Not here: everybody's positions (traders-follower.ts), the other traders' orders (traders-orders.ts).
import type { AccountEvent, FillEvent } from '#domain/events.ts'
import { sideSign } from '#domain/events.ts'
import { type FixedE8, parseFixed } from '#domain/fixed-point.ts'
import type { EpochMs } from '#domain/time.ts'
import type { PositionBook } from '#domain/traders/position-book.ts'
import { agreesWithFill, BLUR_MS } from '#domain/traders/reconcile.ts'
import type { TraderOrderNews } from '#streamers/traders-recorder.ts'

interface Expected {
  address: string
  coin: string
  ts: EpochMs
  szE8: FixedE8
}

/** Fills that wait for the tape; more than that, and the newest are not checked. */
const EXPECTED_MAX = 5_000

export interface PinnedTraders {
  take(events: readonly AccountEvent[], address: string): void
  /** Compares what has settled. @returns those whose tape missed something: the venue should be asked about them */
  check(book: PositionBook): string[]
  counts(): { fills: number; orders: number; missed: number }
}

export function createPinnedTraders(onOrders: (news: readonly TraderOrderNews[]) => void): PinnedTraders {
  let expected: Expected[] = []
  const counts = { fills: 0, orders: 0, missed: 0 }
  const takeFill = (fill: FillEvent, address: string): void => {
    counts.fills++
    if (fill.snapshot || expected.length >= EXPECTED_MAX) return
    const szE8 = parseFixed(fill.startPosition) + BigInt(sideSign(fill.side)) * parseFixed(fill.sz)
    expected.push({ address, coin: fill.coin, ts: fill.ts, szE8 })
  }
  return {
    take(events, address) {
      const news: TraderOrderNews[] = []
      for (const event of events) {
        if (event.kind === 'fill') takeFill(event, address)
        if (event.kind !== 'order') continue
        counts.orders++
        news.push({
          ...{ address, oid: event.oid, coin: event.coin, side: event.side, px: event.limitPx, sz: event.sz },
          ...{ originalSz: event.originalSz, reduceOnly: false, openedTs: event.ts, source: 'stream' },
          ...{ status: event.status, word: event.word, statusTs: event.ts },
        })
      }
      if (news.length > 0) onOrders(news)
    },
    check(book) {
      const settled = expected.filter(({ ts }) => book.tapeTs >= ts + BLUR_MS)
      if (settled.length === 0) return []
      expected = expected.filter((each) => !settled.includes(each))
      const wrong = new Set<string>()
      for (const { address, coin, ts, szE8 } of settled) {
        const trader = book.trader(address)
        // A state that was read later holds the fill.
        if (!trader || trader.baseTs === 0 || ts <= trader.baseTs) continue
        if (ts - BLUR_MS < trader.recentFromTs || agreesWithFill(trader, coin, ts, szE8)) continue
        counts.missed++
        trader.isBlurred = true
        wrong.add(address)
      }
      return [...wrong]
    },
    counts: () => ({ ...counts }),
  }
}
