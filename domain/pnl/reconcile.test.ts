/** Reconciliation: the worked example, gaps, money that moved, instants inside a day; and that days add up to the whole. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { type NavDay, quietBound, reconcile } from '#domain/pnl/reconcile.ts'
import { DAY_MS, HOUR_MS } from '#domain/time.ts'

const usd = parseFixed
const none = { days: new Map(), tails: new Map(), flows: [] }
const sums = (realised: string, fees = '0', funding = '0') => ({
  realised: usd(realised),
  fees: usd(fees),
  funding: usd(funding),
})
const D3 = Date.UTC(2025, 11, 3)
const show = (day: NavDay | undefined) =>
  day && {
    explained: day.explained === null ? null : formatFixed(day.explained),
    unexplained: day.unexplained === null ? null : formatFixed(day.unexplained),
    alert: day.alert,
  }

test('spec 000 §9.1: net 13.262623, residual 30.887377, an alert', () => {
  const rows = reconcile({
    ...none,
    snapshots: [
      { ts: D3, nav: usd('1987.25'), unrealised: 0n },
      { ts: D3 + 3 * DAY_MS, nav: usd('2031.4'), unrealised: usd('11.3') },
    ],
    days: new Map([[D3 + 2 * DAY_MS, sums('2.425', '0.442877', '-0.0195')]]),
  })
  expect(show(rows.at(-1))).toEqual({ explained: '13.262623', unexplained: '30.887377', alert: true })
  expect(rows.length).toBe(4)
  expect(rows.slice(1, 3).map((row) => row.change)).toEqual([null, null])
  expect(rows.at(-1)?.dailyReturn).toBeNull()
})

test('deposits and withdrawals are kept apart from profit', () => {
  const rows = reconcile({
    ...none,
    snapshots: [
      { ts: D3, nav: usd('1000'), unrealised: 0n },
      { ts: D3 + DAY_MS, nav: usd('1510'), unrealised: usd('4') },
    ],
    days: new Map([[D3 + DAY_MS, sums('7', '1')]]),
    flows: [
      { ts: D3 + HOUR_MS, usd: usd('700') },
      { ts: D3 + 2 * HOUR_MS, usd: usd('-200') },
    ],
  })
  expect(show(rows[1])).toEqual({ explained: '510', unexplained: '0', alert: false })
  expect(rows[1]?.dailyReturn).toBeCloseTo(0.01, 12)
})

test('what happened after the last snapshot of a day belongs to the next', () => {
  const rows = reconcile({
    ...none,
    snapshots: [
      { ts: D3 + 20 * HOUR_MS, nav: usd('100'), unrealised: 0n },
      { ts: D3 + DAY_MS + 20 * HOUR_MS, nav: usd('105'), unrealised: 0n },
    ],
    days: new Map([
      [D3, sums('8')],
      [D3 + DAY_MS, sums('0')],
    ]),
    tails: new Map([[D3, sums('5')]]),
  })
  expect(rows.map((row) => formatFixed(row.realised))).toEqual(['3', '5'])
  expect(show(rows[1])?.unexplained).toBe('0')
})

test('the bound is the larger of a dollar and a thousandth, and is itself quiet', () => {
  expect(quietBound(usd('500'))).toBe(usd('1'))
  expect(quietBound(usd('5000'))).toBe(usd('5'))
  const withRest = (rest: string) =>
    reconcile({
      ...none,
      snapshots: [
        { ts: 0, nav: usd('500'), unrealised: 0n },
        { ts: DAY_MS, nav: usd('500') + usd(rest), unrealised: 0n },
      ],
    })[1]?.alert
  expect([withRest('1'), withRest('1.00000001'), withRest('-1'), withRest('-1.1')]).toEqual([
    false,
    true,
    false,
    true,
  ])
})

test('no snapshots: the ledger is shown, the value is unknown; nothing at all: no rows', () => {
  const [row] = reconcile({ ...none, snapshots: [], days: new Map([[D3, sums('2')]]) })
  expect(row).toMatchObject({ nav: null, change: null, unexplained: null, alert: false, realised: usd('2') })
  expect(reconcile({ ...none, snapshots: [] })).toEqual([])
})

test('a snapshot without known marks explains nothing, and neither does the next', () => {
  const rows = reconcile({
    ...none,
    snapshots: [0, 1, 2, 3].map((at) => ({
      ts: at * DAY_MS,
      nav: usd('10'),
      unrealised: at === 1 ? null : 0n,
    })),
  })
  expect(rows.map((row) => row.unexplained)).toEqual([null, null, null, 0n])
})

test('the unexplained rests of all days add up to that of the whole time, whatever is missing', () => {
  const amount = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n })
  const day = fc.record({
    seen: fc.boolean(),
    at: fc.nat({ max: DAY_MS - 1 }),
    nav: amount,
    unrealised: amount,
    realised: amount,
    tail: amount,
    flow: amount,
    flowAt: fc.nat({ max: DAY_MS - 1 }),
  })
  fc.assert(
    fc.property(fc.array(day, { minLength: 2, maxLength: 12 }), (given) => {
      const days = given.map((each, at) =>
        at === 0 || at === given.length - 1 ? { ...each, seen: true } : each,
      )
      const input = {
        snapshots: days.flatMap((each, at) =>
          each.seen ? [{ ts: at * DAY_MS + each.at, nav: each.nav, unrealised: each.unrealised }] : [],
        ),
        days: new Map(
          days.map((each, at) => [at * DAY_MS, { realised: each.realised, fees: 0n, funding: 0n }]),
        ),
        tails: new Map(days.map((each, at) => [at * DAY_MS, { realised: each.tail, fees: 0n, funding: 0n }])),
        flows: days.map((each, at) => ({ ts: at * DAY_MS + each.flowAt, usd: each.flow })),
      }
      const rows = reconcile(input)
      const [first, last] = [input.snapshots[0], input.snapshots.at(-1)]
      const total = rows.reduce((all, row) => all + (row.unexplained ?? 0n), 0n)
      const realised = rows.slice(1).reduce((all, row) => all + (row.nav === null ? 0n : row.realised), 0n)
      const flow = input.flows
        .filter(({ ts }) => ts > (first?.ts ?? 0) && ts <= (last?.ts ?? 0))
        .reduce((all, { usd: of }) => all + of, 0n)
      const whole =
        (last?.nav ?? 0n) -
        (first?.nav ?? 0n) -
        realised -
        ((last?.unrealised ?? 0n) - (first?.unrealised ?? 0n)) -
        flow
      expect(total).toBe(whole)
      const ledger = days.reduce((all, each) => all + each.realised, 0n)
      const firstDay = rows[0]?.realised ?? 0n
      expect(realised + firstDay).toBe(ledger - (days.at(-1)?.tail ?? 0n))
    }),
  )
})
