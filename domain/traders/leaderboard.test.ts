/** Tests of reading leaderboard rows: every kind of bad row costs itself and nothing else. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readRow, readRows } from '#domain/traders/leaderboard.ts'

const ADDRESS = `0x${'Ab'.repeat(20)}`
const good = {
  ethAddress: ADDRESS,
  accountValue: '1000.5',
  displayName: null,
  prize: 0,
  windowPerformances: [
    ['day', { pnl: '1', roi: '0.01', vlm: '100' }],
    ['allTime', { pnl: '-2', roi: '-0.02', vlm: '200' }],
  ],
}

it('reads a row as the venue writes it, its address in lower case', () => {
  expect(readRow(good)).toEqual({
    address: ADDRESS.toLowerCase(),
    displayName: '',
    accountValue: 1000.5,
    windows: {
      day: { pnl: 1, roi: 0.01, volume: 100 },
      week: { pnl: 0, roi: 0, volume: 0 },
      month: { pnl: 0, roi: 0, volume: 0 },
      allTime: { pnl: -2, roi: -0.02, volume: 200 },
    },
    known: ['day', 'allTime'],
  })
})

it('takes numbers as numbers, a map for pairs, the later of two windows, and nothing for zero', () => {
  const row = { ethAddress: ADDRESS, accountValue: 5, windowPerformances: { day: { roi: 0.5 } } }
  expect(readRow(row)).toMatchObject({ accountValue: 5, windows: { day: { roi: 0.5, pnl: 0, volume: 0 } } })
  const twice = {
    ...good,
    windowPerformances: [['day', { roi: '1' }], ['day', { roi: '2' }], ['day'], ['year', null]],
  }
  expect(readRow(twice)).toMatchObject({ windows: { day: { roi: 2 } }, known: ['day'] })
  expect(readRow({ ethAddress: ADDRESS })).toMatchObject({ accountValue: 0, known: [] })
})

it.each([
  ['null', null, 'not_an_object'],
  ['a list', [], 'not_an_object'],
  ['a text', 'row', 'not_an_object'],
  ['no address', { ...good, ethAddress: undefined }, 'bad_address'],
  ['a number for an address', { ...good, ethAddress: 7 }, 'bad_address'],
  ['a short address', { ...good, ethAddress: '0x12' }, 'bad_address'],
  ['null for a value', { ...good, accountValue: null }, 'bad_account_value'],
  ['a word for a value', { ...good, accountValue: 'much' }, 'bad_account_value'],
  ['an empty value', { ...good, accountValue: '' }, 'bad_account_value'],
  ['an endless value', { ...good, accountValue: '1e999' }, 'bad_account_value'],
  ['a negative value', { ...good, accountValue: '-1' }, 'negative_account_value'],
  ['a null ROI', { ...good, windowPerformances: [['day', { pnl: '1', roi: null, vlm: '1' }]] }, 'bad_window'],
  ['a word for a PnL', { ...good, windowPerformances: [['week', { pnl: 'NaN' }]] }, 'bad_window'],
  ['null for a window', { ...good, windowPerformances: [['day', null]] }, 'bad_window'],
  ['a text for the windows', { ...good, windowPerformances: 'none' }, 'bad_window'],
])('refuses %s', (_what, row, fault) => {
  expect(readRow(row)).toBe(fault)
})

it('keeps the first of two rows of one address whatever their case, and counts the other', () => {
  const { rows, faults, seen } = readRows([
    good,
    { ...good, ethAddress: ADDRESS.toUpperCase().replace('0X', '0x'), accountValue: '7' },
  ])
  expect(rows.map(({ accountValue }) => accountValue)).toEqual([1000.5])
  expect(faults.duplicate).toBe(1)
  expect(seen).toBe(2)
})

it('never throws, and accounts for every row, whatever it is given', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.anything(),
          fc.constant(good),
          fc.record({ ...Object.fromEntries(Object.keys(good).map((key) => [key, fc.anything()])) }),
        ),
      ),
      (values) => {
        const { rows, faults, seen } = readRows(values)
        const bad = Object.values(faults).reduce((sum, count) => sum + count, 0)
        expect(rows.length + bad).toBe(seen)
        expect(seen).toBe(values.length)
      },
    ),
  )
})
