/** A maker's coordinator between cycles: its money is what the test says, and what it alerts, advises and hands on is kept. */
import { formatFixed, fromNumber } from '#domain/fixed-point.ts'
import { NO_STANDING, observeRisk } from '#domain/risk/standing.ts'
import type { SessionBook } from '#domain/session/book.ts'
import { judgeCycle, makerParams } from '#domain/session/control-maker.ts'
import type { CycleFacts } from '#domain/session/maker-state.ts'
import { type MakerParams, SpreadParams } from '#domain/strategies/maker/params.ts'
import { flatPosition } from '#domain/trading/position.ts'
import { bookOf, makerSession } from './session-effects.ts'

export interface MakerCare {
  book: SessionBook
  /** Ends a cycle with this net PnL of the session, nothing held; then the next segment would begin. */
  cycle(ts: number, at: { netUsd: number; px?: number }): void
  /** What the next segment would quote with. */
  params(): MakerParams
  seen(): { alerts: string[]; modes: string[]; sizes: number[] }
}

export function makerCare(
  from: { startUsd: number | null; takerFills?: number; makerFills?: number; freeUsd?: number } & Record<
    string,
    unknown
  >,
): MakerCare {
  const { startUsd, takerFills = 0, makerFills = 0, freeUsd = null, ...knobs } = from
  const params = SpreadParams.parse({ strategy: 'spread', ...knobs })
  const book = bookOf(makerSession(), { params, startedTs: 0 })
  const sizes: number[] = []
  const next = (): MakerParams => makerParams(book, params) as MakerParams
  return {
    book,
    cycle(ts, { netUsd, px = 100 }) {
      const flow = { buySz: '0', buyUsd: '0', sellSz: '0', sellUsd: '0', makerFills, takerFills }
      const pnl = formatFixed(fromNumber(netUsd))
      const position = { ...flatPosition('BTC'), realizedPnl: pnl, flow }
      const cycle: CycleFacts = {
        ...{ spread_bps: null, adverse: false, hour_fills: 0, exact_usd: '0', inventory_usd: '0' },
        ...{ carry_in_usd: '0', funding_usd: '0', free_usd: freeUsd },
      }
      const equityE8 = startUsd === null ? null : fromNumber(startUsd + netUsd)
      const facts = { ts, positions: [position], netPnlE8: fromNumber(netUsd), equityE8 }
      const { checkpoint } = book
      book.checkpoint = {
        ...{ ...checkpoint, positions: [position], markPx: { BTC: String(px) } },
        risk: observeRisk(checkpoint.risk ?? NO_STANDING, facts),
        equityUsd: equityE8 === null ? '0' : formatFixed(equityE8),
        engine: { ...checkpoint.engine, maker: { cycle } },
      }
      judgeCycle(book, ['BTC'], ts)
      sizes.push(next().size_notional_usd)
    },
    params: next,
    seen() {
      const said = book.pending.decisions.map(({ ts, reason }) => `${ts / 60_000} ${reason}`)
      return {
        alerts: said.filter((text) => text.includes('ALERT_')),
        modes: said.filter((text) => text.includes('ADVISOR_')),
        sizes,
      }
    },
  }
}
