/** The requests that change something: kill, release, and stop, pause or resume of one session. */
// Not here: what a kill does (dashboard/sources/kill-service.ts), who may ask (dashboard/guard.ts).
import type { Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import { KillScopeSchema } from '#config/kill-store.ts'
import type { Logger } from '#config/logger.ts'
import type { KillJobs } from '#dashboard/kill-jobs.ts'
import { fault, problem } from '#dashboard/problem.ts'
import type { DashboardServices } from '#dashboard/services.ts'
import { SESSION_ID } from '#dashboard/topics/topics.ts'
import { describeError, HoldfastError, InvalidInputError } from '#domain/errors.ts'
import { formatScope } from '#domain/session/kill-order.ts'

export interface ActionDeps {
  services: DashboardServices
  jobs: KillJobs
  /** Something was changed: show it soon. */
  changed(): void
  log: Logger
  bodyBytesMax: number
}

const Reason = z.string().trim().max(200).default('')
const KillBody = z.strictObject({
  scope: KillScopeSchema,
  mode: z.enum(['close_only', 'flatten', 'halt']),
  reason: Reason,
})
const ReleaseBody = z.strictObject({ scope: KillScopeSchema })
const ActionBody = z.strictObject({
  session_id: z.string().regex(SESSION_ID, 'session/<mode>/<key>'),
  reason: Reason,
})

const REQUESTED_BY = 'dashboard'

export function registerActions(app: Hono, deps: ActionDeps): void {
  const { services, jobs, changed, log, bodyBytesMax } = deps
  app.use('/api/*', bodyLimit({ maxSize: bodyBytesMax }))

  app.post('/api/kill', (c) =>
    withBody(c, KillBody, async (body) => {
      services.kills.check(body.scope)
      log.warn({ scope: formatScope(body.scope), mode: body.mode, reason: body.reason }, 'kill asked for')
      return c.json(jobs.start({ ...body, requested_by: REQUESTED_BY }), 202)
    }),
  )
  app.get('/api/kill/:id', (c) => {
    const job = jobs.get(c.req.param('id'))
    return job
      ? c.json(job)
      : problem(c, 404, fault('UNKNOWN_KILL', 'kills are known until the dashboard restarts'))
  })
  app.post('/api/release', (c) =>
    withBody(c, ReleaseBody, async ({ scope }) => {
      log.warn({ scope: formatScope(scope) }, 'release of a kill asked for')
      await services.kills.release(scope, REQUESTED_BY)
      changed()
      return c.json({ released: scope })
    }),
  )
  registerCommand(app, deps)
  for (const action of ['stop', 'pause', 'resume'] as const) {
    app.post(`/api/session/${action}`, (c) =>
      withBody(c, ActionBody, async ({ session_id, reason }) => {
        log.warn({ session_id, action, reason }, 'session action asked for')
        await services.control.act(session_id, action, reason)
        changed()
        return c.json({ session_id, action })
      }),
    )
  }
}

const CommandBody = z.strictObject({
  session_id: z.string().regex(SESSION_ID, 'session/<mode>/<key>'),
  command: z.enum(['forceEntry', 'forceClose', 'reduce', 'updateParams']),
  /** Validated by the session itself: domain/session/command.ts. */
  body: z.record(z.string(), z.unknown()),
})

function registerCommand(app: Hono, { services, changed, log }: ActionDeps): void {
  app.post('/api/session/command', (c) =>
    withBody(c, CommandBody, async ({ session_id, command, body }) => {
      const { by, reason } = body
      log.warn({ session_id, command, by, reason }, 'order of a person')
      const answer = await services.control.command(session_id, command, body)
      changed()
      return c.json(answer)
    }),
  )
}

/** Validates the body, and tells bad input (400) and a failed effect (502) apart. */
async function withBody<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
  act: (body: z.infer<Schema>) => Promise<Response>,
): Promise<Response> {
  let value: unknown
  try {
    value = await c.req.json()
  } catch {
    return problem(c, 400, fault('INVALID_INPUT', 'send one JSON object', 'the body is no JSON'))
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const path = issue?.path.map(String).join('.') ?? ''
    return problem(
      c,
      400,
      fault('INVALID_INPUT', `correct ${path}`, `${path || '(root)'}: ${issue?.message ?? 'not valid'}`),
    )
  }
  try {
    return await act(parsed.data)
  } catch (error) {
    if (error instanceof InvalidInputError)
      return problem(c, 400, fault(error.code, error.hint, error.message))
    if (error instanceof HoldfastError && error.code === 'SESSION_REFUSED')
      return problem(c, 409, fault(error.code, error.hint, error.message))
    const hint = 'look at the state of Temporal on the page'
    return problem(c, 502, fault('ACTION_FAILED', hint, describeError(error)))
  }
}
