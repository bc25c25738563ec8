/** Funding beside a session's report: exact sums, and unknown where the ledger cannot be asked. */
import { expect, test } from 'vitest'
import { withFunding } from '#cli/support/session-funding.ts'
import type { SessionReport } from '#domain/session/types.ts'

const DONE = { session_id: 'session/paper/a', net_pnl_usd: '-1.9' } as SessionReport

test('paid funding lowers the net result to the last decimal; the own figure stays', () => {
  expect(withFunding(DONE, '-0.10000001')).toMatchObject({
    ...{ net_pnl_usd: '-1.9', funding_usd: '-0.10000001', net_with_funding_usd: '-2.00000001' },
  })
  expect(withFunding(DONE, '0')).toMatchObject({ funding_usd: '0', net_with_funding_usd: '-1.9' })
})

test('unknown funding is null, never 0', () => {
  expect(withFunding(DONE, null)).toMatchObject({ funding_usd: null, net_with_funding_usd: null })
})
