/** When a session must die by its own losses, and which kills end a session rather than only forbid it to open. */
// Not here: severity and scope of kills (domain/session/kill-order.ts), where they are stored (config/kill-store.ts).
import { type FixedE8, fromNumber } from '#domain/fixed-point.ts'
import { killSeverity } from '#domain/session/kill-order.ts'
import type { KillMode } from '#domain/session/types.ts'

/** True for `halt` and `flatten`: the segment returns and the session closes. `close_only` lets it run and reduce. */
export const endsSession = (mode: KillMode): boolean => killSeverity(mode) >= killSeverity('halt')

/**
 * Why the session must kill itself now, or null.
 * @param netPnlE8 realized + unrealized − fees, USD × 1e8
 * @param lossUsdMax reaching it is enough, USD > 0
 */
export function killReason(netPnlE8: FixedE8, lossUsdMax: number): 'LOSS_LIMIT' | null {
  return netPnlE8 <= -fromNumber(lossUsdMax) ? 'LOSS_LIMIT' : null
}
