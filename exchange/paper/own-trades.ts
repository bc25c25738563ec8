/** Public trades that accounts made, for markets where our trades are public. */
import type { EngineState } from '#exchange/paper/engine/state.ts'
import type { CoinSpec, EngineRecord, Fill } from '#exchange/paper/engine/types.ts'
import { formatUnits } from '#exchange/paper/engine/units.ts'
import type { WireTrade } from '#exchange/paper/sources/source.ts'

/** Stands for the market's own traders on the other side of an account's trade. */
const MARKET = `0x${'0'.repeat(39)}1`

/** One trade per taker fill; a fill of a resting order against the source's own trade was public already. */
export function ownTrades(state: EngineState, records: readonly EngineRecord[]): WireTrade[] {
  const fills = records.flatMap((record) => (record.kind === 'fill' ? [record.fill] : []))
  if (fills.length === 0) return []
  const makers = new Map<number, Fill>(
    fills.filter(({ crossed }) => !crossed).map((fill) => [fill.tid, fill]),
  )
  return fills
    .filter(({ crossed }) => crossed)
    .map((fill) => {
      const spec = state.specs[fill.asset] as CoinSpec
      const other = makers.get(fill.tid)?.user ?? MARKET
      return {
        coin: spec.name,
        side: fill.isBuy ? 'B' : 'A',
        px: formatUnits(fill.px, spec.pxDecimals),
        sz: formatUnits(fill.sz, spec.szDecimals),
        time: fill.ts,
        hash: fill.hash,
        tid: fill.tid,
        users: fill.isBuy ? [fill.user, other] : [other, fill.user],
      }
    })
}
