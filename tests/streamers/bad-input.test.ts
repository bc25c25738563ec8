/** Whatever the venue sends: unknown fields, broken frames, repeated trades, empty books, odd coins and wide prices, from the socket to ClickHouse. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { planMigrations } from '#clickhouse/migrate.ts'
import { ledgerUpdates } from '#clickhouse/tables/accounts.ts'
import { TABLES } from '#clickhouse/tables/index.ts'
import * as marketTables from '#clickhouse/tables/market.ts'
import * as derived from '#clickhouse/tables/market-derived.ts'
import { health, ingestGaps, rejectedFrames } from '#clickhouse/tables/operations.ts'
import * as tradingTables from '#clickhouse/tables/trading.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import { createWriter } from '#clickhouse/writer/writer.ts'
import { systemClock as clock } from '#config/clock.ts'
import { PRESETS } from '#domain/market/recording-policy.ts'
import type { MarketSubscription } from '#exchange/wire/frames.ts'
import { createRecording, type Recording } from '#streamers/recording.ts'
import { type FrontProcess, startFrontProcess } from '#tests/clickhouse/front-process.ts'
import { silentLog } from './fakes.ts'
import { startVenueStandIn, type VenueStandIn } from './venue-stand-in.ts'

const TRADES: MarketSubscription = { type: 'trades', coin: 'BTC' }
const BOOK: MarketSubscription = { type: 'l2Book', coin: 'BTC' }
const BBO: MarketSubscription = { type: 'bbo', coin: 'BTC' }
const trade = (tid: number, more: object = {}) => ({
  ...{ coin: 'BTC', side: 'B', px: '100.5', sz: '1.0', time: 1_790_000_000_000 + tid, tid, ...more },
})
const level = (px: string, sz = '1.0') => ({ px, sz, n: 1 })

let front: FrontProcess
let client: ClickHouseClient
let folder: string
let venue: VenueStandIn
let writer: Writer
let recording: Recording

beforeAll(async () => {
  front = await startFrontProcess()
  client = front.client()
  for (const { statements } of planMigrations(TABLES))
    for (const query of statements) await client.command({ query })
})
afterAll(async () => {
  await client?.close()
  await front?.remove()
})
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-bad-input-'))
  venue = await startVenueStandIn()
  venue.unknownCoins.add('DELISTED')
  writer = createWriter({ client, spoolDir: join(folder, 'spool'), clock, log: silentLog })
  recording = createRecording({
    ...{ writer, url: venue.url, clock, log: silentLog, accounts: [], sessionOf: () => '' },
    tables: {
      ...marketTables,
      ...derived,
      ...tradingTables,
      ledgerUpdates,
      ingestGaps,
      health,
      rejectedFrames,
    },
    subscriptions: [TRADES, BOOK, BBO, { type: 'trades', coin: 'DELISTED' }],
    identity: { market: 'test', boot: 'test' },
    stateFile: join(folder, 'state.json'),
    ...{ staleMs: 10_000, seed: 1, policies: PRESETS.full, liquidators: [`0x${'f'.repeat(40)}`] },
    fallback: { venue: {} as never, afterMs: 0 },
  })
  await recording.market.start()
})
afterEach(async () => {
  await recording.market.close()
  await writer.close()
  await venue.close()
  rmSync(folder, { recursive: true, force: true })
  for (const table of ['trades', 'bbo', 'l2_snapshots', 'liquidity', 'liquidations', 'rejected_frames'])
    await client.command({ query: `TRUNCATE TABLE ${table}` })
})

/** Every frame has been read and every row is in ClickHouse. */
async function settled(frames: number): Promise<void> {
  await vi.waitFor(() => expect(recording.market.status().frames).toBeGreaterThanOrEqual(frames + 4), {
    timeout: 10_000,
  })
  await writer.drain()
}
const rows = async <Row>(query: string): Promise<Row[]> =>
  (
    await client.query({
      ...{ query, format: 'JSONEachRow' },
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    })
  ).json<Row>()

test('an unknown field costs nothing and is counted once per shape', async () => {
  for (let tid = 0; tid < 5; tid++) venue.publish(TRADES, 'trades', [trade(tid, { mood: 'good' })])
  venue.publish(TRADES, 'trades', [trade(9, { mood: 'bad', weather: 1 })])
  await settled(6)
  expect(await rows('SELECT count() AS n FROM trades')).toEqual([{ n: 6 }])
  const shapes = Object.keys(recording.market.status().faultsByKind)
  expect(shapes).toEqual(['UNKNOWN_FIELDS trades mood', 'UNKNOWN_FIELDS trades mood,weather'])
  expect(recording.market.status().faults).toBe(0)
})

