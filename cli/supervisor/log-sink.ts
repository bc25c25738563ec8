/** Output of the services: every line into its service's file as JSON, and what matters to the console, readable. */
// Not here: rotation (rotating-file.ts). Each service writes JSON lines itself; anything else it prints is wrapped.
import { join } from 'node:path'
import pc from 'picocolors'
import { createRotatingFile, type RotatingFile } from '#cli/supervisor/rotating-file.ts'

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
export type Level = (typeof LEVELS)[number]

/** One line of a service's log as a person reads it. */
export interface LogLine {
  ts: string
  level: Level
  service: string
  text: string
  /** The other fields, without what every line has. */
  fields: Readonly<Record<string, unknown>>
}

export interface LogSink {
  /** Takes a chunk of a service's output stream; lines may be split anywhere. */
  feed(service: string, stream: 'stdout' | 'stderr', chunk: string): void
  /** From now on nothing of this service goes to the console: what it says while it is stopped on purpose alarms nobody. */
  hush(service: string): void
  /** A line of the supervisor itself. */
  log(level: Level, text: string, fields?: Readonly<Record<string, unknown>>): void
  close(): void
}

export interface LogSinkOptions {
  folder: string
  /** Lowest level that goes to the console. */
  consoleLevel: Level
  now: () => number
  /** Gets finished console lines. */
  print: (line: string) => void
  /** Sees every parsed warning and worse, to explain a failed start by the service's own words. */
  onTrouble?: (line: LogLine) => void
  colors?: boolean
}

const COMMON_FIELDS = ['level', 'time', 'ts', 'service', 'pid', 'msg', 'hostname', 'logging-call-at']
/** A line longer than this is cut on the console; the file has it whole. */
const CONSOLE_CHARACTERS_MAX = 600
/** Lines of a stack trace that say less than the error's own line: the file has them, the console is spared. */
const TRACE = /^(?:\s|}|node:internal|Node\.js v)/
/** Output without a line end longer than this is taken as a line, so that memory stays bounded. */
const PENDING_CHARACTERS_MAX = 1_000_000

export function createLogSink(options: LogSinkOptions): LogSink {
  const files = new Map<string, RotatingFile>()
  const pending = new Map<string, string>()
  const hushed = new Set<string>()
  const fileOf = (service: string): RotatingFile => {
    const file = files.get(service) ?? createRotatingFile(join(options.folder, `${service}.log`))
    files.set(service, file)
    return file
  }
  const isAtLeast = (level: Level, lowest: Level): boolean => LEVELS.indexOf(level) >= LEVELS.indexOf(lowest)
  const take = (service: string, raw: string, fallback: Level) => {
    if (raw.trim() === '') return
    const parsed = parseLogLine(service, raw)
    const line = parsed ?? {
      ts: new Date(options.now()).toISOString(),
      level: fallback,
      service,
      text: raw,
      fields: {},
    }
    const { ts: time, level, text: msg } = line
    fileOf(service).write(parsed ? `${raw}\n` : `${JSON.stringify({ level, time, service, msg })}\n`)
    if (isAtLeast(line.level, 'warn')) options.onTrouble?.(line)
    if (!hushed.has(service) && isAtLeast(line.level, options.consoleLevel))
      options.print(formatLine(line, options.colors ?? true))
  }
  return {
    feed: (service, stream, chunk) => {
      const key = `${service} ${stream}`
      const lines = ((pending.get(key) ?? '') + chunk).split('\n')
      const rest = lines.pop() ?? ''
      for (const line of lines)
        take(service, line, stream === 'stderr' && !TRACE.test(line) ? 'warn' : 'info')
      if (rest.length > PENDING_CHARACTERS_MAX) take(service, rest, 'warn')
      pending.set(key, rest.length > PENDING_CHARACTERS_MAX ? '' : rest)
    },
    hush: (service) => {
      hushed.add(service)
    },
    log: (level, text, fields = {}) => {
      const time = new Date(options.now()).toISOString()
      take('supervisor', JSON.stringify({ level, time, service: 'supervisor', ...fields, msg: text }), level)
    },
    close: () => {
      for (const [key, rest] of pending) take(key.split(' ')[0] ?? '', rest, 'warn')
      for (const file of files.values()) file.close()
      files.clear()
      pending.clear()
    },
  }
}

/** Null when the line is no JSON log line. Understands our own services (pino) and the Temporal server (zap). */
export function parseLogLine(service: string, raw: string): LogLine | null {
  if (!raw.startsWith('{')) return null
  let value: Record<string, unknown>
  try {
    value = JSON.parse(raw) as Record<string, unknown>
  } catch {
    return null
  }
  const level = LEVELS.find((each) => each === String(value.level).toLowerCase())
  if (level === undefined) return null
  return {
    ts: String(value.time ?? value.ts ?? ''),
    level,
    service,
    text: String(value.msg ?? ''),
    fields: Object.fromEntries(Object.entries(value).filter(([key]) => !COMMON_FIELDS.includes(key))),
  }
}

/** `12:34:56.789 WARN  streamers: text key=value`. */
export function formatLine(line: LogLine, colors: boolean): string {
  const paint = pc.createColors(colors)
  const tint = { fatal: paint.red, error: paint.red, warn: paint.yellow, info: paint.green }
  const color = tint[line.level as keyof typeof tint] ?? paint.dim
  const fields = Object.entries(line.fields)
    .filter(([, value]) => value !== '' && value !== null && value !== undefined)
    .map(([key, value]) => `${key}=${shortValue(value)}`)
  const time = /T(\d\d:\d\d:\d\d(?:\.\d{1,3})?)/.exec(line.ts)?.[1] ?? line.ts
  const head = `${paint.dim(time)} ${color(line.level.toUpperCase().padEnd(5))} ${paint.bold(line.service)}: `
  const body = [line.text, fields.length > 0 ? paint.dim(fields.join(' ')) : ''].filter((part) => part !== '')
  return head + body.join(' ').slice(0, CONSOLE_CHARACTERS_MAX)
}

function shortValue(value: unknown): string {
  const message = (value as { message?: unknown } | null)?.message
  return typeof message === 'string' ? message : typeof value === 'string' ? value : JSON.stringify(value)
}
