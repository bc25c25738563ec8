/** A process that writes a fixed number of rows a second through the durable writer and tells its memory. Run alone it is that process. */
// Arguments: ClickHouse URL, spool folder, rows a second, seconds. It prints one JSON line a second, and one with `done` at the end.
import { createClickHouse } from '#clickhouse/client.ts'
import { trades } from '#clickhouse/tables/market.ts'
import { createWriter } from '#clickhouse/writer/writer.ts'
import { systemClock as clock } from '#config/clock.ts'
import { numberedTrade, silentLog } from './writer-process.ts'

/** What the process says of itself. */
export interface FloodLine {
  /** Rows that the writer took. */
  written: number
  inserted: number
  quarantined: number
  pending_bytes: number
  pending_batches: number
  /** Memory of the process, bytes. */
  rss: number
  heap: number
  /** Rows are all in ClickHouse: the last line. */
  done?: true
}

const TURN_MS = 20

async function run(url: string, spoolDir: string, rowsPerS: number, seconds: number): Promise<void> {
  const client = createClickHouse({
    CLICKHOUSE_URL: url,
    CLICKHOUSE_USER: 'default',
    CLICKHOUSE_PASSWORD: '',
    CLICKHOUSE_DATABASE: 'default',
    HOLDFAST_PORT_CLICKHOUSE: undefined,
  })
  const writer = createWriter({ client, spoolDir, clock, log: silentLog })
  const tell = (more: { done?: true } = {}): void => {
    const { rowsWritten, rowsInserted, rowsQuarantined, bytesPending, batchesPending } = writer.stats()
    const { rss, heapUsed } = process.memoryUsage()
    const line: FloodLine = {
      ...{ written: rowsWritten, inserted: rowsInserted, quarantined: rowsQuarantined },
      ...{ pending_bytes: bytesPending, pending_batches: batchesPending, rss, heap: heapUsed, ...more },
    }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  }
  const from = clock.monotonicMs()
  let written = 0
  let toldS = 0
  for (;;) {
    const elapsedMs = Math.min(clock.monotonicMs() - from, seconds * 1_000)
    const due = Math.floor((elapsedMs / 1_000) * rowsPerS)
    // As a socket would: what is due is written in pieces, and others get their turn.
    for (; written < due; written += Math.min(500, due - written)) {
      const count = Math.min(500, due - written)
      writer.write(
        trades,
        Array.from({ length: count }, (_, at) => numberedTrade(written + at)),
      )
    }
    if (elapsedMs / 1_000 >= toldS + 1) {
      toldS++
      tell()
    }
    if (elapsedMs >= seconds * 1_000) break
    await clock.sleep(TURN_MS)
  }
  const telling = new AbortController()
  const told = (async () => {
    while (!telling.signal.aborted) {
      await clock.sleep(1_000, telling.signal)
      if (!telling.signal.aborted) tell()
    }
  })()
  await writer.drain()
  telling.abort()
  await told
  tell({ done: true })
  await writer.close()
  await client.close()
}

if (import.meta.main) {
  const [url = '', spoolDir = '', rowsPerS, seconds] = process.argv.slice(2)
  await run(url, spoolDir, Number(rowsPerS), Number(seconds))
}
