/** An address may send as many actions as its volume allows; cancels go further, and beyond it one comes through now and then. */
import { expect, test } from 'vitest'
import { ADDRESS_BUDGET, AddressBudget, actionCount, actionsMax } from '#exchange/paper/address-budget.ts'
import { createAccount } from '#exchange/paper/engine/account.ts'
import { USD } from '#exchange/paper/engine/units.ts'

const account = (requests: number, tradedUsd = 0) =>
  Object.assign(createAccount('0xa', 0), { requests, cumVolume: tradedUsd * USD })
const order = { type: 'order', orders: [{}] }
const cancel = { type: 'cancel', cancels: [{}] }
const NOW = 1_000_000

test.each([
  [{ type: 'order', orders: [1, 2, 3] }, 3],
  [{ type: 'cancel', cancels: [1, 2] }, 2],
  [{ type: 'batchModify', modifies: [1] }, 1],
  [{ type: 'order', orders: [] }, 1],
  [{ type: 'noop' }, 1],
])('%j counts %i', (action, count) => {
  expect(actionCount(action)).toBe(count)
})

test('the last action of the budget goes through, the next one is told why not', () => {
  const budget = new AddressBudget(true)
  expect(budget.fault(account(9_999), order, NOW)).toBeNull()
  budget.fault(account(10_000), order, NOW) // the one that trickles
  expect(budget.fault(account(10_436, 436.92), order, NOW)).toBe(
    'Too many cumulative requests sent (10437 > 10436) for cumulative volume traded $436.92. Place taker orders to free up 1 request per USDC traded.',
  )
})

test('each USDC traded adds one', () => {
  expect(actionsMax(account(0, 436.92))).toBe(10_436)
  expect(new AddressBudget(true).fault(account(10_435, 436.92), order, NOW)).toBeNull()
})

test('cancels go on up to twice the budget, or 100,000 beyond it', () => {
  const budget = new AddressBudget(true)
  budget.fault(account(50_000), cancel, NOW)
  expect(budget.fault(account(19_999), cancel, NOW)).toBeNull()
  expect(budget.fault(account(20_000), cancel, NOW)).toContain('20001 > 20000')
  expect(budget.fault(account(1_099_999, 990_000), cancel, NOW)).toBeNull()
  expect(budget.fault(account(1_100_000, 990_000), cancel, NOW)).toContain('> 1100000')
})

test('beyond the budget one action in ten seconds is let through', () => {
  const budget = new AddressBudget(true)
  const spent = account(10_000)
  expect(budget.fault(spent, order, NOW)).toBeNull()
  expect(budget.fault(spent, order, NOW + ADDRESS_BUDGET.trickleMs - 1)).not.toBeNull()
  expect(budget.fault(spent, order, NOW + ADDRESS_BUDGET.trickleMs)).toBeNull()
})

test('it is only counted unless limits are enforced', () => {
  expect(new AddressBudget(false).fault(account(1e9), order, NOW)).toBeNull()
})
