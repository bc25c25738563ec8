/** Failures of an insert are told apart: what passes, what is waited for, what is hopeless. */
import { ClickHouseError } from '@clickhouse/client'
import { expect, test } from 'vitest'
import { judgeFailure } from '#clickhouse/writer/insert.ts'
import { isHopeless, SENDER_LIMITS } from '#clickhouse/writer/sender.ts'

const refusal = (code: string) => new ClickHouseError({ message: 'x', code, type: 'X' })
const network = (code: string) => Object.assign(new Error('x'), { code })

test.each([
  ['a closed port', network('ECONNREFUSED'), 'weather'],
  ['a connection that broke', network('ECONNRESET'), 'weather'],
  ['a time-out of the client', new Error('Timeout error.'), 'weather'],
  ['too many parts', refusal('252'), 'weather'],
  ['a full memory', refusal('241'), 'weather'],
  ['a wrong password', refusal('516'), 'weather'],
  ['a missing table', refusal('60'), 'schema'],
  ['a missing column', refusal('16'), 'schema'],
  ['a missing database', refusal('81'), 'schema'],
  ['rows that cannot be parsed', refusal('27'), 'poison'],
  ['rows cut short', refusal('33'), 'poison'],
  ['a broken constraint', refusal('469'), 'poison'],
  ['a code nobody thought of', refusal('49'), 'unclear'],
])('%s is %3$s', (_what, error, kind) => {
  expect(judgeFailure(error)).toBe(kind)
})

test.each([
  ['weather', 1_000_000, 1e12, false],
  ['schema', 1_000, SENDER_LIMITS.schemaPatienceMs - 1, false],
  ['schema', 1, SENDER_LIMITS.schemaPatienceMs, true],
  ['unclear', SENDER_LIMITS.unclearAttemptsMax - 1, 1e12, false],
  ['unclear', SENDER_LIMITS.unclearAttemptsMax, 0, true],
  ['poison', 1, 0, true],
] as const)('%s after %i attempts and %i ms is hopeless: %s', (kind, attempts, ms, hopeless) => {
  expect(isHopeless(kind, attempts, ms, SENDER_LIMITS)).toBe(hopeless)
})
