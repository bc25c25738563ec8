/** What the orders of one world really met: counted where it happens, so that a run in which nothing happened proves nothing. */
import { parseFixed } from '#domain/fixed-point.ts'
import type { SimVenue } from './venue.ts'

export interface Met {
  /** Orders that the venue refused. */
  rejected: number
  /** Aggressive orders that took a part, and lost the rest. */
  partIoc: number
  /** Orders that rested and were taken in more than one fill. */
  partResting: number
  /** Orders that the venue took though their sender was never told, and those of them that were filled. */
  untold: number
  untoldFilled: number
  /** Fills that happened while the account stream of the host that trades was cut. */
  unheardFills: number
}

export interface Meter {
  /** Answers of the venue to orders, as the sender hears them. */
  answered(answers: readonly { cloid: string; status: string }[]): void
  /** No answer came to these. */
  unanswered(cloids: readonly string[]): void
  unheardFill(): void
  read(venue: SimVenue): Met
}

export function createMeter(): Meter {
  const silent = new Set<string>()
  let [rejected, unheardFills] = [0, 0]
  return {
    answered(answers) {
      rejected += answers.filter(({ status }) => status === 'rejected').length
    },
    unanswered(cloids) {
      for (const cloid of cloids) silent.add(cloid)
    },
    unheardFill() {
      unheardFills += 1
    },
    read({ orders, fills }) {
      const untold = orders.filter(({ intent }) => silent.has(intent.cloid))
      const taken = (order: (typeof orders)[number]): boolean =>
        order.remainingE8 < parseFixed(order.intent.sz)
      const takes = Map.groupBy(fills, ({ oid }) => oid)
      const isIoc = ({ intent }: (typeof orders)[number]): boolean =>
        intent.tif === 'ioc' && intent.trigger === undefined
      return {
        rejected,
        partIoc: orders.filter((order) => isIoc(order) && taken(order) && order.remainingE8 > 0n).length,
        partResting: orders.filter((order) => !isIoc(order) && (takes.get(order.oid)?.length ?? 0) > 1)
          .length,
        untold: untold.length,
        untoldFilled: untold.filter(taken).length,
        unheardFills,
      }
    },
  }
}