test('a frame with a missing or wrongly typed field is a rejected row with a sample, and the next one is read', async () => {
  venue.publish(TRADES, 'trades', [trade(1), trade(2, { px: 100.5 })])
  venue.publish(TRADES, 'trades', [trade(3, { tid: undefined })])
  venue.publish(BBO, 'bbo', { coin: 'BTC', time: 1, bbo: 'none' })
  venue.sendRaw('{"channel":"trades","data":[{')
  venue.publish(TRADES, 'trades', [trade(4)])
  await settled(5)
  expect(await rows('SELECT tid FROM trades')).toEqual([{ tid: 4 }])
  const rejected = await rows<{ kind: string; sample: string; reason: string }>(
    'SELECT kind, sample, reason FROM rejected_frames ORDER BY kind',
  )
  expect(rejected.map(({ kind }) => kind)).toEqual([
    'MALFORMED_FRAME',
    'MALFORMED_FRAME bbo data.bbo',
    'MALFORMED_FRAME trades data[*].px',
    'MALFORMED_FRAME trades data[*].tid',
  ])
  expect(rejected[2]?.sample).toContain('"px":100.5')
  expect(rejected.every(({ reason }) => reason.includes('expected'))).toBe(true)
})

test('trades out of order, twice, and replayed later change nothing: their id is the key', async () => {
  const some = [5, 3, 9, 1].map((tid) => trade(tid))
  for (const one of [...some, ...some.toReversed()]) venue.publish(TRADES, 'trades', [one])
  venue.publish(TRADES, 'trades', some)
  await settled(9)
  const stored = await rows<{ tid: number }>('SELECT tid FROM trades FINAL ORDER BY tid')
  expect(stored.map(({ tid }) => tid)).toEqual([1, 3, 5, 9])
})

test('books with one side or none, and best prices with one, are rows; costs are computed where both sides are', async () => {
  const book = (time: number, bids: object[], asks: object[]) =>
    venue.publish(BOOK, 'l2Book', { coin: 'BTC', time, levels: [bids, asks] })
  book(1, [level('99')], [])
  book(2, [], [])
  book(3, [level('99', '0.0')], [level('101', '50.0')])
  venue.publish(BBO, 'bbo', { coin: 'BTC', time: 1, bbo: [null, level('101')] })
  venue.publish(BBO, 'bbo', { coin: 'BTC', time: 2, bbo: [null, null] })
  await settled(5)
  const sizes = await rows<{ bids: number; asks: number }>(
    'SELECT length(bid_px) AS bids, length(ask_px) AS asks FROM l2_snapshots ORDER BY ts',
  )
  expect(sizes.map(({ bids, asks }) => [Number(bids), Number(asks)])).toEqual([
    [1, 0],
    [0, 0],
    [1, 1],
  ])
  expect(await rows('SELECT count() AS n FROM bbo')).toEqual([{ n: 2 }])
  const costs = await rows<{ filled: string }>(
    "SELECT toString(filled_usd) AS filled FROM liquidity WHERE side = 'sell' AND usd = 1000",
  )
  expect(costs).toEqual([{ filled: '0' }]) // a level of size zero fills nothing
})

test('contexts of spot markets and greetings are passed over; a delisted coin is refused and costs only itself', async () => {
  venue.sendRaw(JSON.stringify({ channel: 'activeSpotAssetCtx', data: { coin: '@107', ctx: {} } }))
  venue.sendRaw('Websocket connection established.')
  venue.publish(TRADES, 'trades', [trade(1, { coin: '@107' })])
  await settled(3)
  const { faults, refused, text } = recording.market.status()
  expect({ faults, text, refused: Object.keys(refused) }).toEqual({
    ...{ faults: 0, text: '1/1 connected', refused: ['trades|DELISTED||'] },
  })
  expect(await rows('SELECT coin FROM trades')).toEqual([{ coin: '@107' }])
})

test('sizes of zero and prices with ten digits are stored exactly; one more digit is set aside alone', async () => {
  venue.publish(TRADES, 'trades', [
    trade(1, { sz: '0.0' }),
    trade(2, { px: '9999999999.87654321' }),
    trade(3, { px: '12345678901.5' }),
    trade(4, { px: '0.00000001' }),
  ])
  await settled(1)
  expect(await rows('SELECT tid, toString(px) AS px, toString(sz) AS sz FROM trades ORDER BY tid')).toEqual([
    { tid: 1, px: '100.5', sz: '0' },
    { tid: 2, px: '9999999999.87654321', sz: '1' },
    { tid: 4, px: '0.00000001', sz: '1' },
  ])
  expect(writer.stats().rowsQuarantined).toBe(1)
})

test('a trade of a liquidator vault is a liquidation of its counterpart', async () => {
  const [vault, long] = [`0x${'f'.repeat(40)}`, `0x${'a'.repeat(40)}`]
  venue.publish(TRADES, 'trades', [trade(1, { users: [vault, long] }), trade(2, { users: [long, long] })])
  await settled(1)
  expect(
    await rows('SELECT tid, liquidated, side, toString(notional_usd) AS usd, evidence FROM liquidations'),
  ).toEqual([{ tid: 1, liquidated: long, side: 'sell', usd: '100.5', evidence: 'vault' }])
})
