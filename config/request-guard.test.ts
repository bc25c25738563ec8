/** The guard of our local ports lets our own callers pass and nobody else. */
import { expect, test } from 'vitest'
import { judgeRequest, parseAllowedHosts } from './request-guard.ts'

const rules = { allowedHosts: ['worker-trading'], token: 'secret-token' }
const authorization = 'Bearer secret-token'

test.each([
  ['localhost with a port', { host: 'localhost:4000', authorization }],
  ['IPv6 loopback', { host: '[::1]:4000', authorization }],
  ['a configured name', { host: 'worker-trading:4002', authorization }],
  ['our own page', { host: '127.0.0.1:4000', origin: 'http://127.0.0.1:4000', authorization }],
])('passes: %s', (_who, headers) => {
  expect(judgeRequest(headers, rules)).toBeNull()
})

test.each([
  ['a rebound DNS name', { host: 'evil.example:4000', authorization }, 403],
  ['no Host at all', { authorization }, 403],
  ['a page of another site', { host: 'localhost:4000', origin: 'https://evil.example', authorization }, 403],
  ['a sandboxed page', { host: 'localhost:4000', origin: 'null', authorization }, 403],
  ['a name that only starts like ours', { host: 'localhost.evil.example', authorization }, 403],
  ['no token', { host: 'localhost:4000' }, 401],
  ['a wrong token of the same length', { host: 'localhost:4000', authorization: 'Bearer secret-tokex' }, 401],
  ['a token that is a prefix', { host: 'localhost:4000', authorization: 'Bearer secret' }, 401],
])('refuses: %s', (_who, headers, status) => {
  expect(judgeRequest(headers, rules)?.status).toBe(status)
})

test('a port without token still checks Host and Origin', () => {
  expect(judgeRequest({ host: 'localhost' }, { allowedHosts: [], token: null })).toBeNull()
  expect(judgeRequest({ host: 'evil.example' }, { allowedHosts: [], token: null })?.status).toBe(403)
})

test('a refusal never repeats the token', () => {
  expect(
    JSON.stringify(judgeRequest({ host: 'localhost', authorization: 'Bearer hunter2' }, rules)),
  ).not.toContain('hunter2')
})

test('allowed hosts are trimmed and lower-cased', () => {
  expect(parseAllowedHosts(' Worker-Trading, ,paper ')).toEqual(['worker-trading', 'paper'])
})
