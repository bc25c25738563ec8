/** Several processes on one budget: what one spends the others miss, a refusal counts for all, and broken files hold nobody up. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '#config/clock.ts'
import { openSharedLedger, readUsage, type SharedLedger } from '#exchange/client/shared-budget.ts'
import { createWeightBudget, LIMITS as WEIGHTS, type WeightBudget } from '#exchange/client/weight-budget.ts'

let folder: string
let open: SharedLedger[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-weights-'))
  open = []
})
afterEach(async () => {
  for (const ledger of open) await ledger.close()
  rmSync(folder, { recursive: true, force: true })
})

function member(process: string, venue = 'http://venue'): WeightBudget {
  const ledger = openSharedLedger({
    ...{ folder, process, venue, clock: systemClock },
    left: () => budget.left(),
  })
  open.push(ledger)
  const startLeft = ledger.leftOfOthers(WEIGHTS.weightPerMinuteMax / 60_000)
  const budget = createWeightBudget(systemClock, WEIGHTS.weightPerMinuteMax, {
    sharing: ledger,
    now: () => systemClock.now(),
    ...(startLeft === null ? {} : { startLeft }),
  })
  return budget
}

test('what one process spends, another one misses', async () => {
  const [collector, trader] = [member('collector'), member('trader')]
  for (let at = 0; at < 30; at++) expect(collector.tryTake(20, 'collect')).toBe(true)
  await expect.poll(() => trader.left(), { timeout: 10_000 }).toBeLessThan(WEIGHTS.weightPerMinuteMax - 400)
  expect(trader.left()).toBeGreaterThanOrEqual(WEIGHTS.weightPerMinuteMax - 600)
})

test('a process that starts late begins with what the others left', async () => {
  const first = member('first')
  for (let at = 0; at < 30; at++) first.tryTake(20, 'read')
  await expect.poll(() => readUsage(folder).length, { timeout: 10_000 }).toBe(1)
  expect(member('late').left()).toBeLessThan(WEIGHTS.weightPerMinuteMax - 300)
  expect(member('elsewhere', 'http://other').left()).toBe(WEIGHTS.weightPerMinuteMax)
})

test('when the venue refuses one, nobody goes on, but a kill', async () => {
  const [one, other] = [member('one'), member('other')]
  other.tryTake(1, 'read')
  one.exhausted(5_000)
  await expect.poll(() => other.tryTake(1, 'order'), { timeout: 10_000 }).toBe(false)
  expect(other.tryTake(100, 'cancel')).toBe(true)
})

test('usage tells each purpose apart, refusals included', async () => {
  const budget = member('one')
  budget.tryTake(1, 'cancel')
  while (budget.tryTake(100, 'collect')) {
    // until the reserve of the reads
  }
  expect(budget.tryTake(20, 'read')).toBe(true)
  await open[0]?.close()
  expect(readUsage(folder)).toMatchObject([
    {
      process: 'one',
      purposes: {
        kill: { requests: 1, weight: 1 },
        reconcile: { requests: 1, weight: 20 },
        collect: { requests: 5, weight: 500, refused: 1 },
      },
    },
  ])
})

test('files that are no usage hold nobody up', () => {
  writeFileSync(join(folder, 'broken.json'), '{"process":')
  writeFileSync(join(folder, 'strange.json'), '{"process":"x"}')
  expect(readUsage(folder)).toEqual([])
  expect(member('one').tryTake(20, 'collect')).toBe(true)
  expect(readUsage(join(folder, 'nowhere'))).toEqual([])
})

test('collecting stops first, then reads, then orders; a kill never', () => {
  const budget = member('one')
  const spendAll = (kind: 'collect' | 'read' | 'order'): number => {
    let taken = 0
    while (budget.tryTake(1, kind)) taken++
    return taken
  }
  const reserves = WEIGHTS.cancelReserve + WEIGHTS.orderReserve + WEIGHTS.readReserve
  expect(spendAll('collect')).toBeGreaterThanOrEqual(WEIGHTS.weightPerMinuteMax - reserves)
  expect(spendAll('read')).toBeGreaterThanOrEqual(WEIGHTS.readReserve)
  expect(spendAll('order')).toBeGreaterThanOrEqual(WEIGHTS.orderReserve)
  for (let at = 0; at < 1_000; at++) expect(budget.tryTake(1, 'cancel')).toBe(true)
})
