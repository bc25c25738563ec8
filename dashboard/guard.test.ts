/** The dashboard answers its own page and holders of the token, and nobody else. */
import { describe, expect, test } from 'vitest'
import {
  cookieValue,
  type GuardSettings,
  judgeRequest,
  judgeSource,
  type RequestFacts,
} from '#dashboard/guard.ts'

const settings: GuardSettings = { token: 'a'.repeat(48), hosts: ['trading-box'], cookieName: 'holdfast_4000' }
const cookie = `theme=x; holdfast_4000=${cookieValue(settings.token)}`
const request = (facts: Partial<RequestFacts>): RequestFacts => ({
  method: 'GET',
  host: '127.0.0.1:4000',
  origin: '',
  fetchSite: '',
  authorization: '',
  cookie: '',
  ...facts,
})
const verdict = (facts: Partial<RequestFacts>): string => {
  const judged = judgeRequest(request(facts), settings)
  return judged.kind === 'allowed' ? judged.by : `${judged.status} ${judged.code}`
}

describe('Host', () => {
  test.each([
    'localhost',
    'localhost:4000',
    '127.0.0.1:4000',
    '[::1]:4000',
    'LOCALHOST:4000',
    'trading-box:4000',
  ])('%s is ours', (host) => {
    expect(judgeSource(request({ host }), settings)).toBeNull()
  })
  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io:4000', '', '10.0.0.7:4000'])(
    '%j is refused, even with the token',
    (host) => {
      expect(verdict({ host, authorization: `Bearer ${settings.token}` })).toBe('403 FOREIGN_HOST')
    },
  )
})

describe('Origin', () => {
  test('our own page may ask', () => {
    expect(verdict({ origin: 'http://127.0.0.1:4000', cookie, method: 'POST' })).toBe('cookie')
  })
  test.each(['http://evil.example', 'http://127.0.0.1:8233', 'http://localhost:4000', 'null'])(
    'a page of %s is refused, even with the cookie',
    (origin) => {
      expect(verdict({ origin, cookie })).toBe('403 FOREIGN_ORIGIN')
    },
  )
  test('a change by cookie alone needs the browser to say that our page asks', () => {
    expect(verdict({ cookie, method: 'POST' })).toBe('403 ORIGIN_MISSING')
    expect(verdict({ cookie, method: 'POST', fetchSite: 'same-origin' })).toBe('cookie')
    expect(verdict({ cookie, method: 'POST', fetchSite: 'cross-site' })).toBe('403 FOREIGN_ORIGIN')
  })
  test('a script with the token needs no Origin', () => {
    expect(verdict({ method: 'POST', authorization: `Bearer ${settings.token}` })).toBe('bearer')
  })
})

describe('token', () => {
  test('the right one opens, by header or by cookie', () => {
    expect(verdict({ authorization: `Bearer ${settings.token}` })).toBe('bearer')
    expect(verdict({ cookie })).toBe('cookie')
  })
  test.each([
    ['none', {}],
    ['an empty one', { authorization: 'Bearer ' }],
    ['one character short', { authorization: `Bearer ${'a'.repeat(47)}` }],
    ['one character long', { authorization: `Bearer ${'a'.repeat(49)}` }],
    ['another scheme', { authorization: `Basic ${'a'.repeat(48)}` }],
    ['the token itself as cookie', { cookie: `holdfast_4000=${'a'.repeat(48)}` }],
    ['the cookie of another port', { cookie: `holdfast_4001=${cookieValue('a'.repeat(48))}` }],
  ])('%s is refused', (_case, facts) => {
    expect(verdict(facts)).toBe('401 UNAUTHORIZED')
  })
  test('a wrong Bearer token is refused although the cookie is right', () => {
    expect(verdict({ authorization: 'Bearer x', cookie })).toBe('401 UNAUTHORIZED')
  })
})
