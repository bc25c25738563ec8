/** The dashboard's HTTP face: guard, login, page, JSON API, live stream and the actions that change something. */
// Not here: who may ask (dashboard/guard.ts), what is answered (dashboard/topics), concrete services (dashboard/server.ts).
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { setCookie } from 'hono/cookie'
import { HTTPException } from 'hono/http-exception'
import type { Logger } from '#config/logger.ts'
import { sameSecret } from '#config/request-guard.ts'
import { registerActions } from '#dashboard/actions.ts'
import type { Assets } from '#dashboard/assets.ts'
import {
  cookieValue,
  type GuardSettings,
  judgeRequest,
  judgeSource,
  type RequestFacts,
} from '#dashboard/guard.ts'
import { SECURITY_HEADERS } from '#dashboard/headers.ts'
import { createKillJobs } from '#dashboard/kill-jobs.ts'
import { createLiveHub, type LiveHub } from '#dashboard/live-hub.ts'
import { liveResponse } from '#dashboard/live-route.ts'
import type { SystemView } from '#dashboard/model.ts'
import { fault, problem } from '#dashboard/problem.ts'
import { registerReports } from '#dashboard/reports/routes.ts'
import type { DashboardServices } from '#dashboard/services.ts'
import { loginShell, pageShell, returnPath } from '#dashboard/shell.ts'
import { createSourceMonitor } from '#dashboard/source-monitor.ts'
import { createTopics } from '#dashboard/topics/topics.ts'
import { describeError, HoldfastError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'

export interface AppOptions {
  services: DashboardServices
  assets: Assets
  guard: GuardSettings
  system: SystemView
  clock: Clock
  log: Logger
  exchangeTtlMs: number
  tickMs?: number
  liveClientsMax?: number
}

export interface DashboardApp {
  fetch: Hono['fetch']
  hub: LiveHub
}

const BODY_BYTES_MAX = 65_536

export function createApp(options: AppOptions): DashboardApp {
  const { services, assets, guard, clock, log } = options
  const monitor = createSourceMonitor(clock, ['clickhouse', 'temporal', 'exchange', 'supervisor'])
  const jobs = createKillJobs({ kills: services.kills, clock, changed: () => hub.poke() })
  const topic = createTopics({ ...options, monitor, jobs })
  const hub = createLiveHub({
    clock,
    topic,
    onFault: (name, error) => log.error({ err: error, topic: name }, 'topic failed'),
    ...(options.tickMs === undefined ? {} : { tickMs: options.tickMs }),
    ...(options.liveClientsMax === undefined ? {} : { clientsMax: options.liveClientsMax }),
  })

  const app = new Hono()
  app.use(securityHeaders, sourceGuard(guard))
  app.get('/health', (c) => c.json({ ok: true }))
  app.get('/assets/:name', (c) => serveAsset(c, assets))
  app.post('/login', bodyLimit({ maxSize: BODY_BYTES_MAX }), (c) => login(c, assets, guard))
  app.use(tokenGuard(assets, guard))

  app.get('/api/live', (c) => {
    const live = liveResponse(hub, (c.req.query('topics') ?? '').split(','))
    if ('response' in live) return live.response
    return live.refused === 'full'
      ? problem(c, 503, fault('TOO_MANY_READERS', 'close another tab of the dashboard'))
      : problem(c, 404, fault('UNKNOWN_TOPIC', 'topics are overview, data and session/<mode>/<key>'))
  })
  app.get('/api/overview', async (c) => c.json(await topic('overview')?.()))
  app.get('/api/data', async (c) => c.json(await topic('data')?.()))
  app.get('/api/session/:mode/:key', async (c) => {
    const take = topic(`session/${c.req.param('mode')}/${c.req.param('key')}`)
    return take
      ? c.json(await take())
      : problem(c, 404, fault('UNKNOWN_SESSION', 'see /api/overview for those there are'))
  })
  const changed = (): void => {
    monitor.expire()
    hub.poke()
  }
  registerReports(app, services.reports ?? null)
  registerActions(app, { services, jobs, changed, log, bodyBytesMax: BODY_BYTES_MAX })
  for (const path of ['/', '/data', '/session/:mode/:key', '/reports/:slug'])
    app.get(path, (c) => c.html(pageShell(assets.paths)))

  app.notFound((c) => problem(c, 404, fault('NOT_FOUND', 'see the README for what there is')))
  app.onError((error, c) => {
    if (error instanceof HTTPException) {
      return problem(c, error.status, fault('INVALID_INPUT', 'send a smaller body', error.message))
    }
    log.error({ err: error, path: c.req.path }, 'request failed')
    const hint = error instanceof HoldfastError ? error.hint : 'see the log of the dashboard'
    return problem(
      c,
      500,
      fault(error instanceof HoldfastError ? error.code : 'UNEXPECTED', hint, describeError(error)),
    )
  })
  return { fetch: app.fetch, hub }
}

const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next()
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
    if (name !== 'cache-control' || !c.res.headers.has(name)) c.res.headers.set(name, value)
  }
}

