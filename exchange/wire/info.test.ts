/** Answers of POST /info as the venue gave them are read; an answer of another shape names the request and the place. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { MalformedAnswerError } from '#exchange/wire/errors.ts'
import {
  parseAccountState,
  parseAllMids,
  parseCandleSnapshot,
  parseExtraAgents,
  parseFills,
  parseFundingHistory,
  parseFundings,
  parseHistoricalOrders,
  parseL2Book,
  parseMeta,
  parseOpenOrders,
  parseOrderStatus,
  parseUserRole,
} from '#exchange/wire/info.ts'
import { missingData, sharedData } from '#tests/support/shared-data.ts'

const AT = 1_757_015_216_673
const errorOf = (read: () => unknown): unknown => {
  try {
    return read()
  } catch (error) {
    return error
  }
}

test('meta numbers assets by their place and keeps delisted coins in it', () => {
  const universe = [
    { szDecimals: 5, name: 'BTC', maxLeverage: 40, marginTableId: 56 },
    { szDecimals: 1, name: 'MATIC', maxLeverage: 50, marginTableId: 50, isDelisted: true },
  ]
  expect(parseMeta({ universe, marginTables: [], collateralToken: 0 })).toEqual([
    { coin: 'BTC', asset: 0, sizeDecimals: 5, maxLeverage: 40, delisted: false },
    { coin: 'MATIC', asset: 1, sizeDecimals: 1, maxLeverage: 50, delisted: true },
  ])
})

test('a trigger order shows its trigger price and is marked', () => {
  const order = {
    coin: 'BTC',
    side: 'A',
    limitPx: '90000.0',
    sz: '0.1',
    oid: 7,
    timestamp: 5,
    origSz: '0.1',
    triggerCondition: 'Price below 95000',
    isTrigger: true,
    triggerPx: '95000.0',
    children: [],
    isPositionTpsl: false,
    reduceOnly: true,
    orderType: 'Stop Market',
    tif: null,
    cloid: null,
  }
  expect(parseOpenOrders([order])).toEqual([
    {
      coin: 'BTC',
      oid: 7,
      cloid: '',
      side: 'sell',
      px: '95000.0',
      sz: '0.1',
      reduceOnly: true,
      trigger: true,
      ts: 5,
    },
  ])
})

test('an order that the venue does not know is null, not an error', () => {
  expect(parseOrderStatus({ status: 'unknownOid' }, 'main', AT)).toBeNull()
})

test('an agent names its master in lower case', () => {
  const answer = { role: 'agent', data: { user: `0x${'AB'.repeat(20)}` } }
  expect(parseUserRole(answer)).toEqual({ role: 'agent', data: { user: `0x${'ab'.repeat(20)}` } })
})

test('the book of an unknown coin is null', () => {
  expect(parseL2Book(null, AT)).toBeNull()
})

test.each([
  ['meta', () => parseMeta({ universe: [{ name: 'BTC', szDecimals: '5' }] }), 'universe.0.szDecimals'],
  ['clearinghouseState', () => parseAccountState([]), '(root)'],
  ['candleSnapshot', () => parseCandleSnapshot([{ t: 'x' }], AT), 'data'],
  ['userFills', () => parseFills([{ coin: 'BTC', crossed: 1 }], 'main', AT), '[0].crossed'],
  ['orderStatus', () => parseOrderStatus({ status: 'maybe' }, 'main', AT), 'status'],
  ['openOrders', () => parseOpenOrders('Failed to deserialize'), '(root)'],
])('a wrong answer to %s is refused with the place', (request, read, place) => {
  const error = errorOf(read)
  expect(error).toBeInstanceOf(MalformedAnswerError)
  expect((error as Error).message).toContain(`answer to ${request}: ${place}`)
})

const CASSETTES = 'info/http_cassettes.jsonl.gz'
const missing = missingData(CASSETTES)
const READERS: Record<string, (answer: unknown) => unknown> = {
  meta: parseMeta,
  allMids: parseAllMids,
  candleSnapshot: (answer) => parseCandleSnapshot(answer, AT),
  frontendOpenOrders: parseOpenOrders,
  openOrders: parseOpenOrders,
  fundingHistory: parseFundingHistory,
  l2Book: (answer) => parseL2Book(answer, AT),
  userFillsByTime: (answer) => parseFills(answer, 'main', AT),
  clearinghouseState: parseAccountState,
  historicalOrders: (answer) => parseHistoricalOrders(answer, 'main', AT),
  userFunding: (answer) => parseFundings(answer, 'main', AT),
  userRole: parseUserRole,
  extraAgents: parseExtraAgents,
  orderStatus: (answer) => parseOrderStatus(answer, 'main', AT),
}

/** The oldest recordings are of 2023, when fills had no tid yet. */
const isBeforeTids = (type: string, response: unknown): boolean =>
  type.startsWith('userFills') && Array.isArray(response) && response.some((fill) => !('tid' in fill))

describe('recorded answers', () => {
  const pairs = missing
    ? []
    : gunzipSync(readFileSync(sharedData(CASSETTES)))
        .toString('utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .filter(({ url, status }) => url.endsWith('/info') && status === 200)

  test.skipIf(missing)(`all that Holdfast uses are read${missing ? ` (${missing})` : ''}`, () => {
    const seen = new Map<string, number>()
    for (const { request, response } of pairs) {
      const read = READERS[request?.type]
      if (!read) continue
      if (isBeforeTids(request.type, response)) continue
      read(response)
      seen.set(request.type, (seen.get(request.type) ?? 0) + 1)
    }
    expect([...seen.keys()].sort()).toEqual(Object.keys(READERS).sort())
  })

  test.skipIf(missing)('open positions keep their signed size', () => {
    const whale = parseAccountState(
      JSON.parse(readFileSync(sharedData('info/clearinghouse_whale.json'), 'utf8')),
    )
    expect(whale.positions.length).toBeGreaterThan(0)
    expect(whale.positions.every(({ sz, entryPx }) => Number(sz) !== 0 && Number(entryPx) > 0)).toBe(true)
    expect(Number(whale.equityUsd)).toBeGreaterThan(0)
  })
})
