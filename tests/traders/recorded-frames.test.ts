/** On recorded frames of the venue: every address seen is followed, and positions change exactly by the trades. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { TradeEvent } from '#domain/events.ts'
import { parseFixed } from '#domain/fixed-point.ts'
import { PositionBook } from '#domain/traders/position-book.ts'
import { parseFrame } from '#exchange/wire/parse-frame.ts'
import { missingData, sharedData } from '../support/shared-data.ts'

const FILE = 'ws/frames_20260722_5m.jsonl'

/** Trades of each recorded frame, read by the parser that the follower uses. */
function framesOfTrades(): TradeEvent[][] {
  const lines = readFileSync(sharedData(FILE), 'utf8').split('\n')
  return lines.flatMap((line) => {
    if (!line.includes('"trades"')) return []
    const { channel, data, received_wall_ns } = JSON.parse(line) as {
      channel: string
      data: unknown
      received_wall_ns: number
    }
    const parsed = parseFrame(JSON.stringify({ channel, data }), Math.floor(received_wall_ns / 1e6))
    if (parsed.kind !== 'market') return []
    return [parsed.events.filter((event) => event.kind === 'trade')]
  })
}

describe.skipIf(missingData(FILE))('recorded frames', () => {
  it('follows every address, and moves each exactly by his trades', () => {
    const frames = framesOfTrades()
    const trades = frames.flat()
    expect(trades.length).toBeGreaterThan(100)
    const book = new PositionBook()
    for (const frame of frames) book.take(frame)
    const once = [...new Map(trades.map((trade) => [`${trade.coin} ${trade.tid}`, trade])).values()]
    const expected = new Map<string, bigint>()
    const move = (address: string, coin: string, szE8: bigint): void => {
      const key = `${address} ${coin}`
      expected.set(key, (expected.get(key) ?? 0n) + szE8)
    }
    for (const { buyer, seller, coin, sz } of once) {
      move(buyer, coin, parseFixed(sz))
      move(seller, coin, -parseFixed(sz))
    }
    const addresses = new Set(once.flatMap(({ buyer, seller }) => [buyer, seller]))
    expect(book.size).toBe(addresses.size)
    for (const address of addresses) expect(book.trader(address), address).toBeDefined()
    for (const [key, szE8] of expected) {
      const [address = '', coin = ''] = key.split(' ')
      expect(book.trader(address)?.positions.get(coin)?.szE8 ?? 0n, key).toBe(szE8)
    }
    expect(book.counts).toMatchObject({ trades: once.length, nameless: 0, tooOld: 0 })
  })

  it('names the buyer first: the taker is the one on the side', () => {
    const trades = framesOfTrades().flat()
    // Trades of one transaction and side share their taker.
    const takers = new Map<string, Set<string>>()
    for (const { hash, side, buyer, seller } of trades) {
      if (/^0x0*$/.test(hash)) continue
      const key = `${hash} ${side}`
      takers.set(key, (takers.get(key) ?? new Set()).add(side === 'buy' ? buyer : seller))
    }
    for (const [key, names] of takers) expect(names.size, key).toBe(1)
  })

  it('is the same when every frame comes twice and in another order', () => {
    const frames = framesOfTrades()
    const straight = new PositionBook()
    for (const frame of frames) straight.take(frame)
    const shuffled = new PositionBook()
    for (const frame of [...frames].reverse()) shuffled.take([...frame, ...frame])
    const sizes = (book: PositionBook) =>
      [...book.traders()]
        .map(({ address, positions }) => [
          address,
          ...[...positions].map(([coin, { szE8 }]) => `${coin} ${szE8}`).sort(),
        ])
        .sort()
    expect(sizes(shuffled)).toEqual(sizes(straight))
    expect(shuffled.counts.repeated).toBeGreaterThanOrEqual(straight.counts.trades)
  })
})
