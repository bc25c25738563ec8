/** The exact PnL of a session beside its trade PnL: what is held at the mark, what was carried in, funding; and where the two differ. */
// Source: spec 003 §7, rows "no mark-to-market" and "all coins mixed". Not here: one position's arithmetic (domain/trading/position.ts).
import { type Decimal, type FixedE8, formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { averageE8, type TradeSums, tradePnl } from '#domain/session-pnl/trade-pnl.ts'

export interface ExactFacts {
  sums: TradeSums
  /** Signed coins × 1e8 held now and when the session began; marks in USD × 1e8 at both times. */
  positionE8: FixedE8
  startPositionE8: FixedE8
  markE8: FixedE8
  startMarkE8: FixedE8
  /** Received, USD × 1e8; negative when paid. */
  fundingE8: FixedE8
}

/** Every term in USD; `totalUsd` is their sum, and `unexplainedUsd` is 0 unless a position was corrected by hand or by the venue. */
export interface ExactPnl {
  totalUsd: Decimal
  /** Capture of what was bought and sold again, fees taken off: the trade PnL. */
  matchedUsd: Decimal
  /** Of what was traded and not matched, at the mark. */
  inventoryUsd: Decimal
  /** Of what was held before, since the session began. */
  carryInUsd: Decimal
  fundingUsd: Decimal
  unexplainedUsd: Decimal
}

/** total = Σ sales − Σ purchases + q·mark − q₀·mark₀ − Σ fees + Σ funding. */
export function exactPnl(facts: ExactFacts): ExactPnl {
  const { sums, positionE8, startPositionE8, markE8, startMarkE8, fundingE8 } = facts
  const worth = (szE8: FixedE8, pxE8: FixedE8): FixedE8 => (szE8 * pxE8) / 100_000_000n
  const total =
    sums.sellUsdE8 -
    sums.buyUsdE8 +
    worth(positionE8, markE8) -
    worth(startPositionE8, startMarkE8) -
    sums.feesE8 +
    fundingE8
  const matched = parseFixed(tradePnl(sums).netUsd)
  const traded = sums.buySzE8 - sums.sellSzE8
  const average =
    traded > 0n ? averageE8(sums.buyUsdE8, sums.buySzE8) : averageE8(sums.sellUsdE8, sums.sellSzE8)
  const inventory = worth(traded, markE8 - average)
  const carryIn = worth(startPositionE8, markE8 - startMarkE8)
  return {
    totalUsd: formatFixed(total),
    matchedUsd: formatFixed(matched),
    inventoryUsd: formatFixed(inventory),
    carryInUsd: formatFixed(carryIn),
    fundingUsd: formatFixed(fundingE8),
    unexplainedUsd: formatFixed(total - matched - inventory - carryIn - fundingE8),
  }
}
