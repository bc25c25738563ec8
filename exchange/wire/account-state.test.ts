/** A recorded account state is read to the last digit, signs included; a changed shape is refused with its place. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseFullAccountState } from '#exchange/wire/account-state.ts'
import { MalformedAnswerError } from '#exchange/wire/errors.ts'
import { missingData, sharedData } from '#tests/support/shared-data.ts'

const position = {
  coin: 'BTC',
  szi: '-2.5',
  leverage: { type: 'cross', value: 30 },
  entryPx: '100941.1',
  positionValue: '200000.0',
  unrealizedPnl: '52352.75',
  returnOnEquity: '1',
  liquidationPx: null,
  marginUsed: '6666.666666',
  maxLeverage: 40,
  cumFunding: { allTime: '-3', sinceOpen: '-153.8', sinceChange: '0' },
}
const state = {
  marginSummary: {
    accountValue: '100000.0',
    totalNtlPos: '200000.0',
    totalRawUsd: '1',
    totalMarginUsed: '6666.666666',
  },
  withdrawable: '80000.5',
  assetPositions: [{ type: 'oneWay', position }],
  time: 1_757_015_216_673,
}

test('a short has negative size and value, and received funding is positive', () => {
  expect(parseFullAccountState(state, 1)).toEqual({
    ts: 1_757_015_216_673,
    equityUsd: '100000.0',
    cashUsd: '47647.25',
    marginUsedUsd: '6666.666666',
    withdrawableUsd: '80000.5',
    notionalUsd: '200000.0',
    unrealizedPnlUsd: '52352.75',
    positions: [
      {
        coin: 'BTC',
        sz: '-2.5',
        entryPx: '100941.1',
        markPx: '80000',
        notionalUsd: '-200000',
        unrealizedPnlUsd: '52352.75',
        fundingSinceOpenUsd: '153.8',
        marginUsedUsd: '6666.666666',
        leverage: 30,
        marginMode: 'cross',
        liquidationPx: '0',
      },
    ],
  })
})

test('a flat account has no positions and its equity is cash; without a time of the venue ours counts', () => {
  const { time: _time, ...timeless } = state
  const flat = parseFullAccountState({ ...timeless, assetPositions: [] }, 42)
  expect(flat).toMatchObject({ ts: 42, cashUsd: '100000', unrealizedPnlUsd: '0', positions: [] })
})

test('a state without a margin summary names the request and the place', () => {
  expect(() => parseFullAccountState({ ...state, marginSummary: {} }, 1)).toThrow(MalformedAnswerError)
  expect(() => parseFullAccountState(null, 1)).toThrow(/clearinghouseState/)
})

const missing = missingData('info/clearinghouse_whale.json')
test.skipIf(missing)(`recorded states add up${missing ? ` (${missing})` : ''}`, () => {
  for (const name of ['info/clearinghouse_small.json', 'info/clearinghouse_whale.json']) {
    const read = parseFullAccountState(JSON.parse(readFileSync(sharedData(name), 'utf8')), 1)
    expect(read.positions.length).toBeGreaterThan(0)
    const gross = read.positions.reduce((sum, { notionalUsd }) => sum + Math.abs(Number(notionalUsd)), 0)
    expect(gross).toBeCloseTo(Number(read.notionalUsd), 4)
    expect(Number(read.cashUsd) + Number(read.unrealizedPnlUsd)).toBeCloseTo(Number(read.equityUsd), 6)
  }
})
