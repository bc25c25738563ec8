/** Frames become events exactly; whatever else arrives is a typed error, and the fast readers agree with the checked ones. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MalformedFrameError, UnknownChannelError } from '#exchange/wire/errors.ts'
import { parseFrame, parseFrameChecked } from '#exchange/wire/parse-frame.ts'
import { scanFrame } from '#exchange/wire/scan-frame.ts'
import { missingData, sharedData } from '#tests/support/shared-data.ts'

const AT = 1_757_015_216_673
const frame = (channel: string, data: unknown): string => JSON.stringify({ channel, data })
const HASH = `0x${'ab'.repeat(32)}`
const BUYER = `0x${'1'.repeat(40)}`
const SELLER = `0x${'2'.repeat(40)}`
const TRADE = {
  coin: 'SOL',
  side: 'A',
  px: '128.5',
  sz: '0.42',
  time: 1_765_887_848_009,
  hash: HASH,
  tid: 1_016_375_172_059_570,
  users: [BUYER, SELLER],
}
const LEVEL = { px: '128.5', sz: '36.93', n: 2 }

const errorOf = (raw: string): unknown => {
  try {
    return parseFrame(raw, AT)
  } catch (error) {
    return error
  }
}

describe('market frames', () => {
  test('a trade keeps its exact texts, its aggressor and both users', () => {
    expect(parseFrame(frame('trades', [TRADE]), AT)).toEqual({
      kind: 'market',
      channel: 'trades',
      events: [
        {
          kind: 'trade',
          coin: 'SOL',
          ts: 1_765_887_848_009,
          tid: 1_016_375_172_059_570,
          side: 'sell',
          px: '128.5',
          sz: '0.42',
          hash: HASH,
          buyer: BUYER,
          seller: SELLER,
          receivedTs: AT,
        },
      ],
    })
  })

  test('a recording without hash and users gives empty texts, not invented ones', () => {
    const { hash: _hash, users: _users, ...bare } = TRADE
    const parsed = parseFrame(frame('trades', [bare, { ...bare, side: 'B' }]), AT)
    expect(parsed).toMatchObject({
      events: [
        { hash: '', buyer: '', seller: '', side: 'sell' },
        { hash: '', buyer: '', seller: '', side: 'buy' },
      ],
    })
  })

  test('a book keeps levels in order; a side may be empty, and a missing count is 0', () => {
    const data = { coin: 'BTC', time: 5, levels: [[LEVEL, { px: '1', sz: '2' }], []] }
    expect(parseFrame(frame('l2Book', data), AT)).toMatchObject({
      events: [{ kind: 'book', coin: 'BTC', ts: 5, bids: [LEVEL, { px: '1', sz: '2', n: 0 }], asks: [] }],
    })
  })

  test.each([
    { bbo: [LEVEL, null], bid: LEVEL, ask: null },
    { bbo: [null, LEVEL], bid: null, ask: LEVEL },
    { bbo: [null, null], bid: null, ask: null },
    { bbo: [LEVEL], bid: LEVEL, ask: null }, // recorded at the venue: the empty side left out
  ])('a one-sided bbo $bbo is an event with null for the empty side', ({ bbo, bid, ask }) => {
    expect(parseFrame(frame('bbo', { coin: 'BTC', time: 5, bbo }), AT)).toMatchObject({
      events: [{ kind: 'bbo', bid, ask }],
    })
  })

  test('a candle, mids and an asset context; float noise of statistics is cut after 8 decimals, rates are kept', () => {
    const candle = { t: 0, T: 59_999, s: 'BTC', i: '1m', o: '1', c: '2', h: '3', l: '0.5', v: '9.1', n: 4 }
    expect(parseFrame(frame('candle', candle), AT)).toMatchObject({
      events: [{ kind: 'candle', interval: '1m', openTs: 0, closeTs: 59_999, high: '3', trades: 4 }],
    })
    expect(
      parseFrame(frame('allMids', { mids: { BTC: '110000.5', ETH: '4000.123456789' } }), AT),
    ).toMatchObject({
      events: [{ kind: 'mids', mids: { BTC: '110000.5', ETH: '4000.12345678' } }],
    })
    const ctx = {
      funding: '0.0000125',
      openInterest: '5259.34',
      prevDayPx: '132.32',
      dayNtlVlm: '965843.7286000003',
      premium: '0.0003761389',
      oraclePx: '128.41',
      markPx: '128.45',
      midPx: null,
      impactPxs: null,
      dayBaseVlm: '7543.61',
    }
    expect(parseFrame(frame('activeAssetCtx', { coin: 'SOL', ctx }), AT)).toMatchObject({
      events: [
        { kind: 'asset_context', dayNotionalUsd: '965843.72860000', premium: '0.0003761389', midPx: null },
      ],
    })
  })

  test('an unknown extra field is named and does not cost the frame', () => {
    expect(parseFrame(frame('trades', [{ ...TRADE, liquidation: true }]), AT)).toMatchObject({
      events: [{ coin: 'SOL' }],
      unknownFields: ['liquidation'],
    })
  })
})

describe('control frames', () => {
  test.each([
    ['{"channel":"pong"}', { kind: 'pong' }],
    ['Websocket connection established.', { kind: 'unused', channel: 'greeting' }],
    [frame('notification', { notification: 'x' }), { kind: 'unused', channel: 'notification' }],
    [
      frame('subscriptionResponse', { method: 'subscribe', subscription: { type: 'bbo', coin: 'SOL' } }),
      { kind: 'acknowledged', method: 'subscribe', subscription: { type: 'bbo', coin: 'SOL' } },
    ],
    [
      frame('error', 'Already subscribed: {"type":"bbo","coin":"SOL"}'),
      { kind: 'refused', subscription: { type: 'bbo', coin: 'SOL' } },
    ],
    [
      frame('error', 'Invalid subscription {"type":"bbo","coin":"NOPE"}'),
      { kind: 'refused', subscription: { type: 'bbo', coin: 'NOPE' } },
    ],
    [
      frame(
        'error',
        'Error parsing JSON into valid websocket request: {"method":"subscribe","subscription":{"type":"x"}}',
      ),
      { kind: 'refused', subscription: { type: 'x' } },
    ],
    [frame('error', 'Cannot track more than 10 total users.'), { kind: 'refused', subscription: null }],
  ])('%s is understood', (raw, parsed) => {
    expect(parseFrame(raw, AT)).toMatchObject(parsed)
  })
})

describe('malformed frames', () => {
  test.each([
    ['', 'JSON'],
    ['{"channel":"trades"', 'JSON'],
    ['[]', 'an object'],
    ['null', 'an object'],
    ['{"data":[]}', 'a text'],
    [frame('trades', {}), 'an array'],
    [frame('trades', [{ ...TRADE, px: 128.5 }]), 'data[0].px: found 128.5'],
    [frame('trades', [{ ...TRADE, px: '1e5' }]), 'data[0].px'],
    [frame('trades', [{ ...TRADE, px: '-1' }]), 'data[0].px'],
    [frame('trades', [{ ...TRADE, px: '1.' }]), 'data[0].px'],
    [frame('trades', [{ ...TRADE, px: '.5' }]), 'data[0].px'],
    [frame('trades', [{ ...TRADE, px: '0.123456789' }]), 'at most 8 decimals'],
    [frame('trades', [TRADE, { ...TRADE, side: 'C' }]), 'data[1].side'],
    [frame('trades', [{ ...TRADE, tid: 2 ** 53 }]), 'data[0].tid'],
    [frame('trades', [{ ...TRADE, time: '5' }]), 'data[0].time'],
    [frame('trades', [{ ...TRADE, hash: '0x12' }]), '64 hex digits'],
    [frame('trades', [{ ...TRADE, users: [BUYER, 7] }]), 'data[0].users[1]'],
    [frame('trades', [{ ...TRADE, coin: '' }]), 'data[0].coin'],
    [frame('l2Book', { coin: 'BTC', time: 5, levels: [[]] }), 'two sides'],
    [frame('l2Book', { coin: 'BTC', time: 5, levels: [[{ px: '1' }], []] }), 'data.levels[0][0].sz'],
    [frame('bbo', { coin: 'BTC', time: -5, bbo: [null, null] }), 'data.time'],
    [frame('bbo', { coin: 'BTC', time: 5, bbo: [LEVEL, LEVEL, LEVEL] }), 'at most two sides'],
    [frame('candle', { t: 0, T: 1, s: 'BTC', i: '7m' }), 'an interval of the venue'],
    [frame('allMids', { mids: { BTC: 1 } }), 'data.mids.BTC'],
    [frame('orderUpdates', [{ order: {}, status: 'open', statusTimestamp: 1 }]), 'data[0].order'],
    [frame('userFills', { fills: [] }), 'an address'],
    [frame('user', {}), 'fills, funding, liquidation or nonUserCancel'],
    [frame('subscriptionResponse', { method: 'x', subscription: {} }), 'subscribe or unsubscribe'],
    [frame('error', 5), 'a text'],
  ])('%s is refused, naming: %s', (raw, named) => {
    const error = errorOf(raw)
    expect(error).toBeInstanceOf(MalformedFrameError)
    expect((error as Error).message).toContain(named)
  })

  test('an unknown channel is an error of its own', () => {
    expect(errorOf(frame('gossip', {}))).toBeInstanceOf(UnknownChannelError)
  })
})

/** Frames of the venue's own layout, and near misses of it. */
const Digits = fc.stringMatching(/^(0|[1-9]\d{0,8})(\.\d{1,9})?$/)
const AnyLevel = fc.record({ px: Digits, sz: Digits, n: fc.integer({ min: -1, max: 9_999 }) })
const Coin = fc.constantFrom('BTC', 'kPEPE', '@151', 'xyz:SILVER', 'a"b', 'ü', '')
const Time = fc.integer({ min: 0, max: 2_000_000_000_000 })
const Address = fc.constantFrom(BUYER, SELLER, '0xZZ', `0x${'A'.repeat(40)}`)
const AnyFrame = fc.oneof(
  fc.record({
    channel: fc.constant('trades'),
    data: fc.array(
      fc.record(
        {
          coin: Coin,
          side: fc.constantFrom('A', 'B', 'C'),
          px: Digits,
          sz: Digits,
          time: Time,
          hash: fc.constantFrom(HASH, `0x${'AB'.repeat(32)}`, '0x'),
          tid: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
          users: fc.tuple(Address, Address),
        },
        { requiredKeys: ['coin', 'side', 'px', 'sz', 'time', 'tid'] },
      ),
      { maxLength: 4 },
    ),
  }),
  fc.record({
    channel: fc.constant('l2Book'),
    data: fc.record({
      coin: Coin,
      time: Time,
      levels: fc.tuple(fc.array(AnyLevel, { maxLength: 4 }), fc.array(AnyLevel, { maxLength: 4 })),
    }),
  }),
  fc.record({
    channel: fc.constant('bbo'),
    data: fc.record({ coin: Coin, time: Time, bbo: fc.tuple(fc.option(AnyLevel), fc.option(AnyLevel)) }),
  }),
)
const outcome = (read: () => unknown): unknown => {
  try {
    return read()
  } catch (error) {
    return (error as Error).message
  }
}

