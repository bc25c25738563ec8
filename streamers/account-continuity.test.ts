/** An account that was not followed for a while says so, per feed, and what the venue repeats counts as recovered. */
import { expect, test } from 'vitest'
import { createAccountContinuity, isAccountReach } from '#streamers/account-continuity.ts'
import type { Gap } from '#streamers/continuity.ts'

const make = (from: Parameters<typeof createAccountContinuity>[0]['from'] = []) => {
  const clock = { ts: 100 }
  const gaps: Gap[] = []
  const continuity = createAccountContinuity({
    clock: { now: () => clock.ts },
    from,
    onGap: (gap) => gaps.push(gap),
  })
  return { clock, gaps, continuity }
}
const brief = (gaps: Gap[]): unknown[] =>
  gaps.map(({ channel, openedTs, closedTs, reason, status }) => [channel, openedTs, closedTs, reason, status])

test('the first connection of an account that was never followed leaves no gap', () => {
  const { gaps, continuity } = make()
  continuity.stream('main', true, 'subscribed')
  expect(gaps).toEqual([])
  expect(continuity.reach()).toContainEqual({ channel: 'orderUpdates', coin: 'main', ts: 100, tid: 0 })
})

test('a cut opens a gap per feed once; the reconnect heals what the venue repeats', () => {
  const { clock, gaps, continuity } = make()
  continuity.stream('main', true, 'subscribed')
  clock.ts = 200
  continuity.stream('main', false, 'closed by the venue (1006)')
  continuity.stream('main', false, 'ECONNREFUSED')
  clock.ts = 300
  expect(continuity.reach().map(({ ts }) => ts)).toEqual([200, 200, 200, 200])
  continuity.stream('main', true, 'subscribed')
  expect(brief(gaps)).toEqual([
    ['userFills', 200, 0, 'disconnect', 'open'],
    ['userFundings', 200, 0, 'disconnect', 'open'],
    ['userNonFundingLedgerUpdates', 200, 0, 'disconnect', 'open'],
    ['orderUpdates', 200, 0, 'disconnect', 'open'],
    ['userFills', 200, 300, 'disconnect', 'recovered'],
    ['userFundings', 200, 300, 'disconnect', 'recovered'],
    ['userNonFundingLedgerUpdates', 200, 300, 'disconnect', 'recovered'],
    ['orderUpdates', 200, 300, 'disconnect', 'closed'],
  ])
})

test('a killed process leaves gaps from its saved reach to its first connection', () => {
  const before = make()
  before.continuity.stream('main', true, 'subscribed')
  const reach = before.continuity.reach()
  expect(reach.every(isAccountReach)).toBe(true)
  const { clock, gaps, continuity } = make(reach)
  clock.ts = 400
  continuity.stream('main', true, 'subscribed')
  expect(brief(gaps).at(-1)).toEqual(['orderUpdates', 100, 400, 'restart', 'closed'])
  expect(gaps).toHaveLength(8)
})
