/** Market frames as parsed JSON → market events, every field checked. */
// Not here: the fast readers that skip JSON.parse for the hot shapes (scan-frame.ts).
import type { BboEvent, BookEvent, BookLevel, CandleEvent, MarketEvent, TradeEvent } from '#domain/events.ts'
import type { Decimal } from '#domain/fixed-point.ts'
import { CANDLE_INTERVALS, type CandleInterval, type EpochMs } from '#domain/time.ts'
import type { MarketChannel, ParsedFrame } from '#exchange/wire/frames.ts'
import {
  type Fields,
  readAmount,
  readFields,
  readHexOrNone,
  readList,
  readRate,
  readSide,
  readStatistic,
  readText,
  readTime,
  readWhole,
  refuse,
} from '#exchange/wire/read-value.ts'

const KNOWN = {
  trades: new Set(['coin', 'side', 'px', 'sz', 'time', 'hash', 'tid', 'users']),
  l2Book: new Set(['coin', 'time', 'levels', 'spread']),
  bbo: new Set(['coin', 'time', 'bbo']),
  candle: new Set(['t', 'T', 's', 'i', 'o', 'c', 'h', 'l', 'v', 'n']),
  allMids: new Set(['mids', 'dex']),
  activeAssetCtx: new Set(['coin', 'ctx']),
} as const satisfies Record<MarketChannel, ReadonlySet<string>>

/** @throws MalformedFrameError with the path of the first fault */
export function readMarketFrame(channel: string, data: unknown, receivedTs: EpochMs): ParsedFrame {
  const name = channel as MarketChannel
  if (name === 'trades') {
    const items = readList(data, name, 'data')
    const events = items.map((item, at) =>
      readTrade(readFields(item, name, `data[${at}]`), `data[${at}]`, receivedTs),
    )
    return marketFrame(name, events, items[0] as Fields | undefined)
  }
  const fields = readFields(data, name, 'data')
  return marketFrame(name, [readOne(name, fields, receivedTs)], fields)
}

function readOne(
  channel: Exclude<MarketChannel, 'trades'>,
  fields: Fields,
  receivedTs: EpochMs,
): MarketEvent {
  if (channel === 'l2Book') return readBook(fields, receivedTs)
  if (channel === 'bbo') return readBbo(fields, receivedTs)
  if (channel === 'candle') return readCandle(fields, receivedTs)
  if (channel === 'allMids')
    return { kind: 'mids', mids: readMids(fields.mids, channel, 'data.mids'), receivedTs }
  return readContext(fields, receivedTs)
}

function marketFrame(
  channel: MarketChannel,
  events: readonly MarketEvent[],
  first: Fields | undefined,
): ParsedFrame {
  const known: ReadonlySet<string> = KNOWN[channel]
  const unknownFields = Object.keys(first ?? {}).filter((name) => !known.has(name))
  return unknownFields.length === 0
    ? { kind: 'market', channel, events }
    : { kind: 'market', channel, events, unknownFields }
}

/** One public trade; `hash` and `users` may be absent in recordings. */
export function readTrade(item: Fields, path: string, receivedTs: EpochMs): TradeEvent {
  const users = item.users === undefined ? [] : readList(item.users, 'trades', `${path}.users`)
  return {
    kind: 'trade',
    coin: readText(item.coin, 'trades', `${path}.coin`),
    ts: readTime(item.time, 'trades', `${path}.time`),
    tid: readWhole(item.tid, 'trades', `${path}.tid`),
    side: readSide(item.side, 'trades', `${path}.side`),
    px: readAmount(item.px, 'trades', `${path}.px`),
    sz: readAmount(item.sz, 'trades', `${path}.sz`),
    hash: readHexOrNone(item.hash, 64, 'trades', `${path}.hash`),
    buyer: readHexOrNone(users[0], 40, 'trades', `${path}.users[0]`),
    seller: readHexOrNone(users[1], 40, 'trades', `${path}.users[1]`),
    receivedTs,
  }
}

function readLevel(value: unknown, channel: string, path: string): BookLevel {
  const { px, sz, n } = readFields(value, channel, path)
  return {
    px: readAmount(px, channel, `${path}.px`),
    sz: readAmount(sz, channel, `${path}.sz`),
    n: n === undefined ? 0 : readWhole(n, channel, `${path}.n`),
  }
}

