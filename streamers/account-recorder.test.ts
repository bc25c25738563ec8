/** Own fills are stored once, named by the session of their client order id; a repeated past is not written again. */
import { expect, test } from 'vitest'
import { ledgerUpdates } from '#clickhouse/tables/accounts.ts'
import { liquidations } from '#clickhouse/tables/market-derived.ts'
import * as trading from '#clickhouse/tables/trading.ts'
import type { FillEvent, OrderEvent } from '#domain/events.ts'
import { buildCloid, hash32, sessionId } from '#domain/ids.ts'
import { createAccountRecorder, type FillReach } from '#streamers/account-recorder.ts'
import { createFakeWriter } from '#tests/streamers/fakes.ts'

const SESSION = sessionId('paper', 'maker-eth')
const CLOID = buildCloid({ tag: hash32(SESSION), epoch: 2, seq: 3, run: 4, leg: 5 })
const fill = (ts: number, tid: number, more: Partial<FillEvent> = {}): FillEvent => ({
  kind: 'fill',
  account: 'paper-maker',
  coin: 'ETH',
  ts,
  tid,
  oid: 9,
  cloid: CLOID,
  side: 'buy',
  px: '100',
  sz: '1',
  startPosition: '0',
  direction: 'Open Long',
  closedPnl: '0',
  fee: '0.01',
  crossed: false,
  hash: '',
  snapshot: false,
  receivedTs: ts,
  ...more,
})
const make = (from: FillReach[] = []) => {
  const writer = createFakeWriter()
  const sessionOf = (tag: number): string => (tag === hash32(SESSION) ? SESSION : '')
  return {
    writer,
    recorder: createAccountRecorder({ writer, tables: { ...trading, ledgerUpdates }, sessionOf, from }),
  }
}
const tids = (writer: ReturnType<typeof createFakeWriter>): unknown[] =>
  writer.of('fills').map(({ tid }) => tid)

test('a fill names its session; one of a stranger does not', () => {
  const { writer, recorder } = make()
  recorder.take([fill(1, 1), fill(2, 2, { cloid: '' })])
  expect(writer.of('fills').map(({ session_id }) => session_id)).toEqual([SESSION, ''])
})

test('a snapshot writes only what is newer than the stored reach, and tells fills of one millisecond apart', () => {
  const { writer, recorder } = make([{ account: 'paper-maker', ts: 5, tids: [50] }])
  const snapshot = { snapshot: true }
  recorder.take([fill(4, 40, snapshot), fill(5, 50, snapshot), fill(5, 51, snapshot), fill(6, 60, snapshot)])
  expect(tids(writer)).toEqual([51, 60])
  recorder.take([fill(6, 60, snapshot), fill(6, 61, snapshot)])
  expect(tids(writer)).toEqual([51, 60, 61])
  expect(recorder.reach()).toEqual([{ account: 'paper-maker', ts: 6, tids: [60, 61] }])
})

test('a live fill is written whatever its time, and another account has a reach of its own', () => {
  const { writer, recorder } = make([{ account: 'paper-maker', ts: 5, tids: [50] }])
  recorder.take([fill(3, 30), fill(4, 41, { snapshot: true, account: 'paper-candles' })])
  expect(tids(writer)).toEqual([30, 41])
})

test('a refused write leaves the reach, so that the same fills are taken when given again', () => {
  const { writer, recorder } = make()
  writer.isFull = true
  expect(() => recorder.take([fill(1, 1, { snapshot: true })])).toThrow('spool is full')
  writer.isFull = false
  recorder.take([fill(1, 1, { snapshot: true })])
  expect(tids(writer)).toEqual([1])
})

test('an order update carries epoch, run and sequence of its client order id and the venue’s own word', () => {
  const { writer, recorder } = make()
  const order: OrderEvent = {
    kind: 'order',
    account: 'paper-maker',
    coin: 'ETH',
    oid: 9,
    cloid: CLOID,
    side: 'sell',
    limitPx: '100',
    sz: '0.4',
    originalSz: '1',
    status: 'canceled',
    word: 'selfTradeCanceled',
    ts: 7,
    receivedTs: 8,
  }
  recorder.take([order])
  expect(writer.of('orders')).toEqual([
    expect.objectContaining({
      session_id: SESSION,
      epoch: 2,
      seq: 3,
      run: 4,
      sz: '1',
      status: 'selfTradeCanceled',
      status_ts: 7,
    }),
  ])
})

test('money that came or went is a row with its sign', () => {
  const { writer, recorder } = make()
  const event = {
    kind: 'ledger',
    account: 'main',
    ts: 5,
    hash: '',
    word: 'withdraw',
    usd: '-10',
    token: 'USDC',
    amount: '9',
    feeUsd: '1',
    details: '{}',
    receivedTs: 6,
  } as const
  recorder.take([event])
  expect(writer.of('ledger_updates')).toMatchObject([
    { account: 'main', kind: 'withdraw', usd: '-10', fee_usd: '1' },
  ])
})

test('a fill of a liquidation is a liquidation too: of the account itself, or of its counterpart', () => {
  const writer = createFakeWriter()
  const recorder = createAccountRecorder({
    writer,
    tables: { ...trading, ledgerUpdates, liquidations },
    sessionOf: () => '',
    addressOf: () => '0xab',
  })
  const liquidation = { user: '0xab', method: 'backstop' } as const
  recorder.take([
    fill(1, 1, { px: '10', sz: '2', side: 'sell', direction: 'Close Long', liquidation }),
    fill(2, 2, { side: 'buy', direction: 'Open Long', liquidation: { user: '0xcd', method: 'market' } }),
    fill(3, 3),
  ])
  expect(
    writer
      .of('liquidations')
      .map(({ tid, liquidated, side, method, evidence }) => [tid, liquidated, side, method, evidence]),
  ).toEqual([
    [1, '0xab', 'sell', 'backstop', 'fill'],
    [2, '0xcd', 'sell', 'market', 'fill'],
  ])
  expect(writer.of('liquidations')[0]).toMatchObject({ notional_usd: '20' })
})
