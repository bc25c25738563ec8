/** Random orders of several accounts against a moving market: whatever happens, the books add up. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Engine } from '#exchange/paper/engine/engine.ts'
import { accountFaults, bookFaults, mirrorFaults } from '#exchange/paper/engine/invariants.ts'
import { accountValue } from '#exchange/paper/engine/margin.ts'
import { marksOf } from '#exchange/paper/engine/state.ts'
import type { EngineRecord, Fill } from '#exchange/paper/engine/types.ts'
import { USD } from '#exchange/paper/engine/units.ts'
import { applyStep, request } from '#tests/paper/support/apply-step.ts'
import { lots, Steps, user } from '#tests/paper/support/random-steps.ts'
import { at, levels, SPECS, size, startEngine, USERS } from '#tests/paper/support/small-market.ts'

function faults(engine: Engine, records: readonly EngineRecord[]): string[] {
  const { state } = engine
  const fills = records.flatMap((record): Fill[] => (record.kind === 'fill' ? [record.fill] : []))
  const beyond = records.flatMap((record) => {
    if (record.kind !== 'fill' || record.fill.liquidation || !record.order) return []
    const { fill, order } = record
    return (fill.isBuy ? fill.px > order.px : fill.px < order.px)
      ? [`order ${order.oid} filled at ${fill.px} beyond its limit ${order.px}`]
      : []
  })
  return [
    ...[...state.accounts.values()].flatMap(accountFaults),
    ...state.markets.flatMap((market) => bookFaults(state, market)),
    ...mirrorFaults(fills),
    ...beyond,
  ]
}

test('ledgers balance to the micro-dollar, queues stay sorted and fills mirror each other after every step', () => {
  let fills = 0
  fc.assert(
    fc.property(fc.array(Steps, { minLength: 80, maxLength: 150 }), (steps) => {
      const engine = startEngine()
      engine.drain()
      for (const [index, step] of steps.entries()) {
        applyStep(engine, step, 1_000 + index)
        const records = engine.drain()
        fills += records.filter(({ kind }) => kind === 'fill').length
        expect(faults(engine, records)).toEqual([])
      }
    }),
    { numRuns: 150 },
  )
  expect(fills).toBeGreaterThan(1_000) // else the steps would prove nothing
})

test('trades between accounts create and destroy nothing but fees', () => {
  const NoMarket = Steps.filter((step) => ['order', 'cancel', 'modify'].includes(step.do))
  fc.assert(
    fc.property(fc.array(NoMarket, { minLength: 20, maxLength: 150 }), (steps) => {
      const engine = startEngine()
      // An empty source book: accounts can only trade with each other.
      for (const spec of SPECS) engine.bookSnapshot(2, spec.asset, { bids: [], asks: [] })
      for (const [index, step] of steps.entries()) applyStep(engine, step, 1_000 + index)
      const accounts = [...engine.state.accounts.values()]
      const total = accounts.reduce((sum, account) => sum + accountValue(account, marksOf(engine.state)), 0)
      expect(total + engine.state.feesCollected).toBe(USERS.length * 5_000 * USD)
      for (const spec of SPECS)
        expect(accounts.reduce((sum, account) => sum + (account.coins[spec.asset]?.szi ?? 0), 0)).toBe(0)
    }),
    { numRuns: 200 },
  )
})

test('at one price the older order fills first, whoever owns it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ user, lots }), { minLength: 2, maxLength: 12 }),
      fc.integer({ min: 1, max: 200 }),
      (orders, traded) => {
        const engine = startEngine()
        for (const name of USERS) engine.deposit(2, name, 1_000_000 * USD)
        engine.bookSnapshot(2, 0, { bids: [], asks: levels(0, at(0, 5), 1, 1) })
        const oids = orders.map((order) => {
          const [result] = engine.placeOrders(3, USERS[order.user] as string, {
            orders: [request({ asset: 0, isBuy: true, offset: 0, lots: order.lots })],
            grouping: 'na',
            builder: null,
          })
          return result?.kind === 'resting' ? result.oid : 0
        })
        engine.drain()
        engine.publicTrade(4, 0, { aggressorIsBuy: false, px: at(0, 0), sz: size(0, traded) })
        let left = size(0, traded)
        const fills = new Map(
          engine
            .drain()
            .flatMap((record): [number, number][] =>
              record.kind === 'fill' ? [[record.fill.oid, record.fill.sz]] : [],
            ),
        )
        for (const [index, oid] of oids.entries()) {
          if (oid === 0) continue // the margin did not reach for it
          const want = Math.min(left, size(0, (orders[index] as { lots: number }).lots))
          expect(fills.get(oid) ?? 0).toBe(want)
          left -= want
        }
      },
    ),
  )
})
