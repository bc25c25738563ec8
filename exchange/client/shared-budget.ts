/** One request budget for all processes of the machine: each tells in a small file what it spent, and takes what the others spent off its own count. */
// Not here: the bucket and its reserves (weight-budget.ts). Nothing here can hold a request up: files are written and read beside it, and without them each process counts for itself.
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Clock, EpochMs } from '#domain/time.ts'

/** What weight is spent on, in the order of who may spend last. */
export const PURPOSES = ['kill', 'orders', 'reconcile', 'collect'] as const
export type Purpose = (typeof PURPOSES)[number]

const Counts = z.object({
  requests: z.number(),
  weight: z.number(),
  /** Held back by our own count. */
  refused: z.number(),
  /** "Too many requests", said the venue. */
  throttled: z.number(),
})
const UsageFile = z.object({
  process: z.string(),
  /** When this life of the process began; counts start at 0 with it. */
  started_ts: z.number(),
  ts: z.number(),
  /** The venue that the weight was spent at. */
  venue: z.string(),
  /** Left for a kill by this process's count. */
  left: z.number(),
  /** Last time the venue refused for too many requests, and until when nothing is left; 0 for never. */
  exhausted_ts: z.number(),
  exhausted_until_ts: z.number(),
  purposes: z.object({ kill: Counts, orders: Counts, reconcile: Counts, collect: Counts }),
  /** Messages to the venue's sockets, and what was left of their minute; −1 where the process has no sockets. */
  messages: z.number().default(0),
  messages_left: z.number().default(-1),
})
/** What one process spent since it started. */
export type Usage = z.infer<typeof UsageFile>

export const LIMITS = {
  /** What others spent is known this late, milliseconds; the reserves are far larger than what can be spent in it. */
  syncMs: 400,
  /** So long after the last request the files are looked at no more. */
  idleMs: 3_000,
  /** A count that is older says nothing of what is left now: the minute has passed. */
  freshMs: 60_000,
} as const

/** Every process's usage of the folder; files that cannot be read are left out. */
export function readUsage(folder: string): Usage[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => parseUsage(readFileSync(join(folder, name), 'utf8')) ?? [])
  } catch {
    return [] // no folder yet, or a file vanished under us: the next look has them
  }
}

