/** Account events → rows of fills, orders, funding payments and money movements, each fill and order with the session that its client order id names. */
// Not here: intents and answers, which the session's journal writes (activities/trading-session).
import type * as Accounts from '#clickhouse/tables/accounts.ts'
import type * as Derived from '#clickhouse/tables/market-derived.ts'
import type * as Trading from '#clickhouse/tables/trading.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import type { AccountEvent, FillEvent } from '#domain/events.ts'
import { parseCloid } from '#domain/ids.ts'
import type { EpochMs } from '#domain/time.ts'
import { fillLiquidationRow, fillRow, fundingRow, ledgerRow, orderRow } from '#streamers/account-rows.ts'

export type AccountTables = Pick<typeof Trading, 'fills' | 'orders' | 'fundingPayments'> &
  Pick<typeof Accounts, 'ledgerUpdates'> &
  Partial<Pick<typeof Derived, 'liquidations'>>

/** The newest stored fills of one account: what a snapshot repeats up to here is not written again. */
export interface FillReach {
  account: string
  ts: EpochMs
  /** Trades of exactly `ts` that are stored. */
  tids: readonly number[]
}

export interface AccountRecorder {
  /** Takes the events of one frame. @throws SpoolFullError of the writer: give them again later */
  take(events: readonly AccountEvent[]): void
  reach(): FillReach[]
}

/**
 * @param sessionOf session id of a tag (client order id), or '' when it is not known
 * @param addressOf lower-case address of an account, to tell its own liquidation from another's
 * @param from reach of an earlier process
 */
export function createAccountRecorder(options: {
  writer: Pick<Writer, 'write'>
  tables: AccountTables
  sessionOf(tag: number): string
  addressOf?(account: string): string
  from?: readonly FillReach[]
}): AccountRecorder {
  const { writer, tables, sessionOf, addressOf = () => '' } = options
  const stored = new Map(
    (options.from ?? []).map(({ account, ts, tids }) => [account, { ts, tids: new Set(tids) }]),
  )

  const isStored = (fill: FillEvent): boolean => {
    const reach = stored.get(fill.account)
    return reach !== undefined && (fill.ts < reach.ts || (fill.ts === reach.ts && reach.tids.has(fill.tid)))
  }
  const note = (fill: FillEvent): void => {
    const reach = stored.get(fill.account)
    if (!reach || fill.ts > reach.ts) stored.set(fill.account, { ts: fill.ts, tids: new Set([fill.tid]) })
    else if (fill.ts === reach.ts) reach.tids.add(fill.tid)
  }
  const session = (cloid: string): string => {
    const parts = parseCloid(cloid)
    return parts ? sessionOf(parts.tag) : ''
  }
  const takeFills = (fills: readonly FillEvent[]): void => {
    // A live fill is written whatever its time; only repetitions of the past are dropped.
    const fresh = fills.filter((fill) => !fill.snapshot || !isStored(fill))
    if (fresh.length === 0) return
    writer.write(
      tables.fills,
      fresh.map((fill) => fillRow(fill, session(fill.cloid))),
    )
    const liquidated = fresh.filter(({ liquidation }) => liquidation !== undefined)
    if (tables.liquidations && liquidated.length > 0)
      writer.write(
        tables.liquidations,
        liquidated.flatMap((fill) => fillLiquidationRow(fill, addressOf(fill.account))),
      )
    for (const fill of fresh) note(fill)
  }

  return {
    take(events) {
      const fills = events.filter((event) => event.kind === 'fill')
      const orders = events.filter((event) => event.kind === 'order')
      const fundings = events.filter((event) => event.kind === 'funding_payment')
      takeFills(fills)
      if (orders.length > 0)
        writer.write(
          tables.orders,
          orders.map((order) => orderRow(order, session(order.cloid))),
        )
      if (fundings.length > 0) writer.write(tables.fundingPayments, fundings.map(fundingRow))
      const ledger = events.filter((event) => event.kind === 'ledger')
      if (ledger.length > 0) writer.write(tables.ledgerUpdates, ledger.map(ledgerRow))
    },
    reach: () => [...stored].map(([account, { ts, tids }]) => ({ account, ts, tids: [...tids] })),
  }
}
