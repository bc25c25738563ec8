/** Who may ask the dashboard anything: Host, Origin and token of each request, and the cookie that a login sets. */
// Stricter than the guard of the other ports (config/request-guard.ts): a cookie travels by itself, so other local pages count as foreign.
// Not here: routes (dashboard/app.ts), response headers (dashboard/headers.ts).
import { createHmac } from 'node:crypto'
import { judgeRequest as judgeLocal, sameSecret } from '#config/request-guard.ts'

/** What of a request the guard looks at; a missing header is ''. */
export interface RequestFacts {
  method: string
  host: string
  origin: string
  /** The browser's own word on who started the request: same-origin, same-site, cross-site, none, or '' from others. */
  fetchSite: string
  authorization: string
  cookie: string
}

export interface GuardSettings {
  token: string
  /** Names besides localhost that the Host header may carry, without port. */
  hosts: readonly string[]
  /** Cookies know no ports: two stacks on one machine need two names. */
  cookieName: string
}

export type Verdict =
  | { kind: 'allowed'; by: 'bearer' | 'cookie' }
  | { kind: 'refused'; status: 401 | 403; code: string; hint: string }

/** Host and Origin alone: what even a request without a token must pass. Null when it passes. */
export function judgeSource(request: RequestFacts, settings: GuardSettings): Verdict | null {
  if (judgeLocal({ host: request.host }, { allowedHosts: settings.hosts, token: null })) {
    return refuse(403, 'FOREIGN_HOST', 'open the dashboard by the address that `holdfast status` shows')
  }
  const own = [`http://${request.host}`, `https://${request.host}`]
  if (request.origin !== '' && !own.includes(request.origin)) {
    return refuse(403, 'FOREIGN_ORIGIN', 'requests from other pages are not served')
  }
  if (request.fetchSite === 'cross-site' && request.method !== 'GET') {
    return refuse(403, 'FOREIGN_ORIGIN', 'requests from other pages are not served')
  }
  return null
}

/** The whole judgement. A cookie alone may change nothing unless the browser says that our own page asks. */
export function judgeRequest(request: RequestFacts, settings: GuardSettings): Verdict {
  const source = judgeSource(request, settings)
  if (source) return source
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.authorization)?.[1]
  if (bearer !== undefined) {
    return sameSecret(bearer, settings.token) ? { kind: 'allowed', by: 'bearer' } : unauthorized()
  }
  const cookie = readCookie(request.cookie, settings.cookieName)
  if (cookie === null || !sameSecret(cookie, cookieValue(settings.token))) return unauthorized()
  const reads = request.method === 'GET' || request.method === 'HEAD'
  if (!reads && request.origin === '' && request.fetchSite !== 'same-origin') {
    return refuse(403, 'ORIGIN_MISSING', 'send Origin, or authorize with a Bearer token')
  }
  return { kind: 'allowed', by: 'cookie' }
}

/** What the cookie carries: derived from the token, so that a leaked cookie does not open the other ports. */
export function cookieValue(token: string): string {
  return createHmac('sha256', token).update('dashboard cookie 1').digest('hex')
}

function readCookie(header: string, name: string): string | null {
  for (const part of header.split(';')) {
    const [key, value] = part.trim().split('=', 2)
    if (key === name && value !== undefined) return value
  }
  return null
}

const refuse = (status: 401 | 403, code: string, hint: string): Verdict => ({
  kind: 'refused',
  status,
  code,
  hint,
})

const unauthorized = (): Verdict =>
  refuse(
    401,
    'UNAUTHORIZED',
    'open the link with ?token=… that `holdfast status` prints, or send it as Bearer token',
  )
