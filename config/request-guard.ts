/** Who may talk to our local ports: the one check of Host, Origin and token that every HTTP server of ours makes first. */
// Why Host and Origin: a web page that the user visits can reach 127.0.0.1 (DNS rebinding, cross-site requests); a token alone in a cookie would not stop it.
import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export interface GuardRules {
  /** Host names beside localhost, 127.0.0.1 and [::1]; see HOLDFAST_ALLOWED_HOSTS. */
  allowedHosts: readonly string[]
  /** The control token, or null for a port that anybody on this machine may use (then only Host and Origin count). */
  token: string | null
}

/** Why a request is refused, with the HTTP status to answer. */
export interface Refusal {
  status: 401 | 403
  reason: string
}

const LOCAL = ['localhost', '127.0.0.1', '[::1]']

/** Reads HOLDFAST_ALLOWED_HOSTS: comma separated, blanks ignored. */
export const parseAllowedHosts = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')

/**
 * Judges the headers of one request. A cookie is no concern of this check: pass its token as `presented`.
 * @returns null when the request may pass
 */
export function judgeRequest(
  headers: IncomingHttpHeaders,
  rules: GuardRules,
  presented?: string,
): Refusal | null {
  const hosts = [...LOCAL, ...rules.allowedHosts]
  const host = hostName(headers.host ?? '')
  if (!hosts.includes(host)) {
    return { status: 403, reason: `Host is "${host}"; expected one of ${hosts.join(', ')}` }
  }
  const { origin } = headers
  if (
    origin !== undefined &&
    origin !== 'null' &&
    !hosts.includes(hostName(origin.replace(/^[a-z]+:\/\//i, '')))
  ) {
    return {
      status: 403,
      reason: `Origin is "${origin.slice(0, 100)}"; pages of other sites may not call this port`,
    }
  }
  if (origin === 'null')
    return { status: 403, reason: 'Origin is "null"; sandboxed pages may not call this port' }
  if (rules.token === null) return null
  const given = presented ?? /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? ''
  return sameSecret(given, rules.token)
    ? null
    : {
        status: 401,
        reason: 'the token is missing or wrong; it lies in secrets/control-token of HOLDFAST_HOME',
      }
}

/** Compares two secrets in a time that does not tell where they differ. */
export function sameSecret(given: string, expected: string): boolean {
  const a = Buffer.from(given)
  const b = Buffer.from(expected)
  return a.length === b.length && timingSafeEqual(a, b)
}

const hostName = (hostAndPort: string): string => hostAndPort.toLowerCase().replace(/:\d+$/, '')
