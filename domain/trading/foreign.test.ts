/** Own part and foreign part of one position: together they are the exchange's, never against each other, and an exit never takes more than the own part. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FillEvent, Side } from '#domain/events.ts'
import { absE8, formatFixed, parseFixed, signE8 } from '#domain/fixed-point.ts'
import type { PositionState } from '#domain/session/types.ts'
import { fillOf } from '#tests/support/session-ports.ts'
import { foldApart, foreignE8, shareOut } from './foreign.ts'
import { flatPosition, foldFills, venueSzE8 } from './position.ts'

const BY_HAND = 'by hand'
const fold = foldApart(({ cloid }) => cloid === BY_HAND)
let tid = 0
const fill = (isOwn: boolean, side: Side, sz: string, px = '100', startPosition = '0'): FillEvent =>
  fillOf({
    cloid: isOwn ? 'own' : BY_HAND,
    side,
    sz,
    px,
    startPosition,
    tid: ++tid,
    ts: 1_000 + tid,
    fee: '0.1',
  })
const folded = (...fills: FillEvent[]): PositionState => fills.reduce(fold, flatPosition('BTC'))
const parts = (position: PositionState): [string, string] => [position.sz, position.foreign ?? '0']

describe('a trade by hand', () => {
  test.each([
    { does: 'adds to its own part beside ours', hand: ['buy', '3'], is: ['5', '3'] },
    { does: 'against us takes from ours what it closes', hand: ['sell', '2'], is: ['3', '0'] },
    { does: 'that closes all of ours leaves nothing', hand: ['sell', '5'], is: ['0', '0'] },
    { does: 'that turns the position leaves the rest to its owner', hand: ['sell', '7'], is: ['0', '-2'] },
  ] as const)('$does', ({ hand: [side, sz], is }) => {
    expect(parts(folded(fill(true, 'buy', '5'), fill(false, side, sz)))).toEqual(is)
  })

  test('takes the foreign part first, then ours at its price and without its fee', () => {
    const held = folded(fill(true, 'buy', '5'), fill(false, 'buy', '3'))
    const once = fold(held, fill(false, 'sell', '3', '90'))
    expect([...parts(once), once.realizedPnl]).toEqual(['5', '0', '0'])
    const twice = fold(once, fill(false, 'sell', '2', '90'))
    expect([...parts(twice), twice.realizedPnl, twice.fees]).toEqual(['3', '0', '-20', '0.1'])
  })

  test('does not count as ours: fills, fees and volume stay', () => {
    const own = folded(fill(true, 'buy', '5'))
    const { foreign, ...rest } = fold(own, fill(false, 'buy', '3'))
    expect([foreign, rest]).toEqual(['3', own])
  })
})

test('an own entry that crosses a trade by hand on its way keeps what is really there', () => {
  expect(parts(folded(fill(false, 'sell', '3'), fill(true, 'buy', '5')))).toEqual(['2', '0'])
})

test.each([
  { was: ['5', '3'], venue: '8', is: ['5', '3'] },
  { was: ['5', '3'], venue: '4', is: ['4', '0'] },
  { was: ['5', '3'], venue: '-2', is: ['0', '-2'] },
  { was: ['-5', '-3'], venue: '-9', is: ['-5', '-4'] },
])('the venue’s word of $venue on $was makes $is', ({ was, venue, is }) => {
  const position = { ...flatPosition('BTC'), sz: was[0] ?? '', foreign: was[1], entryPx: '100' }
  expect(parts(shareOut(position, venue))).toEqual(is)
})

const aTrade = fc.record({
  isOwn: fc.boolean(),
  isExit: fc.boolean(),
  side: fc.constantFrom<Side>('buy', 'sell'),
  sz: fc.integer({ min: 1, max: 50 }),
})

test('for random trades: own and foreign are the venue’s, never opposed; every own exit is taken whole and leaves the foreign part alone', () => {
  fc.assert(
    fc.property(fc.array(aTrade, { maxLength: 60 }), (trades) => {
      let venueE8 = 0n
      let ledger = {
        positions: [flatPosition('BTC')] as readonly PositionState[],
        fillCursorTs: 0,
        fillCursorTids: [] as readonly number[],
      }
      const all: FillEvent[] = []
      for (const { isOwn, isExit, side, sz } of trades) {
        const position = ledger.positions[0] as PositionState
        const own = parseFixed(position.sz)
        const theirs = foreignE8(position)
        // What a session sends: reduce-only of its own size, or an entry that no foreign position stands against.
        const exits = isOwn && isExit && own !== 0n
        const way: Side = exits ? (own > 0n ? 'sell' : 'buy') : side
        if (isOwn && !exits && signE8(theirs) === (way === 'buy' ? -1 : 1)) continue
        const size = exits ? absE8(own) : parseFixed(String(sz))
        // The venue cuts a reduce-only order to what it shows: that must never cut this one.
        if (exits) expect([signE8(venueE8), absE8(venueE8) >= size]).toEqual([signE8(own), true])
        const next = fill(isOwn, way, formatFixed(size), '100', formatFixed(venueE8))
        venueE8 += way === 'buy' ? size : -size
        all.push(next)
        ledger = foldFills(ledger, [next], fold).ledger as typeof ledger
        const now = ledger.positions[0] as PositionState
        expect(venueSzE8(now)).toBe(venueE8)
        expect(signE8(parseFixed(now.sz)) * signE8(foreignE8(now))).toBeGreaterThanOrEqual(0)
        if (exits) expect([now.sz, foreignE8(now)]).toEqual(['0', theirs])
      }
      const start = { positions: [], fillCursorTs: 0, fillCursorTids: [] }
      expect(foldFills(start, [...all].reverse(), fold).ledger.positions).toEqual(
        all.length > 0 ? ledger.positions : [],
      )
    }),
  )
})
