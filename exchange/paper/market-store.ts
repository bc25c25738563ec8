/** What the market needs to go on after a restart: the source's position, and the minutes that have closed. */
// Not here: accounts (journal.ts). Losing this file costs market history, never an order.
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Candle } from '#exchange/paper/market/candles.ts'
import type { HistoryCandle } from '#exchange/paper/sources/source.ts'

export interface MarketStore {
  /** Position of the source of this name, or null. */
  checkpoint(source: string): unknown
  saveCheckpoint(source: string, checkpoint: unknown): void
  /** Minutes that closed since the source began, oldest first. */
  minutes(source: string): HistoryCandle[]
  addMinutes(source: string, minutes: readonly { coin: string; asset: number; candle: Candle }[]): void
  /** Forgets the minutes of a source that begins anew. */
  reset(source: string): void
}

const safe = (source: string): string => source.replace(/[^a-zA-Z0-9.-]+/g, '_').slice(-80)
const MINUTE_MS = 60_000

export function createMarketStore(folder: string): MarketStore {
  mkdirSync(folder, { recursive: true })
  const checkpointFile = (source: string) => join(folder, `market-${safe(source)}.json`)
  const minutesFile = (source: string) => join(folder, `market-${safe(source)}-minutes.csv`)
  return {
    checkpoint: (source) => {
      const file = checkpointFile(source)
      if (!existsSync(file)) return null
      try {
        return JSON.parse(readFileSync(file, 'utf8')) as unknown
      } catch {
        return null // written by rename, so only a foreign hand can have broken it: begin anew
      }
    },
    saveCheckpoint: (source, checkpoint) => {
      const file = checkpointFile(source)
      writeFileSync(`${file}.tmp`, JSON.stringify(checkpoint))
      renameSync(`${file}.tmp`, file)
    },
    minutes: (source) => {
      const file = minutesFile(source)
      if (!existsSync(file)) return []
      const rows: HistoryCandle[] = []
      for (const line of readFileSync(file, 'utf8').split('\n')) {
        const [asset, openTs, open, high, low, close, volume, trades] = line.split(',').map(Number)
        if (trades === undefined || !Number.isFinite(trades)) continue
        rows.push({
          asset,
          lengthMs: MINUTE_MS,
          openTs,
          open,
          high,
          low,
          close,
          volume,
          trades,
        } as HistoryCandle)
      }
      return rows
    },
    addMinutes: (source, minutes) => {
      if (minutes.length === 0) return
      const text = minutes.map(
        ({ asset, candle: c }) =>
          `${[asset, c.openTs, c.open, c.high, c.low, c.close, c.volume, c.trades].join(',')}\n`,
      )
      appendFileSync(minutesFile(source), text.join(''))
    },
    reset: (source) => writeFileSync(minutesFile(source), ''),
  }
}
