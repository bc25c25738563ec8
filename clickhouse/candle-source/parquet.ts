/** Candles of one Parquet file, read by the embedded engine in a throw-away folder: no server is needed. */
// Not here: which files are read (files.ts).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type EngineConnection, openEngine } from '#clickhouse/front/engine.ts'
import { engineConfigXml } from '#clickhouse/front/engine-config.ts'
import { sqlString } from '#clickhouse/front/sql-text.ts'
import type { CandleRow } from '#domain/backtest/series.ts'
import { InvalidInputError } from '#domain/errors.ts'

const MEMORY_MEGABYTES = 1_024
const NUMBERS = ['open', 'high', 'low', 'close', 'volume'] as const

/** Columns t (ms) or open_ts (a time), open, high, low, close, volume. @throws InvalidInputError */
export async function readParquetCandles(path: string): Promise<CandleRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-parquet-'))
  try {
    const config = join(folder, 'config.xml')
    writeFileSync(config, engineConfigXml(MEMORY_MEGABYTES))
    const engine = openEngine(join(folder, 'data'), config)
    const connection = engine.open()
    try {
      return await readRows(connection, path)
    } finally {
      connection.close()
      engine.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function readRows(connection: EngineConnection, path: string): Promise<CandleRow[]> {
  const source = `file(${sqlString(resolve(path))}, Parquet)`
  const columns = await rowsOf<[string, string]>(connection, `DESCRIBE ${source}`)
  const types = new Map(columns.map(([name, type]) => [name, type]))
  const time = types.has('t') ? 't' : 'open_ts'
  const missing = [time, ...NUMBERS].filter((name) => !types.has(name))
  if (missing.length > 0) {
    throw new InvalidInputError({
      source: path,
      path: '',
      found: `columns ${[...types.keys()].join(', ')}`,
      expected: `also ${missing.join(', ')}`,
    })
  }
  const isTime = (types.get(time) ?? '').includes('DateTime')
  const ms = isTime ? `toUnixTimestamp64Milli(toDateTime64(${time}, 3, 'UTC'))` : `toInt64(${time})`
  const fields = NUMBERS.map((name) => `toFloat64(${name})`).join(', ')
  const rows = await rowsOf<(number | string)[]>(
    connection,
    `SELECT ${ms}, ${fields} FROM ${source} ORDER BY 1`,
  )
  return rows.map((row) => {
    const [openTs = 0, open = 0, high = 0, low = 0, close = 0, volume = 0] = row.map(Number)
    return { openTs, open, high, low, close, volume }
  })
}

async function rowsOf<Row>(connection: EngineConnection, sql: string): Promise<Row[]> {
  const { bytes } = await connection.run(sql, 'JSONCompactEachRow')
  return bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row)
}