function parseUsage(text: string): Usage | null {
  try {
    const parsed = UsageFile.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

/** How a bucket tells and learns. */
export interface SharedLedger {
  note(purpose: Purpose, what: 'requests' | 'refused' | 'throttled', weight: number): void
  /** Weight that others spent since the last call. */
  takeOthers(): number
  /** What the freshest other process says is left, refilled to now; null when nobody does. */
  leftOfOthers(perMs: number): number | null
  /** Until when the venue refuses, by what any process was told; 0 for not at all. */
  exhaustedUntil(): EpochMs
  tellExhausted(untilTs: EpochMs): void
  noteMessage(): void
  /** Messages left by the count of the process that told last, or null when nobody did within a minute. */
  messagesLeftOfOthers(): number | null
  /** Messages that others sent to the venue's sockets since the last call. */
  takeOtherMessages(): number
  close(): Promise<void>
}

export interface SharedLedgerParts {
  folder: string
  process: string
  venue: string
  clock: Clock
  left(): number
  /** Messages left to the sockets by this process's count. */
  messagesLeft?(): number
}

export function openSharedLedger(parts: SharedLedgerParts): SharedLedger {
  return new Ledger(parts)
}

const weightOf = ({ purposes }: Usage): number =>
  PURPOSES.reduce((sum, purpose) => sum + purposes[purpose].weight, 0)

interface Spent {
  weight: number
  messages: number
}
type Seen = Spent & { started_ts: number }

class Ledger implements SharedLedger {
  private readonly parts: SharedLedgerParts
  private readonly usage: Usage
  private readonly stop = new AbortController()
  private readonly seen = new Map<string, Seen>()
  private others: Usage[]
  private owed: Spent = { weight: 0, messages: 0 }
  private isDirty = false
  private usedMs = 0
  private running: Promise<void> | null = null

  constructor(parts: SharedLedgerParts) {
    this.parts = { ...parts, process: parts.process.replace(/[^a-zA-Z0-9_-]/g, '_') }
    const now = parts.clock.now()
    const none = () => ({ requests: 0, weight: 0, refused: 0, throttled: 0 })
    this.usage = {
      ...{ process: this.parts.process, started_ts: now, ts: now, venue: parts.venue, left: 0 },
      ...{ exhausted_ts: 0, exhausted_until_ts: 0 },
      purposes: { kill: none(), orders: none(), reconcile: none(), collect: none() },
      ...{ messages: 0, messages_left: -1 },
    }
    this.others = this.select(readUsage(parts.folder))
    for (const usage of this.others) this.remember(usage)
  }

  note(purpose: Purpose, what: 'requests' | 'refused' | 'throttled', weight: number): void {
    const counts = this.usage.purposes[purpose]
    counts[what]++
    counts.weight += weight
    this.touch()
  }

  takeOthers(): number {
    this.touch(false)
    const { weight } = this.owed
    this.owed.weight = 0
    return weight
  }

  noteMessage(): void {
    this.usage.messages++
    this.touch()
  }

  takeOtherMessages(): number {
    this.touch(false)
    const { messages } = this.owed
    this.owed.messages = 0
    return messages
  }

  leftOfOthers(perMs: number): number | null {
    const now = this.parts.clock.now()
    const known = this.others
      .filter(({ ts }) => now - ts < LIMITS.freshMs)
      .map(({ left, ts }) => left + (now - ts) * perMs)
    return known.length === 0 ? null : Math.min(...known)
  }

  messagesLeftOfOthers(): number | null {
    const now = this.parts.clock.now()
    const known = this.others.filter((each) => now - each.ts < LIMITS.freshMs && each.messages_left >= 0)
    return known.length === 0 ? null : Math.min(...known.map((each) => each.messages_left))
  }

  exhaustedUntil(): EpochMs {
    return Math.max(...this.others.map((each) => each.exhausted_until_ts), this.usage.exhausted_until_ts)
  }

  tellExhausted(untilTs: EpochMs): void {
    Object.assign(this.usage, { exhausted_ts: this.parts.clock.now(), exhausted_until_ts: untilTs })
    this.touch()
  }

  async close(): Promise<void> {
    this.stop.abort()
    await this.running
    await this.sync()
  }

  private touch(isDirty = true): void {
    this.isDirty ||= isDirty
    this.usedMs = this.parts.clock.monotonicMs()
    if (!this.stop.signal.aborted) this.running ??= this.follow()
  }

  /** Tells and learns while the process asks things, and for a moment after. */
  private async follow(): Promise<void> {
    const { clock } = this.parts
    while (!this.stop.signal.aborted && clock.monotonicMs() - this.usedMs < LIMITS.idleMs) {
      await this.sync()
      await clock.sleep(LIMITS.syncMs, this.stop.signal)
    }
    this.running = null
  }

  private async sync(): Promise<void> {
    const { folder, process, clock, left, messagesLeft } = this.parts
    try {
      if (this.isDirty) {
        await mkdir(folder, { recursive: true })
        // What was spent and what is left are of one moment: nothing is awaited between them.
        this.isDirty = false
        const messages_left = messagesLeft?.() ?? -1
        Object.assign(this.usage, { ts: clock.now(), left: left(), messages_left })
        const text = JSON.stringify(this.usage)
        const file = join(folder, `${process}.json`)
        await writeFile(`${file}.tmp`, text)
        await rename(`${file}.tmp`, file)
      }
      const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
      const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
      this.others = this.select(texts.flatMap((text) => parseUsage(text) ?? []))
      for (const usage of this.others) {
        const more = this.remember(usage)
        this.owed.weight += more.weight
        this.owed.messages += more.messages
      }
    } catch {
      // Without the files every process counts for itself, as it would alone on the machine.
    }
  }

  private select(all: readonly Usage[]): Usage[] {
    return all.filter((each) => each.process !== this.parts.process && each.venue === this.parts.venue)
  }

  /** @returns what this process spent since it was last seen */
  private remember(usage: Usage): Spent {
    const { process, started_ts, messages } = usage
    const weight = weightOf(usage)
    const before = this.seen.get(process)
    this.seen.set(process, { started_ts, weight, messages })
    if (before?.started_ts !== started_ts) return { weight, messages }
    return { weight: weight - before.weight, messages: messages - before.messages }
  }
}
