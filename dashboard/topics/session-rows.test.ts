/** A session's line says what its sources know, and nothing that none of them knows. */
import { expect, test } from 'vitest'
import type { ExchangeAccount, ListedSession, StoredSession } from '#dashboard/services.ts'
import { readPositions, sessionRows } from '#dashboard/topics/session-rows.ts'
import { buildCloid, hash32 } from '#domain/ids.ts'
import type { KillOrder } from '#domain/session/types.ts'

const ID = 'session/paper/maker-eth'
const stored = (change: Partial<StoredSession> = {}): StoredSession => ({
  session_id: ID,
  run: 7,
  engine: 'maker',
  mode: 'paper',
  account: 'paper-maker',
  coins: ['ETH'],
  state: 'RUNNING',
  state_ts: 1_000,
  started_ts: 900,
  epoch: 2,
  host: 'box-1',
  report: '',
  equity_usd: '9998.1',
  net_pnl_usd: '-1.9',
  equity_ts: 5_000,
  position: '{"ETH":"-0.41"}',
  ...change,
})
const listed = (change: Partial<ListedSession> = {}): ListedSession => ({
  session_id: ID,
  state: 'PAUSED',
  engine: 'maker',
  mode: 'paper',
  account: 'paper-maker',
  coin: 'ETH',
  host: 'box-1',
  started_ts: 900,
  ...change,
})
const order = (owner: string, oid: number) => ({
  key: String(oid),
  cloid: buildCloid({ tag: hash32(owner), epoch: 2, seq: oid, run: 7, leg: 0 }),
  oid,
  coin: 'ETH',
  side: 'buy',
  px: '3000',
  sz: '0.1',
  kind: 'limit',
  reduce_only: false,
  ts: 1,
})
const account: ExchangeAccount = {
  ts: 6_000,
  equity_usd: '9999',
  positions: [
    { coin: 'ETH', sz: '-0.5', entry_px: '3000', mark_px: null, unrealized_usd: null },
    { coin: 'BTC', sz: '1', entry_px: '60000', mark_px: null, unrealized_usd: null },
  ],
  orders: [order(ID, 1), order(ID, 2), order('session/paper/other', 3)],
}
const none = { stored: [], listed: [], accounts: new Map(), kills: [], leases: [] }

test('while it runs, the engine tells the state and the exchange tells orders and position', () => {
  const accounts = new Map([['paper-maker', account]])
  expect(sessionRows({ ...none, stored: [stored()], listed: [listed()], accounts })).toMatchObject([
    { state: 'PAUSED', running: true, open_orders: 2, positions: [{ coin: 'ETH', sz: '-0.5' }], epoch: 2 },
  ])
})

test('while it runs, the lease tells the host; afterwards the stored one', () => {
  const leases = [{ session_id: ID, host_id: 'box-2' }]
  expect(sessionRows({ ...none, stored: [stored()], listed: [listed()], leases })[0]?.host).toBe('box-2')
  expect(sessionRows({ ...none, stored: [stored({ state: 'CLOSED' })], leases })[0]?.host).toBe('box-1')
})

test('before the exchange has answered, the stored position stands in and open orders are not known', () => {
  expect(sessionRows({ ...none, stored: [stored()], listed: [listed()] })).toMatchObject([
    { open_orders: null, positions: [{ coin: 'ETH', sz: '-0.41' }] },
  ])
})

test('before the engine has answered, the stored state tells whether it runs', () => {
  expect(sessionRows({ ...none, stored: [stored()], listed: null })).toMatchObject([
    { state: 'RUNNING', running: true },
  ])
  expect(sessionRows({ ...none, stored: [stored({ state: 'CLOSED' })], listed: null })).toMatchObject([
    { state: 'CLOSED', running: false },
  ])
})

test('a session that is stored as running but does not run has ENDED without a last word', () => {
  expect(sessionRows({ ...none, stored: [stored()] })).toMatchObject([{ state: 'ENDED', running: false }])
})

test.each([
  ['{"residual":{"open_orders":0,"positions":{}}}', []],
  ['{"residual":{"open_orders":0,"positions":{"ETH":"-0.2"}}}', [{ coin: 'ETH', sz: '-0.2' }]],
])('a session that has closed with the report %s holds %j', (report, positions) => {
  const accounts = new Map([['paper-maker', account]])
  expect(sessionRows({ ...none, stored: [stored({ state: 'CLOSED', report })], accounts })).toMatchObject([
    { state: 'CLOSED', running: false, open_orders: 0, positions },
  ])
})

test('a session that has ended without a report leaves open what it left', () => {
  const accounts = new Map([['paper-maker', account]])
  expect(sessionRows({ ...none, stored: [stored({ state: 'FAILED' })], accounts })).toMatchObject([
    { state: 'FAILED', open_orders: null, positions: [] },
  ])
})

test('a session that only the engine knows is shown with what it tells, without figures', () => {
  expect(sessionRows({ ...none, listed: [listed({ state: '' })] })).toMatchObject([
    { state: 'STARTING', engine: 'maker', coins: ['ETH'], net_pnl_usd: null, equity_ts: null },
  ])
})

test.each([
  [{ kind: 'all' }, 'halt'],
  [{ kind: 'account', account: 'paper-maker' }, 'halt'],
  [{ kind: 'account', account: 'other' }, 'off'],
  [{ kind: 'session', session_id: ID }, 'halt'],
] satisfies [KillOrder['scope'], string][])('a kill of %j shows as %s', (scope, mode) => {
  const kills: KillOrder[] = [{ scope, mode: 'halt', reason: '', requested_by: '', requested_ts: 1 }]
  expect(sessionRows({ ...none, stored: [stored()], kills })[0]?.kill_mode).toBe(mode)
})

test('those that run come first', () => {
  const rows = sessionRows({
    ...none,
    stored: [
      stored({ session_id: 'session/paper/a', state: 'CLOSED' }),
      stored({ session_id: 'session/paper/b' }),
    ],
    listed: [listed({ session_id: 'session/paper/b' })],
  })
  expect(rows.map((row) => row.session_id)).toEqual(['session/paper/b', 'session/paper/a'])
})

test.each([
  ['{"ETH":"-0.41","BTC":"0"}', [{ coin: 'ETH', sz: '-0.41' }]],
  ['{"ETH":0.5}', [{ coin: 'ETH', sz: '0.5' }]],
  ['', []],
  ['[1]', []],
  ['{broken', []],
  ['{"ETH":null}', []],
])('the stored position %s reads as %j', (json, positions) => {
  expect(readPositions(json)).toEqual(positions)
})
