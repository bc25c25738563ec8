/** Whatever comes over the wire, the readers answer it or refuse it; they never break. */
import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { createSigner } from '#exchange/client/keys.ts'
import { signL1 } from '#exchange/client/signing.ts'
import { AccountFeeds } from '#exchange/paper/account-feeds.ts'
import { Actions } from '#exchange/paper/actions.ts'
import { AddressBudget } from '#exchange/paper/address-budget.ts'
import { accountFaults } from '#exchange/paper/engine/invariants.ts'
import { USD } from '#exchange/paper/engine/units.ts'
import { ExchangeCore } from '#exchange/paper/exchange-core.ts'
import { createFanOut } from '#exchange/paper/fan-out.ts'
import { answerInfo } from '#exchange/paper/info-requests.ts'
import { coinSpec } from '#exchange/paper/market/known-coins.ts'
import { MarketData } from '#exchange/paper/market/market-data.ts'
import { RequestError } from '#exchange/paper/request-errors.ts'
import { readFeed } from '#exchange/paper/subscriptions.ts'

const NOW = 1_790_000_000_000
const signer = createSigner('9'.repeat(64), 'fuzz')
const specs = ['BTC', 'ETH'].map((coin, asset) => coinSpec(coin, asset))

function exchange() {
  const core = new ExchangeCore(specs, 1, null)
  const now = () => NOW
  const fanOut = createFanOut()
  const market = new MarketData(specs, {
    engine: core.engine,
    isForeign: true,
    publish: fanOut.publish,
    now,
    settle: () => core.settle(),
  })
  const { engine, agents, nonces, builders, subs } = core
  engine.deposit(NOW, signer.address, 10_000 * USD)
  const level = (px: number) => [{ px: px.toFixed(1), sz: '1.0', n: 1 }]
  market.onEvent({ kind: 'book', coin: 'BTC', ts: NOW, bids: level(99_990), asks: level(100_010) })
  return {
    core,
    info: (body: unknown) =>
      answerInfo(body, {
        engine,
        market,
        agents,
        builders,
        subs,
        now,
        account: (user) => engine.account(user),
      }),
    actions: new Actions({
      engine,
      agents,
      nonces,
      builders,
      subs,
      budget: new AddressBudget(false),
      now,
      settle: (extra) => core.settle(extra),
    }),
    feeds: {
      market,
      accounts: new AccountFeeds({ engine, agents, now, account: (user) => engine.account(user) }, fanOut),
    },
  }
}

let paper = exchange()
let nonce = NOW
beforeEach(() => {
  paper = exchange()
})

/** Runs it; anything but an answer or a RequestError is a bug. */
function survives(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(RequestError)
  }
}

const Junk = fc.jsonValue({ maxDepth: 4 })
const TYPES = [
  'meta',
  'l2Book',
  'candleSnapshot',
  'orderStatus',
  'userFills',
  'userFillsByTime',
  'clearinghouseState',
  'fundingHistory',
  'activeAssetData',
  'marginTable',
  'webData2',
  'nothing',
]
const ACTIONS = [
  'order',
  'cancel',
  'cancelByCloid',
  'modify',
  'batchModify',
  'updateLeverage',
  'updateIsolatedMargin',
  'scheduleCancel',
  'usdSend',
  'usdClassTransfer',
  'approveAgent',
  'approveBuilderFee',
  'twapOrder',
  'twapCancel',
  'createSubAccount',
  'subAccountTransfer',
  'withdraw3',
  'noop',
  '__proto__',
  'constructor',
]
const Word = fc.oneof(
  Junk,
  fc.constantFrom(
    'BTC',
    'ETH',
    '1m',
    '0',
    '-1',
    '1e9',
    'NaN',
    'Infinity',
    `0x${'1'.repeat(40)}`,
    0,
    -1,
    1.5,
    1e300,
    9e15,
    null,
    true,
    [],
    {},
    'x'.repeat(100_000),
  ),
)

test('info requests of any shape are answered or refused', () => {
  const fields = fc.dictionary(
    fc.constantFrom(
      'coin',
      'user',
      'oid',
      'startTime',
      'endTime',
      'req',
      'nSigFigs',
      'mantissa',
      'dex',
      'id',
      'builder',
    ),
    Word,
  )
  fc.assert(
    fc.property(
      fc.oneof(
        Junk,
        fc.tuple(fc.constantFrom(...TYPES), fields).map(([type, more]) => ({ ...more, type })),
      ),
      (body) => {
        survives(() => JSON.stringify(paper.info(body)))
      },
    ),
    { numRuns: 2_000 },
  )
})

