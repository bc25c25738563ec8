/** Real fills: the venue's own result of closing fills is reproduced, and a whole account history reconciles with its portfolio. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT_ROOT } from '#config/environment.ts'
import { formatFixed, parseFixed, toNumber } from '#domain/fixed-point.ts'
import { batchOf, type LedgerFill } from '#domain/pnl/batch.ts'
import { Fold } from '#domain/pnl/fold.ts'
import type { LaneDay } from '#domain/pnl/types.ts'
import { closings, closingTable, recorded, UNKNOWN_ENTRY } from '#tests/support/closing-fills.ts'
import { missingData, sharedData } from '#tests/support/shared-data.ts'

const LEADER = 'fills/exchange_leader_fills.json'
const FOLLOWER = 'fills/exchange_follower_fills.json'
const TRADES = 'fills/hyperliquid-grok-4-20-trade-history-2026-02-10.csv'
const FUNDING = 'fills/hyperliquid-grok-4-20-funding.json'
const PORTFOLIO = 'fills/hyperliquid-grok-4-20-portfolio.json'
const json = <T>(name: string): T => JSON.parse(readFileSync(sharedData(name), 'utf8')) as T

test.skipIf(missingData(LEADER)).each([
  [LEADER, 1369, 11, 10],
  [FOLLOWER, 106, 0, 0],
])(
  'closedPnl of %s: %d closing fills, %d of unknown entry, %d differ, each with its cause',
  (name, count, anchors, differ) => {
    const all = closings(recorded(name))
    const unknown = all.filter(({ cause }) => cause === UNKNOWN_ENTRY).length
    const differing = all.filter(({ cause }) => cause !== '' && cause !== UNKNOWN_ENTRY)
    expect([all.length, unknown, differing.length]).toEqual([count, anchors, differ])
    expect(1 - differing.length / (all.length - unknown)).toBeGreaterThanOrEqual(0.99)
    expect(differing.filter(({ cause }) => cause === 'unexplained')).toEqual([])
  },
)

test.skipIf(missingData(LEADER))(
  'the page of PnL lists every one of them, and no other, with both rates',
  () => {
    const page = readFileSync(join(PROJECT_ROOT, 'docs', 'features', 'pnl.md'), 'utf8')
    const listed = page
      .split('\n')
      .filter((line) => line.endsWith(`${UNKNOWN_ENTRY} |`) || line.endsWith('entry off |'))
    expect(listed).toEqual(closingTable(recorded(LEADER)))
    const all = closings(recorded(LEADER))
    const right = all.filter(({ cause }) => cause === '').length
    const judged = all.filter(({ cause }) => cause !== UNKNOWN_ENTRY).length
    const rate = (of: number) => `${((100 * right) / of).toFixed(2)} %`
    expect(page).toContain(`${right} of ${judged} that can be judged: ${rate(judged)}`)
    expect(page).toContain(`of all ${all.length}: ${rate(all.length)}`)
  },
)

/** The file has no positions: they follow from the sizes, since the account began flat. */
function wholeHistory(): LedgerFill[] {
  const held = new Map<string, bigint>()
  return readFileSync(sharedData(TRADES), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line, at) => {
      const [time, coin, side, sz, px, , , , , , closedPnl, , fee] = line.split(',') as string[]
      const start = held.get(coin as string) ?? 0n
      const signed = parseFixed(sz as string) * (side === 'BUY' ? 1n : -1n)
      held.set(coin as string, start + signed)
      return {
        ...{ account: 'grok', coin: coin as string, ts: Date.parse(time as string), tid: at, crossed: true },
        ...{
          side: side === 'BUY' ? ('buy' as const) : ('sell' as const),
          px: px as string,
          sz: sz as string,
        },
        ...{ startPosition: formatFixed(start), closedPnl: closedPnl as string, fee: fee as string },
      }
    })
}

const DAY_MS = 86_400_000
/** What the account's flat days leave unexplained: the recorder's own note is "a few dollars". */
const FLAT_TOLERANCE_USD = 3
/** Marks are not recorded: while something is held, fills around the moment bracket its price, and the market moves between them. */
const MARK_TOLERANCE = 0.02

test.skipIf(missingData(TRADES))(
  'a whole account history reconciles with its portfolio, at every point that it has',
  () => {
    const fills = wholeHistory()
    const payments = json<{ payments: { time: number; usdc: number }[] }>(FUNDING).payments
    const points = json<{ allTime: { pnlHistory: [number, string][] } }>(PORTFOLIO).allTime.pnlHistory
    const judged = points.map(([ts, pnl]) => {
      const before = fills.filter((fill) => fill.ts <= ts)
      const days: LaneDay[] = []
      const { batch, lanes } = batchOf(before)
      const fold = new Fold((day) => days.push(day))
      fold.take(batch)
      fold.end()
      const sums = days.map((day) => day.sums)
      const total = (field: 'realised' | 'takerFees') =>
        toNumber(sums.reduce((all, each) => all + each[field], 0n))
      const funding = payments.filter(({ time }) => time <= ts).reduce((all, { usdc }) => all + usdc, 0)
      const held = [...new Map(days.map((day) => [day.lane, day])).values()].filter(
        ({ holding }) => holding.sz !== 0n,
      )
      const net = total('realised') - total('takerFees') + funding
      const open = held.map(({ lane, holding }) => {
        const coin = lanes[lane]?.coin
        const sz = toNumber(holding.sz)
        const near = [
          before.findLast((fill) => fill.coin === coin),
          fills.find((fill) => fill.coin === coin && fill.ts > ts),
        ]
        const worth = near.flatMap((fill) =>
          fill ? [sz * Number(fill.px) - Math.sign(sz) * toNumber(holding.cost)] : [],
        )
        return { worth, gross: Math.abs(sz) * Number(near[0]?.px) }
      })
      const low = net + open.reduce((all, { worth }) => all + Math.min(...worth), 0)
      const high = net + open.reduce((all, { worth }) => all + Math.max(...worth), 0)
      const gross = open.reduce((all, each) => all + each.gross, 0)
      const slack = FLAT_TOLERANCE_USD + MARK_TOLERANCE * gross
      return { ts, pnl: Number(pnl), low, high, slack, flat: gross === 0, days: ts / DAY_MS }
    })
    for (const { pnl, low, high, slack } of judged) {
      expect(pnl).toBeGreaterThanOrEqual(low - slack)
      expect(pnl).toBeLessThanOrEqual(high + slack)
    }
    expect(judged.length).toBe(points.length)
    expect(judged.filter(({ flat }) => flat).length).toBeGreaterThanOrEqual(points.length - 4)
  },
)
