/** The ledger: exact, whole, and the same whatever the order and number of arrivals. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FillEvent, type Side, sideSign } from '#domain/events.ts'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import {
  continues,
  flatPosition,
  foldFill,
  foldFills,
  type Ledger,
  netPnlE8,
  positionOf,
  unrealizedE8,
} from './position.ts'

const fill = (
  ts: number,
  tid: number,
  side: Side,
  sz: string,
  px: string,
  startPosition: string,
): FillEvent => ({
  kind: 'fill',
  account: 'a',
  coin: 'BTC',
  ts,
  tid,
  oid: tid,
  cloid: '',
  side,
  px,
  sz,
  startPosition,
  direction: '',
  closedPnl: '0',
  fee: '0.01',
  crossed: true,
  hash: '',
  snapshot: false,
  receivedTs: ts,
})

const EMPTY: Ledger = { positions: [], fillCursorTs: 0, fillCursorTids: [] }
const foldAll = (...fills: FillEvent[]) => fills.reduce(foldFill, flatPosition('BTC'))

test('opening averages by size, closing keeps the entry and realises, a flip starts at its own price', () => {
  const added = foldAll(fill(1, 1, 'buy', '1', '100', '0'), fill(2, 2, 'buy', '3', '104', '1'))
  expect(added).toMatchObject({ sz: '4', entryPx: '103', realizedPnl: '0' })
  const reduced = foldFill(added, fill(3, 3, 'sell', '1', '110', '4'))
  expect(reduced).toMatchObject({ sz: '3', entryPx: '103', realizedPnl: '7' })
  const flipped = foldFill(reduced, fill(4, 4, 'sell', '5', '100', '3'))
  expect(flipped).toMatchObject({ sz: '-2', entryPx: '100', realizedPnl: '-2' })
  const closed = foldFill(flipped, fill(5, 5, 'buy', '2', '90', '-2'))
  expect(closed).toMatchObject({
    sz: '0',
    entryPx: '0',
    realizedPnl: '18',
    fees: '0.05',
    fills: 5,
    volumeUsd: '1202',
  })
})

/** A chain of fills as a venue makes them: each starts where the last one ended. */
const anyChain = fc
  .array(
    fc.record({
      side: fc.constantFrom<Side>('buy', 'sell'),
      lots: fc.integer({ min: 1, max: 500 }),
      cents: fc.integer({ min: 9_000, max: 11_000 }),
      later: fc.integer({ min: 0, max: 2 }),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((steps) => {
    let held = 0n
    let ts = 1
    return steps.map(({ side, lots, cents, later }, at) => {
      ts += later
      const sz = BigInt(lots) * 1_000_000n
      const made = fill(
        ts,
        at * 7 + 1,
        side,
        formatFixed(sz),
        formatFixed(BigInt(cents) * 1_000_000n),
        formatFixed(held),
      )
      held += BigInt(sideSign(side)) * sz
      return made
    })
  })

test('cash is conserved: realised plus unrealised is what was sold less what was bought plus what is held', () => {
  fc.assert(
    fc.property(anyChain, fc.integer({ min: 9_000, max: 11_000 }), (chain, cents) => {
      const mark = BigInt(cents) * 1_000_000n
      const position = foldAll(...chain)
      const cash = chain.reduce(
        (sum, each) =>
          sum - BigInt(sideSign(each.side)) * ((parseFixed(each.px) * parseFixed(each.sz)) / 100_000_000n),
        0n,
      )
      const worth = cash + (parseFixed(position.sz) * mark) / 100_000_000n
      const pnl = parseFixed(position.realizedPnl) + unrealizedE8(position, mark)
      // Entry prices are cut off at 1e-8 USD: at most that, per coin held, at each fill.
      const difference = pnl > worth ? pnl - worth : worth - pnl
      expect(difference <= BigInt(chain.length) * 200n).toBe(true)
    }),
  )
})

test('the ledger is the same for every order of arrival, in any number of parts, with repeats', () => {
  fc.assert(
    fc.property(
      anyChain,
      fc.array(fc.nat(), { minLength: 25, maxLength: 25 }),
      fc.nat(25),
      (chain, keys, cut) => {
        const expected = foldFills(EMPTY, chain).ledger
        const shuffled = [...chain].sort((a, b) => (keys[a.tid % 25] ?? 0) - (keys[b.tid % 25] ?? 0))
        expect(foldFills(EMPTY, [...shuffled, ...chain]).ledger).toEqual(expected)
        // In two parts, where the second list is asked for from the cursor on, as the venue is.
        const first = foldFills(EMPTY, chain.slice(0, cut)).ledger
        const asked = shuffled.filter(({ ts }) => ts >= first.fillCursorTs)
        const second = foldFills(first, asked)
        expect(second.ledger.positions).toEqual(expected.positions)
        expect(positionOf(second.ledger.positions, 'BTC').fills).toBe(chain.length)
      },
    ),
  )
})

test('fills of one millisecond are folded along their chain, not by their number', () => {
  const late = fill(5, 1, 'sell', '2', '110', '2')
  const early = fill(5, 9, 'buy', '2', '100', '0')
  const { ledger, folded } = foldFills(EMPTY, [late, early])
  expect(folded).toEqual([early, late])
  expect(positionOf(ledger.positions, 'BTC')).toMatchObject({ sz: '0', realizedPnl: '20' })
  expect(ledger).toMatchObject({ fillCursorTs: 5, fillCursorTids: [9, 1] })
})

test('a fill continues the ledger only where the ledger stands', () => {
  const { ledger } = foldFills(EMPTY, [fill(1, 1, 'buy', '2', '100', '0')])
  expect(continues(ledger, fill(2, 2, 'buy', '1', '100', '2'))).toBe(true)
  expect(continues(ledger, fill(2, 2, 'buy', '1', '100', '2.0'))).toBe(true)
  expect(continues(ledger, fill(2, 2, 'buy', '1', '100', '3'))).toBe(false)
})

test('net PnL is realised less fees plus what is held; a coin without a price counts at its entry', () => {
  const positions = [foldAll(fill(1, 1, 'buy', '2', '100', '0'))]
  expect(netPnlE8(positions, () => parseFixed('105'))).toBe(parseFixed('9.99'))
  expect(netPnlE8(positions, () => null)).toBe(parseFixed('-0.01'))
})
