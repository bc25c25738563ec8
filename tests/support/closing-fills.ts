/** Closing fills of recorded public accounts, folded by the ledger: what the venue says of each beside the ledger's own result, with causes. */
// Not here: what must hold of them (domain/pnl/real-fills.test.ts).
import { readFileSync } from 'node:fs'
import { toNumber } from '#domain/fixed-point.ts'
import { batchOf, type LedgerFill } from '#domain/pnl/batch.ts'
import { Fold } from '#domain/pnl/fold.ts'
import type { ClosedFill } from '#domain/pnl/types.ts'
import { sharedData } from '#tests/support/shared-data.ts'

const json = <T>(name: string): T => JSON.parse(readFileSync(sharedData(name), 'utf8')) as T

interface WireFill {
  [field: string]: unknown
  coin: string
  side: 'A' | 'B'
  px: string
  sz: string
  time: number
  tid: number
}

/** Fills of a recording of public accounts. */
export const recorded = (name: string): LedgerFill[] =>
  json<{ queries: { slot?: string; fills: WireFill[] }[] }>(name).queries.flatMap(({ slot, fills }, at) =>
    fills.map((fill) => ({
      ...{
        account: slot ?? `query ${at}`,
        coin: fill.coin,
        ts: fill.time,
        tid: fill.tid,
        px: fill.px,
        sz: fill.sz,
      },
      side: fill.side === 'B' ? ('buy' as const) : ('sell' as const),
      ...{
        startPosition: String(fill.startPosition),
        closedPnl: String(fill.closedPnl),
        fee: String(fill.fee),
      },
      ...{ crossed: fill.crossed === true, builderFee: String(fill.builderFee ?? '0') },
    })),
  )

/** The venue keeps an entry to six decimals, cut off: on cheap coins in large size that is money. */
const ENTRY_STEP_USD = 1e-6

export const UNKNOWN_ENTRY = 'entry before the recording'

/** Each closing fill with the cause why it does not count as reproduced, '' where it does. */
export function closings(fills: readonly LedgerFill[]) {
  const { batch, fills: sorted } = batchOf(fills)
  const found: ClosedFill[] = []
  const fold = new Fold(
    () => {},
    [],
    (closing) => found.push({ ...closing }),
  )
  fold.take(batch)
  fold.end()
  return found.map((closing) => {
    const fill = sorted[closing.row] as LedgerFill
    const own = toNumber(BigInt(closing.realised))
    const off = Math.abs(own - Number(fill.closedPnl)) / toNumber(BigInt(closing.closedSz))
    const why = off <= ENTRY_STEP_USD * (1 + 1e-9) ? 'the venue cut its entry off' : 'unexplained'
    return { fill, own, cause: closing.anchor ? UNKNOWN_ENTRY : closing.disputed ? why : '' }
  })
}

/** The closing fills that do not count as reproduced, one by one, as lines of a table. */
export const closingTable = (fills: readonly LedgerFill[]): string[] =>
  closings(fills)
    .filter(({ cause }) => cause !== '')
    .sort((a, b) => a.cause.localeCompare(b.cause) || a.fill.ts - b.fill.ts || a.fill.tid - b.fill.tid)
    .map(({ fill, own, cause }) => {
      const venue = Number(fill.closedPnl)
      // The ledger takes over the result of a fill whose entry it never saw: there is nothing of its own to compare.
      const [ours, difference] =
        cause === UNKNOWN_ENTRY ? ['–', '–'] : [own.toFixed(6), (own - venue).toFixed(6)]
      return `| ${fill.coin} | ${fill.tid} | ${ours} | ${venue.toFixed(6)} | ${difference} | ${cause} |`
    })
