/** Heals gaps: asks the venue for what a gap left out, stores it under its own keys, and closes the gap with what it got and what stays missing. */
// Not here: the rules of each channel (heal-market.ts, heal-account.ts), the hourly grid check (candle-check.ts), noticing gaps (streamers/continuity.ts).
import { type HealDeps, healAccountGap } from '#activities/heal-account.ts'
import { type HealMarketDeps, healMarketGap } from '#activities/heal-market.ts'
import type { IngestGapRow } from '#clickhouse/tables/operations.ts'
import { describeError } from '#domain/errors.ts'
import type { Clock, EpochMs } from '#domain/time.ts'

/** A row of ingest_gaps that ended and was not asked for yet, or is still open. */
export interface UnhealedGap {
  channel: string
  /** Coin, or the account's name for channels of accounts. */
  coin: string
  reason: string
  status: string
  rows_recovered: number
  version: number
  opened: EpochMs
  /** 0 while the gap is open. */
  closed: EpochMs
}

/** What asking brought. */
export interface Healed {
  /** Rows that were not stored before. */
  rows: number
  /** What stays missing, in words; '' when nothing does. */
  remains: string
}

export interface BackfillDeps extends HealDeps, HealMarketDeps {
  clock: Pick<Clock, 'now'>
  /** The latest first; `noted_before` leaves out gaps whose neighbouring rows may still be on their way. */
  unhealedGaps(wanted: {
    noted_before: EpochMs
    include_open: boolean
    limit: number
  }): Promise<UnhealedGap[]>
  writeGaps(rows: IngestGapRow[]): Promise<void>
  warn(facts: Readonly<Record<string, unknown>>, message: string): void
  stillRunning(): void
}

export const LIMITS = {
  /** Gaps in one run; the next run takes the rest. */
  gapsMax: 400,
  /** A gap is left alone for so long after it closed: rows around it are still in the spool. */
  settleMs: 5_000,
} as const

export interface BackfillReport {
  gaps: number
  recovered: number
  partial: number
  lost: number
  /** Could not be asked now; the next run tries again. */
  failed: number
  rows: number
}

/** Channels of which the venue keeps no history. */
const NO_HISTORY: Readonly<Record<string, string>> = {
  bbo: 'best prices: the venue keeps no history of quotes',
  l2Book: 'books: the venue keeps no history of books',
  allMids: 'mids: the venue keeps no history of mids; candles and trades of these times are healed',
  activeAssetCtx:
    'contexts: the venue keeps no history of them; funding_rates has the funding of these hours',
}

const ACCOUNT_CHANNELS = ['userFills', 'orderUpdates', 'userFundings', 'userNonFundingLedgerUpdates']

export const createBackfillActivities = (deps: BackfillDeps) => ({
  /** Heals what is due. Repeating it changes nothing: rows have natural keys, and a healed gap is not asked for again. */
  healGaps: async ({ include_open = false }: { include_open?: boolean } = {}): Promise<BackfillReport> => {
    const gaps = await deps.unhealedGaps({
      noted_before: deps.clock.now() - LIMITS.settleMs,
      include_open,
      limit: LIMITS.gapsMax,
    })
    const report: BackfillReport = {
      gaps: gaps.length,
      ...{ recovered: 0, partial: 0, lost: 0, failed: 0, rows: 0 },
    }
    const heal = healer(deps)
    for (const gap of gaps) {
      deps.stillRunning()
      try {
        const healed = await heal(gap)
        report.rows += healed.rows
        if (gap.status === 'open') continue // its end is not known: the streamers close it, and then it is healed
        const row = closedRow(gap, healed, deps.clock.now())
        await deps.writeGaps([row])
        report[row.status as 'recovered' | 'partial' | 'lost']++
      } catch (error) {
        report.failed++
        deps.warn({ channel: gap.channel, coin: gap.coin, why: describeError(error) }, 'a gap was not healed')
      }
    }
    return report
  },
})

function healer(deps: BackfillDeps): (gap: UnhealedGap) => Promise<Healed> {
  const market = healMarketGap(deps)
  return async (gap) => {
    const noHistory = NO_HISTORY[gap.channel]
    if (noHistory !== undefined) return { rows: 0, remains: noHistory }
    if (ACCOUNT_CHANNELS.includes(gap.channel)) return healAccountGap(deps, gap)
    return market(gap)
  }
}

/** Newer than every version that the streamers wrote of this gap. */
const closedRow = (gap: UnhealedGap, { rows, remains }: Healed, now: EpochMs): IngestGapRow => ({
  channel: gap.channel,
  coin: gap.coin,
  opened_ts: gap.opened,
  closed_ts: gap.closed,
  reason: gap.reason,
  rows_recovered: gap.rows_recovered + rows,
  status: remains === '' ? 'recovered' : gap.rows_recovered + rows > 0 ? 'partial' : 'lost',
  version: Math.max(gap.version + 1, now),
  healed_ts: now,
  remains,
})

export type BackfillActivities = ReturnType<typeof createBackfillActivities>