test('subscriptions of any shape are read or refused', () => {
  const fields = fc.dictionary(
    fc.constantFrom('coin', 'user', 'interval', 'nSigFigs', 'mantissa', 'fast', 'dex'),
    Word,
  )
  const types = fc.constantFrom(
    'l2Book',
    'bbo',
    'trades',
    'candle',
    'activeAssetCtx',
    'activeAssetData',
    'allMids',
    'userFills',
    'openOrders',
    'webData3',
    'webData2',
    'toString',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        Junk,
        fc.tuple(types, fields).map(([type, more]) => ({ ...more, type })),
      ),
      (body) => {
        survives(() => {
          const read = readFeed(body, paper.feeds)
          if ('feed' in read) read.feed.first()
        })
      },
    ),
    { numRuns: 2_000 },
  )
})

test('envelopes of any shape are answered or refused', () => {
  const fields = fc.dictionary(
    fc.constantFrom('action', 'nonce', 'signature', 'vaultAddress', 'expiresAfter'),
    Word,
  )
  fc.assert(
    fc.property(fc.oneof(Junk, fields), (body) => survives(() => paper.actions.execute(body))),
    { numRuns: 1_000 },
  )
})

const OrderLike = fc.record(
  {
    a: Word,
    b: Word,
    p: Word,
    s: Word,
    r: Word,
    t: fc.oneof(
      Junk,
      fc.record({
        limit: fc.record({ tif: fc.constantFrom('Gtc', 'Ioc', 'Alo', 'FrontendMarket', 'Nope') }),
      }),
      fc.record({ trigger: fc.dictionary(fc.constantFrom('isMarket', 'triggerPx', 'tpsl'), Word) }),
    ),
    c: Word,
  },
  { requiredKeys: [] },
)
const Text = fc.oneof(
  fc.constantFrom(
    '100000',
    '100000.0',
    '99990',
    '0.001',
    '0.01',
    '1',
    '0',
    '00001',
    '0.000000000001',
    '123456789012345678901234567890',
    '-5',
  ),
  fc.double().map(String),
)
const NearlyOrder = fc.record({
  a: fc.integer({ min: -1, max: 3 }),
  b: fc.boolean(),
  p: Text,
  s: Text,
  r: fc.boolean(),
  t: fc.oneof(
    fc.record({ limit: fc.record({ tif: fc.constantFrom('Gtc', 'Ioc', 'Alo', 'FrontendMarket') }) }),
    fc.record({
      trigger: fc.record({ isMarket: fc.boolean(), triggerPx: Text, tpsl: fc.constantFrom('tp', 'sl') }),
    }),
  ),
})

test('signed actions of any shape are answered or refused, and leave the ledger whole', () => {
  const action = fc.oneof(
    fc
      .tuple(
        fc.constantFrom(...ACTIONS),
        fc.dictionary(
          fc.constantFrom(
            'orders',
            'grouping',
            'cancels',
            'modifies',
            'order',
            'oid',
            'asset',
            'leverage',
            'isCross',
            'amount',
            'destination',
            'time',
            'twap',
            'name',
            'usd',
            'ntli',
            'isBuy',
          ),
          Word,
        ),
      )
      .map(([type, more]) => ({ ...more, type })),
    fc.record({
      type: fc.constant('order'),
      orders: fc.array(fc.oneof(OrderLike, NearlyOrder), { maxLength: 4 }),
      grouping: fc.constantFrom('na', 'normalTpsl', 'positionTpsl', 'none'),
    }),
    fc.record({
      type: fc.constant('batchModify'),
      modifies: fc.array(fc.record({ oid: Word, order: NearlyOrder }), { maxLength: 3 }),
    }),
  )
  let accepted = 0
  fc.assert(
    fc.property(action, (one) => {
      nonce++
      survives(() => {
        const signature = signL1(signer, 'paper', one, { nonce, expiresAfter: null })
        const answer = paper.actions.execute(JSON.parse(JSON.stringify({ action: one, nonce, signature })))
        if (answer.status === 'ok') accepted++
      })
      expect([...paper.core.engine.state.accounts.values()].flatMap(accountFaults)).toEqual([])
    }),
    { numRuns: 1_500 },
  )
  expect(accepted).toBeGreaterThan(50)
})

test('an action nested a thousand deep is refused, not crashed on', () => {
  const deep = JSON.parse(`${'['.repeat(1_000)}${']'.repeat(1_000)}`) as unknown
  const signature = { r: '0x1', s: '0x1', v: 27 }
  expect(() => paper.actions.execute({ action: { type: 'noop', deep }, nonce: NOW, signature })).toThrow(
    RequestError,
  )
})
