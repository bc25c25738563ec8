/** Hot reload: an edited session file, or the strategy file that it names, is validated and sent to its running session as updateParams; a bad edit is refused, and the old values stay. */
// Not here: merging and taking over (workflows/trading-session/changes.ts, domain/session/control-update.ts).
import { describeError } from '#domain/errors.ts'
import { sessionId } from '#domain/ids.ts'
import type { SessionInput } from '#domain/session/input.ts'

/** What is in force in a running session. */
export interface InForce {
  params: Readonly<Record<string, unknown>>
  limits: Readonly<Record<string, unknown>>
  coins: readonly string[]
}

export interface SessionFilesDeps {
  /** Session files of now, by path. */
  files(): readonly string[]
  /** A mark of everything that the file's session depends on: other text, other mark. Null while it cannot be read. */
  mark(file: string): string | null
  /** The file and those that it names, for the reason that is recorded. */
  parts(file: string): readonly string[]
  /** @throws InvalidInputError with file, line and path */
  read(file: string): SessionInput
  /** Null where no such session runs. */
  inForce(session: string): Promise<InForce | null>
  /** @throws when the session refuses the change */
  update(session: string, change: Record<string, unknown>): Promise<void>
  /** Marks that were dealt with, also before the last restart. */
  seen: { load(): Readonly<Record<string, string>>; save(marks: Readonly<Record<string, string>>): void }
  log: { info(facts: object, text: string): void; warn(facts: object, text: string): void }
}

export type FileVerdict =
  | { file: string; kind: 'sent'; session: string; changed: readonly string[] }
  | { file: string; kind: 'refused'; why: string }
  | { file: string; kind: 'nothing'; session: string; why: string }
  /** Asked again at the next look. */
  | { file: string; kind: 'later'; why: string }

export interface SessionFiles {
  /** One look at all files. */
  look(): Promise<FileVerdict[]>
}

/** A file that is seen for the first time changes nothing: what runs may have been changed by hand since it was started. */
export function createSessionFiles(deps: SessionFilesDeps): SessionFiles {
  const marks = new Map(Object.entries(deps.seen.load()))
  return {
    async look() {
      const verdicts: FileVerdict[] = []
      for (const file of deps.files()) {
        const mark = deps.mark(file)
        if (mark === null || marks.get(file) === mark) continue
        const isFirst = !marks.has(file)
        const verdict = isFirst ? null : await reload(deps, file)
        if (verdict) verdicts.push(verdict)
        if (verdict?.kind === 'later') continue
        marks.set(file, mark)
        deps.seen.save(Object.fromEntries(marks))
      }
      for (const verdict of verdicts) tell(deps, verdict)
      return verdicts
    },
  }
}

async function reload(deps: SessionFilesDeps, file: string): Promise<FileVerdict> {
  let input: SessionInput
  try {
    input = deps.read(file)
  } catch (error) {
    return { file, kind: 'refused', why: describeError(error) }
  }
  const session = sessionId(input.mode, input.session_key)
  let change: Record<string, unknown>
  try {
    const present = await deps.inForce(session)
    if (present === null) return { file, kind: 'nothing', session, why: 'no such session runs' }
    change = changeFor(input, present)
  } catch (error) {
    return { file, kind: 'later', why: describeError(error) }
  }
  const changed = Object.keys(change)
  if (changed.length === 0)
    return { file, kind: 'nothing', session, why: 'it runs with these values already' }
  try {
    const reason = `${deps.parts(file).join(' or ')} was edited`.slice(-400)
    await deps.update(session, { ...change, ...wholly(input, change), by: 'file', reason })
    return { file, kind: 'sent', session, changed }
  } catch (error) {
    return { file, kind: 'refused', why: describeError(error) }
  }
}

/** The file of a candle session says all parameters: one that it no longer has goes back to its default, also in a coin's overlay. */
const wholly = ({ engine }: SessionInput, { params }: Record<string, unknown>): Record<string, unknown> =>
  engine === 'candles' && params !== undefined ? { replace_params: true } : {}

/** What the file says otherwise than what is in force. A limit that the file leaves out is taken away; a watchlist's coins are its own. */
export function changeFor(input: SessionInput, present: InForce): Record<string, unknown> {
  const change: Record<string, unknown> = {}
  if (!isSame(input.params, present.params)) change.params = input.params
  const left = Object.keys(present.limits).filter((key) => !(key in input.limits))
  if (!isSame(input.limits, present.limits)) {
    change.limits = { ...input.limits, ...Object.fromEntries(left.map((key) => [key, null])) }
  }
  const hasList = input.engine === 'candles' && !input.watchlist
  if (hasList && !isSame([...input.coins].sort(), [...present.coins].sort())) change.coins = input.coins
  return change
}

/** The same JSON, whatever the order of its keys. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}

function tell({ log }: SessionFilesDeps, verdict: FileVerdict): void {
  if (verdict.kind === 'refused') log.warn(verdict, 'an edited session file is refused; the old values stay')
  else if (verdict.kind === 'sent') log.info(verdict, 'an edited session file was sent to its session')
}
