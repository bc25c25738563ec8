/** PnL from fills: exact, once per fill, each session its own, and equal to what the venue says of the same fills. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Side, sideSign } from '#domain/events.ts'
import { parseFixed } from '#domain/fixed-point.ts'
import { buildCloid, hash32 } from '#domain/ids.ts'
import { inChainOrder } from '#domain/trading/position.ts'
import { missingData, sharedData } from '#tests/support/shared-data.ts'
import { type OwnedFill, sessionPnl, totalPnl, UNKNOWN_SESSION } from './pnl.ts'

const A = 'session/paper/a'
const B = 'session/paper/b'

const fill = (tid: number, side: Side, px: string, sz: string, more: Partial<OwnedFill> = {}): OwnedFill => ({
  kind: 'fill',
  account: 'acc',
  coin: 'ETH',
  ts: 1_000 + tid,
  tid,
  oid: tid,
  cloid: '',
  side,
  px,
  sz,
  startPosition: '0',
  direction: '',
  closedPnl: '0',
  fee: '0',
  crossed: false,
  hash: '',
  snapshot: false,
  receivedTs: 0,
  sessionId: A,
  ...more,
})

const noMark = () => null

test('a round trip: realized is price difference times size, net is less the fees', () => {
  const [pnl] = sessionPnl(
    [
      fill(1, 'buy', '4000', '0.5', { fee: '0.9' }),
      fill(2, 'sell', '4010.2', '0.5', { fee: '-0.1', startPosition: '0.5' }),
    ],
    [A],
    noMark,
  )
  expect(pnl).toMatchObject({
    session_id: A,
    fills: 2,
    volume_usd: '4005.1',
    realized_pnl_usd: '5.1',
    fees_usd: '0.8',
    unrealized_pnl_usd: '0',
    net_pnl_usd: '4.3',
    positions: {},
  })
})

test('what is held counts at the mark, long and short', () => {
  const fills = [fill(1, 'buy', '4000', '1'), fill(2, 'sell', '100', '3', { coin: 'SOL' })]
  const [pnl] = sessionPnl(fills, [A], (coin) => ({ ETH: '4001.5', SOL: '99' })[coin] ?? null)
  expect(pnl).toMatchObject({
    unrealized_pnl_usd: '4.5',
    net_pnl_usd: '4.5',
    positions: { ETH: '1', SOL: '-3' },
  })
})

test('a fill that came twice counts once', () => {
  const one = fill(1, 'buy', '4000', '1', { fee: '1' })
  expect(sessionPnl([one, { ...one }], [A], noMark)[0]).toMatchObject({ fills: 1, fees_usd: '1' })
})

test('a fill without session is told by its client order id, else listed apart', () => {
  const cloid = buildCloid({ tag: hash32(B), epoch: 1, seq: 1, run: 1, leg: 0 })
  const fills = [
    fill(1, 'buy', '1', '1', { sessionId: '', cloid }),
    fill(2, 'buy', '1', '1', { sessionId: '' }),
  ]
  expect(sessionPnl(fills, [A, B], noMark).map(({ session_id }) => session_id)).toEqual([UNKNOWN_SESSION, B])
})

test('whatever the fills, the sessions add up to the total, and net is realized + unrealized − fees', () => {
  const cents = fc.integer({ min: 1, max: 10_000 }).map((value) => (value / 100).toFixed(2))
  const trades = fc.array(
    fc.tuple(fc.constantFrom<Side>('buy', 'sell'), cents, cents, fc.constantFrom(A, B)),
    {
      minLength: 1,
    },
  )
  fc.assert(
    fc.property(trades, (list) => {
      const fills = list.map(([side, px, sz, sessionId], at) =>
        fill(at, side, px, sz, { sessionId, fee: '0.01' }),
      )
      const sessions = sessionPnl(fills, [A, B], () => '50')
      const total = totalPnl(sessions)
      const exact = (text: string) => Math.round(Number(text) * 1e8)
      expect(total.fills).toBe(list.length)
      expect(total.fees_usd).toBe((list.length / 100).toString())
      const parts = exact(total.realized_pnl_usd) + exact(total.unrealized_pnl_usd) - exact(total.fees_usd)
      expect(Math.abs(exact(total.net_pnl_usd) - parts)).toBeLessThanOrEqual(2)
      // Cash view of the same: money that came in, less what went out, plus what is held.
      const cash = list.reduce(
        (sum, [side, px, sz]) => sum + (side === 'buy' ? -1 : 1) * Number(px) * Number(sz),
        0,
      )
      const held = list.reduce((sum, [side, , sz]) => sum + (side === 'buy' ? 1 : -1) * Number(sz), 0)
      const net = cash + held * 50 - list.length / 100
      expect(Math.abs(Number(total.net_pnl_usd) - net)).toBeLessThan(1e-4)
    }),
  )
})

const FILLS = 'fills/exchange_leader_fills.json'
test.skipIf(missingData(FILLS))(
  'real fills: realized PnL is what the venue booked, in every stretch from flat to flat',
  () => {
    const { queries } = JSON.parse(readFileSync(sharedData(FILLS), 'utf8')) as {
      queries: { fills: Record<string, string>[] }[]
    }
    const accounts = queries.map((query) =>
      query.fills.map((each) =>
        fill(Number(each.tid), each.side === 'B' ? 'buy' : 'sell', String(each.px), String(each.sz), {
          coin: String(each.coin),
          ts: Number(each.time),
          oid: Number(each.oid),
          startPosition: String(each.startPosition),
          closedPnl: String(each.closedPnl),
          fee: String(each.fee),
        }),
      ),
    )
    // The recording has gaps, and folding starts flat: compare each unbroken stretch that begins and ends flat.
    let compared = 0
    for (const stretch of accounts.flatMap(flatToFlat)) {
      const [pnl] = sessionPnl(stretch, [A], noMark)
      const booked = stretch.reduce((sum, { closedPnl }) => sum + Number(closedPnl), 0)
      // The venue rounds its entries to about a unit in the last place of the price, which weighs on coins of a tenth of a cent.
      const rounding = stretch.reduce((sum, each) => sum + Number(each.sz) * lastPlace(each.px), 0) / 2
      const tolerance = Math.max(0.05, Math.abs(booked) * 0.005, rounding)
      expect(Math.abs(Number(pnl?.realized_pnl_usd) - booked), stretch[0]?.coin).toBeLessThan(tolerance)
      expect(pnl?.positions).toEqual({})
      compared += stretch.length
    }
    expect(compared).toBeGreaterThan(100)
  },
)

const lastPlace = (px: string): number => 10 ** -(px.split('.')[1]?.length ?? 0)

/** Stretches of one coin's fills that start at position 0, continue each other, and end at 0. */
function flatToFlat(fills: readonly OwnedFill[]): OwnedFill[][] {
  const found: OwnedFill[][] = []
  for (const coin of new Set(fills.map((each) => each.coin))) {
    const own = new Map(
      fills.filter((each) => each.coin === coin).map((each) => [`${each.ts}/${each.tid}`, each]),
    )
    let stretch: OwnedFill[] = []
    let held = 0n
    for (const { ts, tid } of inChainOrder([...own.values()], [])) {
      const each = own.get(`${ts}/${tid}`)
      if (!each) continue
      const from = parseFixed(each.startPosition)
      if (from === 0n) stretch = []
      else if (from !== held) stretch = [each] // a gap: wait for the next flat start
      held = from + BigInt(sideSign(each.side)) * parseFixed(each.sz)
      stretch.push(each)
      if (held === 0n && parseFixed(stretch[0]?.startPosition ?? '1') === 0n) found.push(stretch)
    }
  }
  return found
}