/** A whole book; either side may be empty. */
export function readBook(fields: Fields, receivedTs: EpochMs): BookEvent {
  const levels = readList(fields.levels, 'l2Book', 'data.levels')
  if (levels.length !== 2) refuse('l2Book', 'data.levels', levels.length, 'two sides')
  const side = (index: 0 | 1): BookLevel[] =>
    readList(levels[index], 'l2Book', `data.levels[${index}]`).map((level, at) =>
      readLevel(level, 'l2Book', `data.levels[${index}][${at}]`),
    )
  return {
    kind: 'book',
    coin: readText(fields.coin, 'l2Book', 'data.coin'),
    ts: readTime(fields.time, 'l2Book', 'data.time'),
    bids: side(0),
    asks: side(1),
    receivedTs,
  }
}

function readBbo(fields: Fields, receivedTs: EpochMs): BboEvent {
  const sides = readList(fields.bbo, 'bbo', 'data.bbo')
  if (sides.length > 2) refuse('bbo', 'data.bbo', sides.length, 'at most two sides')
  // A side without orders is null; recordings exist where it is left out instead.
  const side = (index: 0 | 1): BookLevel | null =>
    sides[index] === null || sides[index] === undefined
      ? null
      : readLevel(sides[index], 'bbo', `data.bbo[${index}]`)
  return {
    kind: 'bbo',
    coin: readText(fields.coin, 'bbo', 'data.coin'),
    ts: readTime(fields.time, 'bbo', 'data.time'),
    bid: side(0),
    ask: side(1),
    receivedTs,
  }
}

/** One candle, as a frame and as an item of candleSnapshot. */
export function readCandle(fields: Fields, receivedTs: EpochMs): CandleEvent {
  const interval = readText(fields.i, 'candle', 'data.i') as CandleInterval
  if (!CANDLE_INTERVALS.includes(interval)) refuse('candle', 'data.i', interval, 'an interval of the venue')
  return {
    kind: 'candle',
    coin: readText(fields.s, 'candle', 'data.s'),
    interval,
    openTs: readTime(fields.t, 'candle', 'data.t'),
    closeTs: readTime(fields.T, 'candle', 'data.T'),
    open: readAmount(fields.o, 'candle', 'data.o'),
    high: readAmount(fields.h, 'candle', 'data.h'),
    low: readAmount(fields.l, 'candle', 'data.l'),
    close: readAmount(fields.c, 'candle', 'data.c'),
    volume: readStatistic(fields.v, 'candle', 'data.v'),
    trades: readWhole(fields.n, 'candle', 'data.n'),
    receivedTs,
  }
}

/** Coin → mid price. */
export function readMids(value: unknown, channel: string, path: string): Readonly<Record<string, Decimal>> {
  const fields = readFields(value, channel, path)
  const mid = (coin: string) => [coin, readStatistic(fields[coin], channel, `${path}.${coin}`)] as const
  return Object.fromEntries(Object.keys(fields).map(mid))
}

function readContext(fields: Fields, receivedTs: EpochMs): MarketEvent {
  const channel = 'activeAssetCtx'
  const ctx = readFields(fields.ctx, channel, 'data.ctx')
  const statistic = (name: string): Decimal => readStatistic(ctx[name], channel, `data.ctx.${name}`)
  const isAbsent = (name: string): boolean => ctx[name] === null || ctx[name] === undefined
  return {
    kind: 'asset_context',
    coin: readText(fields.coin, channel, 'data.coin'),
    markPx: statistic('markPx'),
    oraclePx: statistic('oraclePx'),
    midPx: isAbsent('midPx') ? null : statistic('midPx'),
    funding: readRate(ctx.funding, channel, 'data.ctx.funding'),
    premium: isAbsent('premium') ? null : readRate(ctx.premium, channel, 'data.ctx.premium'),
    openInterest: statistic('openInterest'),
    dayNotionalUsd: statistic('dayNtlVlm'),
    dayVolume: ctx.dayBaseVlm === undefined ? '0' : statistic('dayBaseVlm'),
    prevDayPx: statistic('prevDayPx'),
    receivedTs,
  }
}
