/** Engaged kills as files of the state folder: the one kill switch that needs neither Temporal, nor ClickHouse, nor any other process. */
// One file a scope AND mode, never rewritten into a weaker one: writers only add files and readers take the strongest, so that
// two processes that kill at once cannot weaken each other, without a lock that a hung process could hold.
// A file of any other name is a kill of everything, made by hand (`echo halt > HOME/kills/stop`): it is taken over into such a file.
// Not here: who acts on a kill (activities, workers/watchdog.ts, cli/kill.ts).
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readJson, writeJsonAtomic } from '#config/atomic-file.ts'
import { hash32 } from '#domain/ids.ts'
import { killOfText } from '#domain/risk/kill-words.ts'
import {
  effectiveKill,
  KILL_MODES,
  killSeverity,
  sameScope,
  strongerKill,
} from '#domain/session/kill-order.ts'
import type { KillOrder, KillScope } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'

export const KillScopeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('account'), account: z.string().min(1) }),
  z.strictObject({ kind: z.literal('session'), session_id: z.string().min(1) }),
])

export const KillOrderSchema = z.object({
  scope: KillScopeSchema,
  mode: z.enum(KILL_MODES),
  reason: z.string(),
  requested_by: z.string(),
  requested_ts: z.number(),
})

export interface KillStore {
  /** Engages a kill, durably, and in memory before this returns. @returns the kill that now stands for the scope */
  engage(order: KillOrder): KillOrder
  /** Lifts every kill of exactly this scope. @returns what was lifted; [] when there was nothing */
  clear(scope: KillScope): KillOrder[]
  /** The strongest kill of each scope. */
  list(): KillOrder[]
  /** The strongest kill that reaches the session now, or null. Looks at the folder (about 6 µs), so it never lags behind another process. */
  effectiveKill(session: { session_id: string; account: string }): KillOrder | null
  /** Calls back after every change, whoever made it. @returns how to stop listening */
  onChange(listener: () => void): () => void
  close(): void
}

export interface KillStoreOptions {
  /** How often the folder is looked at where the system's file events fail. */
  pollMs?: number
  /** Told of every file that cannot be read; such a file halts everything until it is repaired or removed. */
  onBroken?: (file: string, why: string) => void
}

const POLL_MS = 250

/** Base name of a scope's files. */
export function killFileBase(scope: KillScope): string {
  if (scope.kind === 'all') return 'all'
  if (scope.kind === 'account') return `account-${scope.account.replace(/[^a-zA-Z0-9_-]/g, '_')}`
  return `session-${hash32(scope.session_id).toString(16).padStart(8, '0')}`
}

/** Opens the store over HOME/kills and begins to watch it. A broken file counts as `halt` for all: whoever wrote it wanted to stop something. */
export function createKillStore(folder: string, options: KillStoreOptions = {}): KillStore {
  mkdirSync(folder, { recursive: true })
  const listeners = new Set<() => void>()
  let known = ''
  let names: string[] = []
  let kills: KillOrder[] = []

  const refresh = (): void => {
    const found = listKillFiles(folder)
    if (found === null) return // unreadable folder: what is known stays in force
    const seen = found.map((name) => `${name} ${changeStamp(join(folder, name))}`).join('\n')
    if (seen === known) return
    known = seen
    names = found
    const unwritten = found.filter(isHandMade).flatMap((name) => takeOver(folder, name, options.onBroken))
    const written = (listKillFiles(folder) ?? found).filter(isJson)
    kills = [...written.flatMap((name) => readKill(folder, name, options.onBroken)), ...unwritten]
    for (const listener of listeners) listener()
  }
  const stopWatching = watchFolder(folder, refresh, options.pollMs ?? POLL_MS)
  refresh()

  return {
    engage(order) {
      if (order.mode !== 'off') {
        const file = join(folder, `${killFileBase(order.scope)}.${order.mode}.json`)
        if (!existsSync(file)) writeJsonAtomic(file, KillOrderSchema.parse(order))
      }
      refresh()
      return strongestOf(kills, order.scope) ?? order
    },
    clear(scope) {
      refresh()
      const lifted = kills.filter((kill) => sameScope(kill.scope, scope))
      const base = killFileBase(scope)
      // Hand-made files first: nobody may take one over again after its kill was lifted.
      const mine = (name: string): boolean =>
        isHandMade(name) ? scope.kind === 'all' : name.startsWith(`${base}.`)
      for (const name of names.filter(mine).sort((a, b) => Number(isJson(a)) - Number(isJson(b)))) {
        rmSync(join(folder, name), { force: true })
      }
      refresh()
      return lifted
    },
    list() {
      refresh()
      const strongest = new Map<string, KillOrder>()
      for (const kill of kills) {
        const base = killFileBase(kill.scope)
        strongest.set(base, strongerKill(strongest.get(base) ?? null, kill) ?? kill)
      }
      return [...strongest.values()].sort((a, b) => killSeverity(b.mode) - killSeverity(a.mode))
    },
    effectiveKill(session) {
      refresh()
      return kills.length === 0 ? null : effectiveKill(kills, session)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      stopWatching()
      listeners.clear()
    },
  }
}

