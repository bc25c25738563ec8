/** Reads what people type into the kill switch's signal forms: leniently where it stops trading, strictly where it allows it again. */
// Not here: what happens then (workflow.ts).
import { InvalidInputError } from '#domain/errors.ts'
import { KILL_MODES } from '#domain/session/kill-order.ts'
import type { KillMode, KillOrder, KillScope } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'

const SOURCE = 'kill switch'

/** An empty form kills all by flattening. @throws InvalidInputError for a scope or mode that cannot be meant */
export function readEngage(raw: unknown, now: EpochMs): KillOrder {
  const { scope, mode, reason, requested_by } = asObject(raw)
  return {
    scope: readScope(scope),
    mode: readMode(mode),
    reason: typeof reason === 'string' ? reason : '',
    requested_by: typeof requested_by === 'string' ? requested_by : 'kill switch',
    requested_ts: now,
  }
}

/** @throws InvalidInputError */
export const readClear = (raw: unknown): KillScope => readScope(asObject(raw).scope)

function asObject(raw: unknown): Record<string, unknown> {
  if (raw === undefined || raw === null) return {}
  if (typeof raw === 'object' && !Array.isArray(raw)) return raw as Record<string, unknown>
  throw new InvalidInputError({
    source: SOURCE,
    path: '',
    found: String(JSON.stringify(raw)).slice(0, 80),
    expected: 'one JSON object, or nothing',
  })
}

function readMode(mode: unknown): KillMode {
  if (mode === undefined || mode === null) return 'flatten'
  const known = KILL_MODES.find((each) => each === mode)
  if (known && known !== 'off') return known
  throw new InvalidInputError({
    source: SOURCE,
    path: 'mode',
    found: String(JSON.stringify(mode)),
    expected: 'flatten, halt or close_only (to lift a kill send the signal clear)',
  })
}

function readScope(scope: unknown): KillScope {
  if (scope === undefined || scope === null || scope === 'all') return { kind: 'all' }
  if (typeof scope === 'string') {
    const [, kind, name] = /^(account|session):(.+)$/.exec(scope) ?? []
    if (kind === 'account' && name) return { kind, account: name }
    if (kind === 'session' && name) return { kind, session_id: name }
  } else if (typeof scope === 'object') {
    const { kind, account, session_id } = scope as Record<string, unknown>
    if (kind === 'all') return { kind }
    if (kind === 'account' && typeof account === 'string' && account) return { kind, account }
    if (kind === 'session' && typeof session_id === 'string' && session_id) return { kind, session_id }
  }
  throw new InvalidInputError({
    source: SOURCE,
    path: 'scope',
    found: String(JSON.stringify(scope)).slice(0, 80),
    expected: 'all, account:NAME or session:ID',
  })
}
