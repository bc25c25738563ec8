/** An error of the remote is put down to the one who can mend it. */
import { expect, test } from 'vitest'
import { QueryFailedError } from '#clickhouse/query.ts'
import { rowsOfNativeBlock } from '#clickhouse/sync/batch.ts'
import { faultOf, RemoteFailedError } from '#clickhouse/sync/remote.ts'

const withCode = (code: string, message = 'said') => Object.assign(new TypeError(message), { code })

test.each<[string, unknown, string]>([
  ['a wrong password', withCode('516'), 'REMOTE_LOGIN'],
  ['a missing right', withCode('497'), 'REMOTE_LOGIN'],
  ['a wrong password within a query', new QueryFailedError('x', withCode('516')), 'REMOTE_LOGIN'],
  ['nobody at the port', withCode('ECONNREFUSED'), 'REMOTE_DOWN'],
  ['nobody at the port, within a query', new QueryFailedError('x', withCode('ECONNREFUSED')), 'REMOTE_DOWN'],
  ['an unknown host', withCode('ENOTFOUND', 'getaddrinfo ENOTFOUND x'), 'REMOTE_DOWN'],
  ['a certificate', new TypeError('self-signed certificate'), 'REMOTE_DOWN'],
  ['a full disk', withCode('243'), 'REMOTE_DISK_FULL'],
  ['an unknown table', withCode('60'), 'REMOTE_REFUSED'],
  ['anything else', 'what?', 'REMOTE_REFUSED'],
])('%s', (_what, error, code) => {
  expect(faultOf(error).code).toBe(code)
  expect(new RemoteFailedError('failed', error)).toMatchObject({ code, retryable: true })
})

test('a Native block tells its rows in its first bytes', () => {
  expect(rowsOfNativeBlock(Buffer.from([11, 5, 1]))).toBe(5)
  expect(rowsOfNativeBlock(Buffer.from([11, 0xa0, 0xc2, 0x1e]))).toBe(500_000)
  expect(rowsOfNativeBlock(Buffer.from([200, 1, 127]))).toBe(127)
})
