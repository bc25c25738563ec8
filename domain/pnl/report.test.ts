/** PnL reports: every grouping adds up to the same, windows count the change of what is open, sessions and the rest make the account. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseFixed } from '#domain/fixed-point.ts'
import {
  GROUPINGS,
  type Grouping,
  type LedgerDay,
  NO_SESSION,
  type PnlGroup,
  reportPnl,
  totalOf,
} from '#domain/pnl/report.ts'
import { DAY_MS } from '#domain/time.ts'

const usd = parseFixed
const D = 20_000
const row = (at: number, more: Partial<LedgerDay>): LedgerDay => ({
  ...{
    account: 'a',
    session: '',
    coin: 'ETH',
    day: (D + at) * DAY_MS,
    fills: 1,
    disputed: 0,
    volume: usd('100'),
  },
  ...{
    realised: 0n,
    takerFees: 0n,
    makerFees: 0n,
    builderFees: 0n,
    rebates: 0n,
    funding: 0n,
    sz: 0n,
    signedCost: 0n,
  },
  ...more,
})
const report = (days: LedgerDay[], by: Grouping[], from = 0, to = 5, px = '110'): PnlGroup[] =>
  reportPnl({
    days,
    by,
    from: (D + from) * DAY_MS,
    to: (D + to) * DAY_MS,
    mark: () => usd(px),
    strategyOf: () => 'maker',
  })

const LONG = row(1, {
  sz: usd('2'),
  signedCost: usd('200'),
  takerFees: usd('0.5'),
  rebates: usd('0.1'),
  funding: usd('-0.2'),
})

test('what is open counts at its mark, fees and funding are taken off', () => {
  expect(report([LONG], ['account'])).toMatchObject([
    {
      account: 'a',
      unrealized_pnl_usd: '20',
      fees_usd: '0.4',
      funding_usd: '-0.2',
      net_pnl_usd: '19.4',
      positions: { ETH: '2' },
    },
  ])
})

test('a short gains when the price falls', () => {
  const short = row(1, { sz: usd('-2'), signedCost: usd('-200') })
  expect(report([short], ['coin'], 0, 5, '90')[0]).toMatchObject({
    coin: 'ETH',
    unrealized_pnl_usd: '20',
    positions: { ETH: '-2' },
  })
})

test('a window counts only the change since its start', () => {
  const marks = new Map([
    [D + 1, '105'],
    [D + 2, '110'],
    [D + 3, '103'],
  ])
  const input = {
    days: [LONG],
    to: (D + 4) * DAY_MS,
    mark: (_: string, day: number) => usd(marks.get(day / DAY_MS) ?? '0'),
    strategyOf: () => '',
  }
  expect(reportPnl({ ...input, by: ['coin'], from: (D + 2) * DAY_MS })).toMatchObject([
    { fills: 0, unrealized_pnl_usd: '6', unrealized_change_usd: '-4', net_pnl_usd: '-4' },
  ])
  const days = reportPnl({ ...input, by: ['day'], from: D * DAY_MS })
  expect(days.map(({ day, unrealized_change_usd }) => [day, unrealized_change_usd])).toEqual([
    ['2024-10-05', '10'],
    ['2024-10-06', '10'],
    ['2024-10-07', '-14'],
  ])
})

test('a coin without any price counts at cost', () => {
  const input = {
    days: [LONG],
    from: 0,
    to: (D + 5) * DAY_MS,
    by: ['coin' as const],
    mark: () => null,
    strategyOf: () => '',
  }
  expect(reportPnl(input)[0]).toMatchObject({ unrealized_pnl_usd: '0', positions: { ETH: '2' } })
})

test('what no session did is the account less its sessions; nothing left is not shown', () => {
  const own = row(1, { session: 's', sz: usd('2'), signedCost: usd('200'), takerFees: usd('0.5') })
  const byHand = report(
    [row(1, { fills: 3, sz: usd('3'), signedCost: usd('310'), takerFees: usd('0.7') }), own],
    ['session'],
  )
  expect(byHand).toMatchObject([
    { session_id: NO_SESSION, fills: 2, unrealized_pnl_usd: '0', fees_usd: '0.2', positions: { ETH: '1' } },
    { session_id: 's', fills: 1, unrealized_pnl_usd: '20' },
  ])
  expect(report([{ ...own, session: '' }, own], ['session']).map(({ session_id }) => session_id)).toEqual([
    's',
  ])
  expect(report([{ ...own, session: '' }, own], ['strategy'])[0]).toMatchObject({ strategy: 'maker' })
})

test('no history, no groups; a window before everything is empty', () => {
  expect(report([], ['account'])).toEqual([])
  expect(report([LONG], ['account'], -9, 0)).toEqual([])
  expect(totalOf([])).toMatchObject({ fills: 0, net_pnl_usd: '0' })
})

test('every grouping of any window adds up to the same, to the last place', () => {
  const amount = fc.bigInt({ min: -(10n ** 11n), max: 10n ** 11n })
  const lane = fc.record({ account: fc.constantFrom('a', 'b'), coin: fc.constantFrom('ETH', 'BTC') })
  const day = fc.record({
    at: fc.nat({ max: 7 }),
    realised: amount,
    funding: amount,
    takerFees: amount,
    sz: amount,
    signedCost: amount,
    session: fc.constantFrom('s', 't'),
  })
  const history = fc.array(fc.tuple(lane, day), { maxLength: 20 }).map((given) => {
    const days = new Map<string, LedgerDay>()
    for (const [{ account, coin }, { at, session, ...sums }] of given) {
      const made = row(at, { account, coin, ...sums })
      days.set(`${account}${coin}${at}`, made)
      days.set(`${account}${coin}${at}${session}`, { ...made, session, fills: 0 })
    }
    return [...days.values()].sort((a, b) => a.day - b.day)
  })
  fc.assert(
    fc.property(
      history,
      fc.subarray([...GROUPINGS], { minLength: 1 }),
      fc.nat({ max: 4 }),
      fc.nat({ max: 5 }),
      (days, by, from, length) => {
        // A session lane goes on for as long as its account's does.
        const whole = totalOf(
          report(
            days.filter(({ session }) => session === ''),
            ['account'],
            from,
            from + length,
          ),
        )
        const simple = by.filter((key) => key !== 'session' && key !== 'strategy')
        const parts = totalOf(report(days, simple.length > 0 ? simple : ['coin'], from, from + length))
        expect(parts).toEqual(whole)
      },
    ),
  )
})
