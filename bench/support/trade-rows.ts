/** Trades that look like recorded ones: a price that walks on its grid, sizes of few digits, days as partitions. */
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { trades } from '#clickhouse/tables/market.ts'

/** Inserts `rows` trades over `partitions` days, `blockRows` an insert, made by the engine itself from the seed. */
export async function fillTrades(
  client: ClickHouseClient,
  {
    rows,
    partitions,
    blockRows,
    seed,
  }: { rows: number; partitions: number; blockRows: number; seed: number },
): Promise<void> {
  const perPartition = Math.floor(rows / partitions)
  for (let partition = 0; partition < partitions; partition++) {
    const first = partition * perPartition
    const last = partition === partitions - 1 ? rows : first + perPartition
    for (let at = first; at < last; at += blockRows) {
      await client.command({
        query: `INSERT INTO trades (${trades.columnNames.join(', ')})
          SELECT ['BTC', 'ETH', 'SOL'][1 + number % 3] AS coin,
            toDateTime64('2026-09-01 00:00:00', 3, 'UTC') + INTERVAL {day:UInt32} DAY + INTERVAL (number - {first:UInt64}) * 40 % 86400000 MILLISECOND AS ts,
            number * 7919 + {seed:UInt32} AS tid,
            if(cityHash64(number, {seed:UInt32}) % 2 = 0, 'buy', 'sell') AS side,
            toDecimal64(60000 + sin(number / 90000) * 900 + cityHash64(number) % 40, 8) AS px,
            toDecimal64((1 + cityHash64(number, 3) % 500) / 1000, 8) AS sz,
            '' AS hash, concat('0x', hex(cityHash64(number % 997))) AS buyer, concat('0x', hex(cityHash64(number % 1009))) AS seller,
            ts + INTERVAL 90 MILLISECOND AS received_ts
          FROM numbers({at:UInt64}, {count:UInt64})`,
        query_params: { day: partition, first, seed, at, count: Math.min(blockRows, last - at) },
      })
    }
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
}
