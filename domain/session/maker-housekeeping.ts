/** What a maker does beside its passes: asks for fees, compares positions, has its orders compared, cancels strangers at start. */
// Not here: the comparison of orders and fills itself (reconcile.ts). Nothing here is waited for by a pass.
import { absE8, parseFixed } from '#domain/fixed-point.ts'
import { isOwnCloid } from '#domain/ids.ts'
import { lotE8 } from '#domain/market/instrument.ts'
import type { SegmentContext } from '#domain/session/context.ts'
import { within } from '#domain/session/deadline.ts'
import type { VenueAccount } from '#domain/session/ports.ts'
import type { MakerSegmentInput } from '#domain/session/segment-input.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { FeeRates } from '#domain/strategies/maker/gates.ts'

/** Until the account's own rates are known: the venue's base tier. Source: spec 004 §16.10. */
export const BASE_FEES: FeeRates = { makerBps: 1.5, takerBps: 4.5 }
const FEES_EVERY_MS = 60 * 60_000
const FEES_RETRY_MS = 60_000
const POSITION_EVERY_MS = 30_000

export interface Housekeeping {
  /** The account's rates as last read. */
  fees(): FeeRates
  /** Starts what is due; returns at once. */
  look(passes: number): void
  /** Cancels orders on the session's coins that are not its own. */
  purge(): Promise<void>
}

export function createHousekeeping(context: SegmentContext<MakerSegmentInput>): Housekeeping {
  const { clock, venue, journal } = context.ports
  const { params, coins, session_id } = context.input
  let fees = BASE_FEES
  let feesDueMs = Number.NEGATIVE_INFINITY
  let positionDueMs = clock.monotonicMs() + POSITION_EVERY_MS

  const askFees = async (): Promise<void> => {
    if (!venue.fees) return
    feesDueMs = clock.monotonicMs() + FEES_EVERY_MS
    const read = await within(
      clock,
      TIMING.venueDeadlineMs,
      () => venue.fees?.() ?? Promise.resolve(BASE_FEES),
    )
    if (!read.ok)
      feesDueMs = clock.monotonicMs() + FEES_RETRY_MS // keeps the last good rates
    else if (!context.returned) {
      fees = read.value
      journal.event('maker_fees', { maker_bps: fees.makerBps, taker_bps: fees.takerBps })
    }
  }
  const askPositions = async (): Promise<void> => {
    positionDueMs = clock.monotonicMs() + POSITION_EVERY_MS
    const read = await within(clock, TIMING.venueDeadlineMs, () => venue.account())
    if (!read.ok || context.returned) return
    context.freeUsd = read.value.freeUsd === undefined ? context.freeUsd : Number(read.value.freeUsd)
    const wrong = coins.filter((coin) => differs(context, coin, read.value))
    if (wrong.length === 0 || context.desk.isUnsettled()) return
    journal.event('position_mismatch', { coins: wrong })
    context.asked.auditMs = Number.NEGATIVE_INFINITY // the audit looks thoroughly, and adopts the venue's word
  }
  return {
    fees: () => fees,
    look(passes) {
      if (params.strategy === 'touch') return
      const now = clock.monotonicMs()
      if (now >= feesDueMs) void askFees()
      if (now >= positionDueMs) void askPositions()
      const due = passes > 0 && passes % params.housekeep_every_loops === 0
      if (due) context.asked.auditMs = Number.NEGATIVE_INFINITY
    },
    async purge() {
      const read = await within(clock, TIMING.venueDeadlineMs, () => venue.openOrders())
      if (!read.ok) return void journal.event('venue_silent', { call: 'openOrders', why: read.why })
      const strangers = read.value.filter(
        ({ coin, cloid }) => coins.includes(coin) && !isOwnCloid(cloid, session_id),
      )
      if (strangers.length === 0) return
      journal.event('purged', { oids: strangers.map(({ oid }) => oid) })
      const expiresAfter = clock.now() + TIMING.orderTtlMs
      await within(clock, TIMING.venueDeadlineMs, () => venue.cancelByOid(strangers, { expiresAfter }))
    },
  }
}

/** By more than a lot: a fill between the two readings is no mismatch, since the ledger moves with it. */
function differs({ desk, ports }: SegmentContext, coin: string, account: VenueAccount): boolean {
  const told = parseFixed(account.positions.find((position) => position.coin === coin)?.sz ?? '0')
  return absE8(told - desk.positionE8(coin)) > lotE8(ports.market.sizeDecimals(coin))
}