describe('fuzz', () => {
  test('the fast readers and the checked ones say the same of every frame', () => {
    fc.assert(
      fc.property(AnyFrame, (value) => {
        const raw = JSON.stringify(value)
        expect(outcome(() => parseFrame(raw, AT))).toEqual(outcome(() => parseFrameChecked(raw, AT)))
      }),
      { numRuns: 3_000 },
    )
  })

  test('a mutated frame is read alike by both readers, or refused with the typed error', () => {
    const edit = fc.record({
      at: fc.nat({ max: 400 }),
      cut: fc.nat({ max: 3 }),
      put: fc.constantFrom(
        '',
        '"',
        ',',
        '{',
        '}',
        '[',
        ']',
        '0',
        '9',
        '.',
        '-',
        'e',
        'null',
        '\\',
        '\u0000',
        'é',
      ),
    })
    fc.assert(
      fc.property(AnyFrame, fc.array(edit, { minLength: 1, maxLength: 3 }), (value, edits) => {
        let raw = JSON.stringify(value)
        for (const { at, cut, put } of edits) {
          const place = at % (raw.length + 1)
          raw = raw.slice(0, place) + put + raw.slice(place + cut)
        }
        const error = errorOf(raw)
        if (error instanceof Error)
          expect(['MALFORMED_FRAME', 'UNKNOWN_CHANNEL']).toContain((error as MalformedFrameError).code)
        expect(outcome(() => parseFrame(raw, AT))).toEqual(outcome(() => parseFrameChecked(raw, AT)))
      }),
      { numRuns: 5_000 },
    )
  })

  test('random text, random JSON and deep nesting never end in anything but the typed errors', () => {
    const channels = fc.constantFrom(
      'trades',
      'candle',
      'allMids',
      'activeAssetCtx',
      'userFills',
      'orderUpdates',
      'userFundings',
      'user',
      'error',
      'post',
      'subscriptionResponse',
      '__proto__',
      'constructor',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.tuple(channels, fc.jsonValue()).map(([channel, data]) => frame(channel, data)),
        ),
        (raw) => {
          const error = errorOf(raw)
          if (error instanceof Error)
            expect(['MALFORMED_FRAME', 'UNKNOWN_CHANNEL']).toContain((error as MalformedFrameError).code)
        },
      ),
      { numRuns: 3_000 },
    )
    for (const deep of [
      '['.repeat(200_000),
      `{"channel":"trades","data":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
    ])
      expect(errorOf(deep)).toBeInstanceOf(MalformedFrameError)
  })
})

const rawFrames = (name: string): string[] => {
  const bytes = readFileSync(sharedData(name))
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes)
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { channel, data } = JSON.parse(line)
      return JSON.stringify({ channel, data })
    })
}

describe.each(['ws/frames_20260722_5m.jsonl', 'ws/replay_20250904_35m.jsonl.gz'])(
  'the recording %s',
  (name) => {
    const missing = missingData(name)
    test.skipIf(missing)(
      `is read whole by the fast readers, equal to the checked ones${missing ? ` (${missing})` : ''}`,
      () => {
        const frames = rawFrames(name)
        expect(frames.length).toBeGreaterThan(1_000)
        for (const raw of frames) {
          const fast = scanFrame(raw, AT)
          if (fast === null) expect(raw).toBe('a shape that the fast readers know')
          // JSON text compares a hundred times faster than toEqual over 70,000 frames, and fields come in the same order.
          if (JSON.stringify(fast) !== JSON.stringify(parseFrameChecked(raw, AT)))
            expect(fast).toEqual(parseFrameChecked(raw, AT))
        }
      },
    )
  },
)

const SAMPLES = 'ws/private_channel_samples.jsonl'
const EDGES = 'ws/edge_case_frames.jsonl'
test.skipIf(missingData(SAMPLES))(`every recorded private frame is read${missingData(SAMPLES) ?? ''}`, () => {
  const lines = readFileSync(sharedData(SAMPLES), 'utf8').trim().split('\n')
  const frames = lines.map((line) => JSON.parse(line).message).filter((message) => 'channel' in message)
  expect(frames.length).toBeGreaterThan(15)
  const parsed = frames.map((message) => parseFrame(JSON.stringify(message), AT))
  expect(parsed.filter(({ kind }) => kind === 'account').length).toBeGreaterThanOrEqual(9)
  expect(parsed.find((each) => each.kind === 'account' && each.channel === 'userFills')).toMatchObject({
    snapshot: true,
  })
  const statuses = parsed.flatMap((each) =>
    each.kind === 'account' && each.channel === 'orderUpdates' ? each.events : [],
  )
  expect(statuses).toContainEqual(
    expect.objectContaining({ status: 'rejected', word: 'minTradeNtlRejected' }),
  )
})

test.skipIf(missingData(EDGES))(
  `empty books, one-sided quotes and spot contexts are read${missingData(EDGES) ?? ''}`,
  () => {
    const kinds = readFileSync(sharedData(EDGES), 'utf8')
      .trim()
      .split('\n')
      .map((raw) => parseFrame(raw, AT).kind)
    expect(kinds).toHaveLength(10)
    expect(kinds.filter((kind) => kind === 'unused')).toHaveLength(1) // the spot context
  },
)
