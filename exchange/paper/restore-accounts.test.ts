/** What the journal says is what the engine was: accounts rebuilt from the lines equal the live ones, after any history. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Account } from '#exchange/paper/engine/account.ts'
import { createEngine, type Engine } from '#exchange/paper/engine/engine.ts'
import { accountFaults, bookFaults } from '#exchange/paper/engine/invariants.ts'
import type { Order } from '#exchange/paper/engine/types.ts'
import type { JournalLine } from '#exchange/paper/journal.ts'
import { journalLines } from '#exchange/paper/journal-lines.ts'
import { AccountRestorer } from '#exchange/paper/restore-accounts.ts'
import { applyStep } from '#tests/paper/support/apply-step.ts'
import { Steps } from '#tests/paper/support/random-steps.ts'
import { SPECS, startEngine } from '#tests/paper/support/small-market.ts'

/** An order without what is not kept: its place in the queue. */
function orderFacts({ prev: _prev, next: _next, ahead: _ahead, ...facts }: Order): unknown {
  return facts
}

function accountFacts({
  open,
  twaps,
  closed,
  byCloid,
  active,
  coins: _sparse,
  rates: _cached,
  ...facts
}: Account): unknown {
  return {
    ...facts,
    active: active
      .filter((coin) => coin.szi !== 0 || coin.buySz !== 0 || coin.sellSz !== 0 || coin.leverage !== 20)
      .sort((a, b) => a.asset - b.asset),
    open: [...open.values()].sort((a, b) => a.oid - b.oid).map(orderFacts),
    closed: [...closed].map(orderFacts),
    twaps: [...twaps.values()].map(({ lastSlice: _lastSlice, ...twap }) => twap),
    byCloid: [...byCloid].map(([cloid, order]) => [cloid, order.oid]),
  }
}

const facts = (engine: Engine) => [...engine.state.accounts.values()].map(accountFacts)

function restored(lines: readonly JournalLine[]): Engine {
  const engine = createEngine({ specs: SPECS, seed: 1 })
  const restorer = new AccountRestorer(engine.state)
  // Through text, as the file holds it.
  for (const line of lines) restorer.apply(JSON.parse(JSON.stringify(line)) as JournalLine)
  restorer.finish()
  return engine
}

test('accounts, orders and fills rebuilt from the journal equal the live ones', () => {
  fc.assert(
    fc.property(fc.array(Steps, { minLength: 40, maxLength: 120 }), (steps) => {
      const engine = startEngine()
      const lines = [...journalLines(engine.state, engine.drain())]
      for (const [index, step] of steps.entries()) {
        applyStep(engine, step, 1_000 + index)
        lines.push(...journalLines(engine.state, engine.drain()))
      }
      const twin = restored(lines)
      expect(facts(twin)).toEqual(facts(engine))
      // Ids that were never recorded may be given again; recorded ones never.
      const oids = [...engine.state.accounts.values()].flatMap(({ open, closed }) => [
        ...open.keys(),
        ...closed.map(({ oid }) => oid),
      ])
      expect(twin.state.nextOid).toBeGreaterThan(Math.max(0, ...oids))
      expect(twin.state.sequence).toBeLessThanOrEqual(engine.state.sequence)
      const faults = [
        ...[...twin.state.accounts.values()].flatMap(accountFaults),
        ...twin.state.markets.flatMap((market) => bookFaults(twin.state, market)),
      ]
      expect(faults).toEqual([])
    }),
    { numRuns: 100 },
  )
})

test('a fill of a coin that the new market does not have keeps its effect on cash', () => {
  const [engine] = [startEngine()]
  const lines = journalLines(engine.state, engine.drain())
  const fill: JournalLine = {
    kind: 'fill',
    user: '0xa',
    coin: 'GONE',
    closedPnl: 2_000_000,
    fee: 500_000,
    ts: 9,
  }
  const account = restored([...lines, fill]).account('0xa')
  expect(account).toMatchObject({ cash: 5_001_500_000, realised: 2_000_000, fees: 500_000 })
})