const isJson = (name: string): boolean => name.endsWith('.json')

/** Not ours, not hidden, and not what a writer or an editor leaves beside a file. */
const isHandMade = (name: string): boolean => !isJson(name) && !/^\.|\.tmp$|~$/.test(name)

function listKillFiles(folder: string): string[] | null {
  try {
    return readdirSync(folder)
      .filter((name) => isJson(name) || isHandMade(name))
      .sort()
  } catch {
    return null
  }
}

/** Tells a repaired file from the broken one it was; only paid while a kill is engaged. */
function changeStamp(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat ? `${stat.mtimeMs} ${stat.size}` : 'gone'
}

const strongestOf = (kills: readonly KillOrder[], scope: KillScope): KillOrder | null =>
  kills.filter((kill) => sameScope(kill.scope, scope)).reduce<KillOrder | null>(strongerKill, null)

function readKill(folder: string, name: string, onBroken: KillStoreOptions['onBroken']): KillOrder[] {
  const file = join(folder, name)
  const read = readJson(file, KillOrderSchema)
  if (read.kind === 'absent') return [] // cleared between listing and reading
  if (read.kind === 'value') return [read.value]
  onBroken?.(file, read.why)
  return [
    {
      scope: { kind: 'all' },
      mode: 'halt',
      reason: `kill file ${name} cannot be read: ${read.why}`,
      requested_by: 'kill-store',
      requested_ts: 0,
    },
  ]
}

/**
 * Writes down what a hand-made file asks for, so that it stands on when the file is gone.
 * @returns the kill only where it could not be written: then it stands as long as the file
 */
function takeOver(folder: string, name: string, onBroken: KillStoreOptions['onBroken']): KillOrder[] {
  const read = readText(join(folder, name))
  if (read === null) return []
  if (read.why !== '') onBroken?.(join(folder, name), read.why)
  const kill: KillOrder = {
    scope: { kind: 'all' },
    mode: read.why === '' ? killOfText(read.text) : 'halt',
    reason: `kill file ${name}: ${read.why || read.text.trim().slice(0, 200) || '(empty)'}`,
    requested_by: 'kill-file',
    requested_ts: read.ts,
  }
  const file = join(folder, `${killFileBase(kill.scope)}.${kill.mode}.json`)
  if (existsSync(file)) return []
  try {
    writeJsonAtomic(file, kill)
    return []
  } catch {
    return [kill]
  }
}

/** null for a folder, and for a file that is gone by now. */
function readText(file: string): { text: string; why: string; ts: EpochMs } | null {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (!stat || stat.isDirectory()) return null
  const ts = Math.floor(stat.mtimeMs)
  try {
    return { text: readFileSync(file, 'utf8'), why: '', ts }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? null : { text: '', why: message, ts }
  }
}

/** File events where the system has them, and a slow look at the folder beside, for file systems that send none. */
function watchFolder(folder: string, refresh: () => void, pollMs: number): () => void {
  let timer: NodeJS.Timeout
  const poll = (): void => {
    refresh()
    timer = setTimeout(poll, pollMs)
    timer.unref()
  }
  timer = setTimeout(poll, pollMs)
  timer.unref()
  let watcher: ReturnType<typeof watch> | null = null
  try {
    watcher = watch(folder, { persistent: false }, refresh)
    watcher.on('error', () => watcher?.close()) // the poll goes on
  } catch {
    watcher = null // no file events here: the poll does it
  }
  return () => {
    clearTimeout(timer)
    watcher?.close()
  }
}