const factsOf = (c: Context): RequestFacts => ({
  method: c.req.method,
  host: c.req.header('host') ?? '',
  origin: c.req.header('origin') ?? '',
  fetchSite: c.req.header('sec-fetch-site') ?? '',
  authorization: c.req.header('authorization') ?? '',
  cookie: c.req.header('cookie') ?? '',
})

/** Host and Origin: on every request, before anything else. */
const sourceGuard =
  (guard: GuardSettings): MiddlewareHandler =>
  async (c, next) => {
    const verdict = judgeSource(factsOf(c), guard)
    if (verdict?.kind === 'refused') return problem(c, verdict.status, fault(verdict.code, verdict.hint))
    return next()
  }

/** Token: by link, by cookie or by header. Pages without it get the login form, the API a plain 401. */
const tokenGuard =
  (assets: Assets, guard: GuardSettings): MiddlewareHandler =>
  async (c, next) => {
    const offered = c.req.query('token')
    if (offered !== undefined && c.req.method === 'GET') return loginByLink(c, offered, assets, guard)
    const verdict = judgeRequest(factsOf(c), guard)
    if (verdict.kind === 'allowed') return next()
    const wantsPage = c.req.method === 'GET' && !c.req.path.startsWith('/api/')
    if (verdict.status === 401 && wantsPage) {
      return c.html(loginShell(assets.paths, { wrong: false, path: c.req.path }), 401)
    }
    return problem(c, verdict.status, fault(verdict.code, verdict.hint))
  }

function loginByLink(
  c: Context,
  offered: string,
  assets: Assets,
  guard: GuardSettings,
): Response | Promise<Response> {
  if (!sameSecret(offered, guard.token)) {
    return c.html(loginShell(assets.paths, { wrong: true, path: c.req.path }), 401)
  }
  grantCookie(c, guard)
  return c.redirect(returnPath(c.req.path), 303)
}

async function login(c: Context, assets: Assets, guard: GuardSettings): Promise<Response> {
  const form = await c.req.parseBody()
  const path = returnPath(typeof form.path === 'string' ? form.path : '/')
  if (typeof form.token !== 'string' || !sameSecret(form.token.trim(), guard.token)) {
    return c.html(loginShell(assets.paths, { wrong: true, path }), 401)
  }
  grantCookie(c, guard)
  return c.redirect(path, 303)
}

const grantCookie = (c: Context, guard: GuardSettings): void =>
  setCookie(c, guard.cookieName, cookieValue(guard.token), { httpOnly: true, sameSite: 'Strict', path: '/' })

function serveAsset(c: Context, assets: Assets): Response {
  const asset = assets.read(c.req.param('name') ?? '')
  if (!asset) return problem(c, 404, fault('NOT_FOUND', 'reload the page'))
  return c.body(asset.body, 200, {
    'content-type': asset.type,
    // Its name carries the hash of its content.
    'cache-control': 'public, max-age=31536000, immutable',
  })
}
