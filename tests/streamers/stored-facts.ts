/** What ClickHouse holds of the market, in the same words as the recording (recording.ts), and what of it is missing. */
import { plain, type RecordedFacts } from './recording.ts'
import type { World } from './world.ts'

interface Level {
  px: string
  sz: string
}
const levels = (px: readonly string[], sz: readonly string[]): string =>
  px.map((each, at) => `${plain(each)}*${plain(sz[at] ?? '')}`).join(' ')
const side = ({ px, sz }: Level): string => (px === '0' ? '' : `${plain(px)}*${plain(sz)}`)

/** Distinct rows of the three hot tables as facts, and how many rows there are with replaced versions counted once. */
export async function storedFacts(
  world: World,
): Promise<RecordedFacts & { rows: Record<keyof RecordedFacts, number> }> {
  const ms = 'toUnixTimestamp64Milli(ts) AS time'
  const trades = await world.rows<{
    coin: string
    time: string
    tid: string
    side: string
    px: string
    sz: string
  }>(`SELECT coin, ${ms}, tid, if(side = 'buy', 'B', 'A') AS side, px, sz FROM trades FINAL`)
  const bbo = await world.rows<Record<string, string>>(
    `SELECT coin, ${ms}, bid_px, bid_sz, ask_px, ask_sz FROM bbo FINAL`,
  )
  const l2 = await world.rows<{
    coin: string
    time: string
    bid_px: string[]
    bid_sz: string[]
    ask_px: string[]
    ask_sz: string[]
  }>(`SELECT coin, ${ms}, bid_px, bid_sz, ask_px, ask_sz FROM l2_snapshots FINAL`)
  return {
    rows: { trades: trades.length, bbo: bbo.length, l2: l2.length },
    trades: new Set(
      trades.map((row) => [row.coin, row.time, row.tid, row.side, plain(row.px), plain(row.sz)].join('|')),
    ),
    bbo: new Set(
      bbo.map((row) =>
        [
          row.coin,
          row.time,
          side({ px: row.bid_px ?? '', sz: row.bid_sz ?? '' }),
          side({ px: row.ask_px ?? '', sz: row.ask_sz ?? '' }),
        ].join('|'),
      ),
    ),
    l2: new Set(
      l2.map((row) =>
        [row.coin, row.time, levels(row.bid_px, row.bid_sz), levels(row.ask_px, row.ask_sz)].join('|'),
      ),
    ),
  }
}

export interface GapRow {
  channel: string
  coin: string
  opened: number
  closed: number
  reason: string
  status: string
  rows_recovered: number
  remains: string
}

export async function gapRows(world: World): Promise<GapRow[]> {
  const rows = await world.rows<Record<string, string>>(
    `SELECT channel, coin, toUnixTimestamp64Milli(opened_ts) AS opened, toUnixTimestamp64Milli(closed_ts) AS closed, reason, status, rows_recovered, remains
     FROM ingest_gaps FINAL ORDER BY opened_ts, channel, coin`,
  )
  return rows.map((row) => ({
    ...(row as unknown as GapRow),
    opened: Number(row.opened),
    closed: Number(row.closed),
    rows_recovered: Number(row.rows_recovered),
  }))
}

/** Facts of the recording that are neither stored nor inside a declared gap of their channel and coin. */
export function unexplained(
  recorded: ReadonlySet<string>,
  stored: ReadonlySet<string>,
  channel: string,
  gaps: readonly GapRow[],
): string[] {
  return [...recorded].filter((fact) => {
    if (stored.has(fact)) return false
    const [coin, time] = fact.split('|')
    return !gaps.some(
      (gap) =>
        gap.channel === channel &&
        gap.coin === coin &&
        Number(time) >= gap.opened &&
        (gap.closed === 0 || Number(time) <= gap.closed),
    )
  })
}
