/** Admin paths, for the owner of the exchange: fund accounts, release a held market, look at the state. Guarded by the control token. */
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { EpochMs } from '#domain/time.ts'
import type { Engine } from '#exchange/paper/engine/engine.ts'
import type { Discounts } from '#exchange/paper/engine/fees.ts'
import { USD } from '#exchange/paper/engine/units.ts'
import { address, fieldsOf } from '#exchange/paper/read-json.ts'
import { RequestError, unreadable } from '#exchange/paper/request-errors.ts'

export interface AdminDeps {
  engine: Engine
  token: string
  /** Extra names that a Host header may have, besides the local ones. */
  hosts: readonly string[]
  now(): EpochMs
  settle(): void
  startMarket(): boolean
  /** Moves a held market by half a bar; null where that is not possible. */
  stepMarket(): unknown
  status(): unknown
  setDiscounts(user: string, discounts: Discounts): void
  /** The market's traders with what nobody else is told of them. */
  traders(): unknown
  /** Net positions of the market's traders at one instant. */
  positions(): unknown
}

/** Largest single credit, USD. */
const FUND_USD_MAX = 1_000_000_000
const LOCAL_HOSTS = ['localhost', '127.0.0.1', '[::1]']

/** Throws unless the request carries the token, came to a local name, and not from a foreign page. */
export function guardAdmin(request: IncomingMessage, deps: Pick<AdminDeps, 'token' | 'hosts'>): void {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
  const allowed = [...LOCAL_HOSTS, ...deps.hosts]
  if (!allowed.includes(host)) throw new RequestError(403, 'Unknown Host')
  const { origin } = request.headers
  if (origin !== undefined && !allowed.includes(hostOf(origin))) throw new RequestError(403, 'Foreign Origin')
  const given = Buffer.from(request.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${deps.token}`)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
    throw new RequestError(401, 'Wrong token')
}

function hostOf(origin: string): string {
  try {
    return new URL(origin).hostname
  } catch {
    return ''
  }
}

/** Credits an account. With `once`, an account that ever received a deposit is left alone: a repeated call changes nothing. */
export function fundAccount(
  deps: Pick<AdminDeps, 'engine' | 'now' | 'settle'>,
  request: { user: string; usdc: number; once: boolean },
) {
  const skip = request.once && deps.engine.account(request.user)?.wasFunded === true
  if (!skip) {
    const usd = Math.round(request.usdc * USD)
    deps.engine.deposit(deps.now(), request.user, usd)
    deps.settle()
  }
  return { address: request.user, credited: !skip }
}

/** A fraction of one; absent counts as none. */
function share(value: unknown): number {
  const given = value ?? 0
  if (typeof given !== 'number' || !(given >= 0 && given <= 1)) throw unreadable()
  return given
}

export function createAdmin(deps: AdminDeps) {
  const paths: Readonly<Record<string, (body: () => Promise<unknown>) => Promise<unknown>>> = {
    'POST /admin/fund': async (body) => {
      const fields = fieldsOf(await body())
      const user = address(fields.address)
      const usdc = Number(fields.usdc)
      if (!Number.isFinite(usdc) || usdc <= 0 || usdc > FUND_USD_MAX) throw unreadable()
      return fundAccount(deps, { user, usdc, once: fields.once === true })
    },
    'POST /admin/market/start': async () => ({ started: deps.startMarket() }),
    'POST /admin/market/step': async () => {
      const step = deps.stepMarket()
      if (step === null) throw new RequestError(409, 'Only a held market of candles can be stepped')
      return step
    },
    'POST /admin/discounts': async (body) => {
      const fields = fieldsOf(await body())
      const user = address(fields.address)
      const discounts = {
        staking: share(fields.staking),
        referral: share(fields.referral),
        makerFraction: share(fields.maker_fraction),
      }
      if (!deps.engine.account(user)) throw unreadable()
      deps.setDiscounts(user, discounts)
      return { address: user, ...discounts }
    },
    'GET /admin/population': async () => deps.traders(),
    'GET /admin/positions': async () => deps.positions(),
    'GET /admin/status': async () => deps.status(),
  }
  return (
    request: IncomingMessage,
    path: string,
    body: () => Promise<unknown>,
  ): Promise<{ status: number; body: unknown }> | null => {
    if (!path.startsWith('/admin/')) return null
    const run = async () => {
      guardAdmin(request, deps)
      const handler = paths[`${request.method} ${path}`]
      if (!handler) throw new RequestError(404, 'Not found')
      return { status: 200, body: await handler(body) }
    }
    return run()
  }
}
