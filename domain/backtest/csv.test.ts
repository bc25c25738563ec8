/** CSV: columns by name, faults with their line, and trades and equity that a spreadsheet reads back. */
import { expect, test } from 'vitest'
import { equityCsv, parseCandles, parseFunding, tradesCsv } from './csv.ts'

test('columns are found by name, whatever their order', () => {
  expect(parseCandles('volume,t,open,high,low,close\n5,1000,1,2,0.5,1.5\n', 'a.csv')).toEqual([
    { openTs: 1000, open: 1, high: 2, low: 0.5, close: 1.5, volume: 5 },
  ])
})

test.each([
  { text: 't,open,high,low,close\n', fault: 'a.csv:1: no column volume' },
  { text: 't,open,high,low,close,volume\n1,1,1,1,1,1\n2,1,x,1,1,1\n', fault: 'a.csv:3' },
  { text: 't,open,high,low,close,volume\n1,1,1,1,1,\n', fault: 'a.csv:2' },
])('a fault is told with file and line: $fault', ({ text, fault }) => {
  expect(() => parseCandles(text, 'a.csv')).toThrow(fault)
})

test('funding is the rate in the column open', () => {
  const { ts, rate } = parseFunding('t,open,high\n1,0.0001,0\n2,-0.0002,0\n', 'f.csv')
  expect([[...ts], [...rate]]).toEqual([
    [1, 2],
    [0.0001, -0.0002],
  ])
})

test('trades and equity become lines under their names', () => {
  const trade = {
    coin: 'BTC',
    side: 'long',
    sz: 1,
    entry_ts: 1,
    entry_px: 10,
    entry_reason: 'IN',
    exit_ts: 2,
    exit_px: 11,
    exit_reason: 'OUT',
    pnl_usd: 1,
    fees_usd: 0.1,
    funding_usd: 0,
  } as const
  const [head, line] = tradesCsv([trade]).split('\n')
  expect(head?.split(',')).toHaveLength(12)
  expect(line).toBe('BTC,long,1,1,10,IN,2,11,OUT,1,0.1,0')
  const run = { equityTs: Float64Array.of(5), equityUsd: Float64Array.of(100), grossUsd: Float64Array.of(7) }
  expect(equityCsv(run as never)).toBe('ts,equity_usd,gross_usd\n5,100,7\n')
})
