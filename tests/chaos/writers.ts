/** The writing side of a chaos run: numbered trades of several days, candles and kills in ever newer versions, through the durable writer. */
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { candles, trades } from '#clickhouse/tables/market.ts'
import { kills } from '#clickhouse/tables/trading.ts'
import { createWriter } from '#clickhouse/writer/writer.ts'
import { systemClock } from '#config/clock.ts'
import { DAY_MS, MINUTE_MS } from '#domain/time.ts'

/** First of the days whose trades are written. */
const FIRST_DAY = Date.UTC(2026, 8, 28)
const DAYS = 5
const CANDLES = 120
const KILLS = 40

export interface ChaosWriters {
  /** Trades written: their tids are 0 to this, exclusive. */
  trades(): number
  /** Sum of the newest volume of every candle. */
  candleVolume(): number
  /** Stops, and waits until everything is in ClickHouse. */
  finish(): Promise<void>
}

/** Starts to write and goes on until `finish`. */
export function startWriters(client: ClickHouseClient, spoolDir: string): ChaosWriters {
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const limits = { batchAgeMs: 200, batchRows: 500, batchRowsMax: 2_000, retryMsMin: 20, retryMsMax: 300 }
  const writer = createWriter({ client, spoolDir, clock: systemClock, log, limits })
  const volumes = new Map<number, number>()
  let count = 0
  let turn = 0
  let isOn = true
  const write = (): void => {
    writer.write(
      trades,
      Array.from({ length: 50 }, () => trade(count++)),
    )
    const at = turn % CANDLES
    volumes.set(at, turn)
    writer.write(candles, [candle(at, turn)])
    writer.write(kills, [kill(turn)])
    turn++
  }
  const done = (async () => {
    while (isOn) {
      write()
      await systemClock.sleep(25)
      await writer.room()
    }
  })()
  return {
    trades: () => count,
    candleVolume: () => [...volumes.values()].reduce((sum, volume) => sum + volume, 0),
    async finish() {
      isOn = false
      await done
      await writer.drain()
      await writer.close()
    },
  }
}

const trade = (number: number) => ({
  coin: number % 3 === 0 ? 'ETH' : 'BTC',
  ts: FIRST_DAY + (number % DAYS) * DAY_MS + (number % DAY_MS),
  tid: number,
  side: number % 2 === 0 ? ('buy' as const) : ('sell' as const),
  px: `${60_000 + (number % 1000)}.5`,
  sz: '0.001',
  ...{ hash: '', buyer: '', seller: '' },
  received_ts: FIRST_DAY + number,
})

/** Half of them are of an interval that retention takes after days. */
const candle = (at: number, version: number) => ({
  ...{
    coin: 'BTC',
    interval: at % 2 === 0 ? '1m' : '1d',
    open: '1',
    high: '2',
    low: '1',
    close: '2',
    trades: 1,
  },
  open_ts: FIRST_DAY + at * 7 * MINUTE_MS,
  close_ts: FIRST_DAY + at * 7 * MINUTE_MS + MINUTE_MS - 1,
  volume: String(version),
  received_ts: FIRST_DAY + version,
})

const kill = (turn: number) => ({
  scope: `session:${turn % KILLS}`,
  mode: 'halt',
  reason: `turn ${turn}`,
  requested_by: 'chaos',
  requested_ts: FIRST_DAY,
  cleared_ts: FIRST_DAY + turn,
})
