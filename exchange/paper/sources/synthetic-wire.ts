/** Levels and trades of the synthetic market as they travel on the wire. */
import type { CoinSpec, ExternalLevel, Fill } from '#exchange/paper/engine/types.ts'
import { formatUnits } from '#exchange/paper/engine/units.ts'
import type { WireLevel, WireTrade } from '#exchange/paper/sources/source.ts'

export function wireTrade(spec: CoinSpec, [taker, maker]: readonly [Fill, Fill]): WireTrade {
  return {
    coin: spec.name,
    side: taker.isBuy ? 'B' : 'A',
    px: formatUnits(taker.px, spec.pxDecimals),
    sz: formatUnits(taker.sz, spec.szDecimals),
    time: taker.ts,
    hash: taker.hash,
    tid: taker.tid,
    users: taker.isBuy ? [taker.user, maker.user] : [maker.user, taker.user],
  }
}

export function wireLevels(spec: CoinSpec, levels: readonly ExternalLevel[]): WireLevel[] {
  return levels.map(({ px, sz, n }) => ({
    px: formatUnits(px, spec.pxDecimals),
    sz: formatUnits(sz, spec.szDecimals),
    n,
  }))
}
