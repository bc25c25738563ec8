/** Worked examples N10, N11 and N12 of the engine in a running segment: funding taken once, orders under a kill, a drawdown that nothing undoes. */
// Not here: the rules alone (domain/risk/worked-examples.test.ts).
import { describe, expect, test } from 'vitest'
import type { FundingEvent } from '#domain/events.ts'
import { parseFixed } from '#domain/fixed-point.ts'
import { takeFunding } from '#domain/session/maker-pnl.ts'
import { recallMaker } from '#domain/session/maker-state.ts'
import { checkDrawdown } from '#domain/session/risk-desk.ts'
import { submitOrders } from '#domain/session/submit.ts'
import type { KillMode } from '#domain/session/types.ts'
import { candleInput, holding, limitsOf, readyContext } from '#tests/support/segment-inputs.ts'
import { cloidOf, intentOf } from '#tests/support/session-ports.ts'

const entry = intentOf({ tif: 'ioc', purpose: 'entry' })
const exit = intentOf({
  cloid: cloidOf({ seq: 1 }),
  side: 'sell',
  tif: 'ioc',
  reduce_only: true,
  purpose: 'exit',
})

describe('N10: funding of a short of 12.5 AVAX at 34', () => {
  const h0 = 1_763_000_000_000 - (1_763_000_000_000 % 3_600_000)
  const payment = (ts: number, usd: string, rate: string): FundingEvent => ({
    ...{ kind: 'funding_payment', account: 'a', coin: 'AVAX', ts, usd, positionSz: '-12.5', rate },
    receivedTs: ts,
  })
  const events = [
    payment(h0 + 2 * 3_600_000 + 3, '-0.017', '-0.00004'),
    payment(h0 + 3_600_000 + 52, '0.0053125', '0.0000125'),
  ]
  const before = takeFunding(recallMaker({}), [payment(h0 + 1_800_000, '0', '0')])

  test('nothing came: the last time stays', () => {
    expect(takeFunding(before, []).funding.AVAX).toEqual({ usd: '0', lastTs: h0 + 1_800_000 })
  })

  test('+0.0053125 and −0.017 make −0.0116875; the last time is that of the later one', () => {
    const after = takeFunding(before, events)
    expect(after.funding.AVAX).toEqual({ usd: '-0.0116875', lastTs: h0 + 7_200_003 })
    expect(takeFunding(after, events).funding).toEqual(after.funding) // told twice, counted once
  })
})

describe('N11: orders and entries', () => {
  const gateOf = async (kill: KillMode | null): Promise<{ placed: number[]; gates: string[] }> => {
    const { context, inbox, journal, time, venue } = readyContext(
      candleInput({ checkpoint: holding('1'), limits: limitsOf() }),
    )
    if (kill !== null) inbox.state.kill = { mode: kill, by: 'direct', reason: 'unit' }
    await time.drive(submitOrders(context, [entry, exit]))
    const placed = [entry, exit].flatMap(({ cloid }, at) =>
      venue.state.placed.some((order) => order.cloid === cloid) ? [at] : [],
    )
    return { placed, gates: journal.gates() }
  }
  test.each([
    { kill: null, original: 'yes/yes', placed: [0, 1], gates: [] },
    { kill: 'close_only', original: 'yes/no', placed: [1], gates: ['KILL_CLOSE_ONLY'] },
    // The hard kill: the session ends, and what closes it is sent by its end, not by its strategy.
    { kill: 'halt', original: 'no/no', placed: [], gates: ['KILLED', 'KILLED'] },
  ] as const)(
    'under $kill the entry and the exit that leave are $placed (original $original)',
    async (row) => {
      expect(await gateOf(row.kill)).toEqual({ placed: row.placed, gates: row.gates })
    },
  )
})

test('N12: after 8.01 % the session is killed, also at 1100 again: OPEN and REDUCE are refused (original: REDUCE allowed under close_only)', async () => {
  const { context, inbox, journal, market, time, venue } = readyContext(
    candleInput({ checkpoint: holding('10'), limits: limitsOf({ drawdown_pct_max: 8 }) }),
  )
  inbox.state.kill = null
  context.base = { equityE8: parseFixed('1000'), netPnlE8: 0n }
  const at = (equity: number): boolean => {
    market.state.mark = String(100 + (equity - 1_000) / 10) // 10 coins bought at 100
    return checkDrawdown(context)
  }
  expect([1_000, 1_050, 1_000, 966.1].map(at)).toEqual([false, false, false, false])
  expect(at(965.9)).toBe(true)
  expect(context.stop.why()).toMatchObject({
    kind: 'killed',
    by: 'risk',
    reason: expect.stringContaining('8.01 %'),
  })
  expect(at(1_100)).toBe(false)
  await time.drive(submitOrders(context, [entry, exit]))
  expect(journal.gates()).toEqual(['KILLED', 'KILLED'])
  expect(venue.called('placeOrders')).toEqual([])
})
