/** A process that writes numbered rows and is killed in the middle: for tests of what survives. Run alone it is that process. */
// Arguments: ClickHouse URL, spool folder, first number, count, rows per turn. It prints `taken N` for rows that were flushed.
import { createClickHouse } from '#clickhouse/client.ts'
import { trades } from '#clickhouse/tables/market.ts'
import { createWriter } from '#clickhouse/writer/writer.ts'
import { systemClock } from '#config/clock.ts'

export const silentLog = { info: () => {}, warn: () => {}, error: () => {} }

const START_TS = Date.UTC(2026, 10, 20, 23, 59)

/** The row with this number: a millisecond apart, so that they run over midnight into a second partition. */
export const numberedTrade = (number: number) => ({
  coin: 'BTC',
  ts: START_TS + number,
  tid: number,
  side: number % 2 === 0 ? ('buy' as const) : ('sell' as const),
  px: `${60_000 + (number % 1000)}.5`,
  sz: '0.001',
  hash: '',
  buyer: '',
  seller: '',
  received_ts: START_TS + number,
})

/** Writes `count` rows; after every turn it says how many are on disk. */
async function run(
  url: string,
  spoolDir: string,
  first: number,
  count: number,
  perTurn: number,
): Promise<void> {
  const client = createClickHouse({
    CLICKHOUSE_URL: url,
    CLICKHOUSE_USER: 'default',
    CLICKHOUSE_PASSWORD: '',
    CLICKHOUSE_DATABASE: 'default',
    HOLDFAST_PORT_CLICKHOUSE: undefined,
  })
  const limits = { batchAgeMs: 20, batchRows: 200, batchRowsMax: 500, retryMsMin: 10, retryMsMax: 100 }
  const tell = (facts: unknown, text?: string) =>
    void process.stderr.write(`${systemClock.now()} ${text} ${JSON.stringify(facts)}\n`)
  const log = { info: tell, warn: tell, error: tell }
  const writer = createWriter({ client, spoolDir, clock: systemClock, log, limits })
  for (let at = first; at < first + count; at += perTurn) {
    writer.write(
      trades,
      Array.from({ length: perTurn }, (_, i) => numberedTrade(at + i)),
    )
    await writer.flush()
    process.stdout.write(`taken ${at + perTurn - first}\n`)
    await writer.room()
  }
  await writer.drain()
  process.stdout.write('drained\n')
  await writer.close()
  await client.close()
}

if (import.meta.main) {
  const [url = '', spoolDir = '', first, count, perTurn] = process.argv.slice(2)
  await run(url, spoolDir, Number(first), Number(count), Number(perTurn))
}
