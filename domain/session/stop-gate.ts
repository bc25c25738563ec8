/** Why a segment must end, latched: the strongest reason wins, whoever notices it first, and nothing is sent once it is tripped. */
// Not here: what ending means (domain/session/wind-down.ts).
import { endsSession } from '#domain/risk/kill-rules.ts'
import type { Lease } from '#domain/session/lease.ts'
import type { CommandInbox, ControlPlane } from '#domain/session/ports.ts'
import type { Checkpoint, KillMode, SegmentOutcome } from '#domain/session/types.ts'

type Killed = Extract<SegmentOutcome, { kind: 'killed' }>

export type StopWhy =
  | { kind: 'killed'; by: Killed['by']; mode: KillMode; reason: string }
  | { kind: 'safe'; reason: 'lease_expired' | 'attempt_replaced' }
  | { kind: 'handover' }
  | { kind: 'rotated'; reason: 'params' | 'age' | 'pause' | 'command' }

/** A kill outranks everything; a lost lease outranks an orderly end, because others may be trading already. */
const RANK: Readonly<Record<StopWhy['kind'], number>> = { rotated: 1, handover: 2, safe: 3, killed: 4 }

export interface StopGate {
  /** Aborts when the gate trips: wakes every wait of the loop. */
  readonly signal: AbortSignal
  /** The strongest reason so far; null while the segment may go on. */
  why(): StopWhy | null
  trip(why: StopWhy): void
  /** Looks at inbox, control plane and lease NOW, trips if they say so, and answers as `why`. Synchronous: no await can hide a kill. */
  look(): StopWhy | null
  /** True while a `close_only` kill stands: only reducing orders may be sent. */
  closeOnly(): boolean
  /** Stops listening. */
  close(): void
}

export function createStopGate(parts: {
  commands: CommandInbox
  control: ControlPlane
  lease: Lease
  /** From the segment's input: the session's own kill signal asked for `close_only`. */
  closeOnly: boolean
}): StopGate {
  const { commands, control, lease } = parts
  const tripped = new AbortController()
  let latched: StopWhy | null = null
  let leaseSeen = false
  let closed = false

  const trip = (why: StopWhy): void => {
    if (latched === null || RANK[why.kind] > RANK[latched.kind]) latched = why
    if (!tripped.signal.aborted) tripped.abort()
  }

  const look = (): StopWhy | null => {
    const kill = commands.kill()
    if (kill && endsSession(kill.mode)) trip({ kind: 'killed', ...kill })
    if (control.signal.aborted) trip(fromControl(control))
    if (lease.isHeld()) leaseSeen = true
    else if (leaseSeen) trip({ kind: 'safe', reason: 'lease_expired' })
    const rotate = commands.takeRotate()
    if (rotate) trip({ kind: 'rotated', reason: rotate })
    return latched
  }

  const onControl = (): void => void look()
  control.signal.addEventListener('abort', onControl, { once: true })
  listen(commands, look, () => closed)

  return {
    signal: tripped.signal,
    why: () => latched,
    trip,
    look,
    closeOnly: () => parts.closeOnly || commands.kill()?.mode === 'close_only',
    close() {
      closed = true
      control.signal.removeEventListener('abort', onControl)
    },
  }
}

function fromControl(control: ControlPlane): StopWhy {
  if (control.reason() === 'shutdown') return { kind: 'handover' }
  if (control.reason() === 'command') return { kind: 'rotated', reason: 'command' }
  return { kind: 'killed', by: 'cancel', mode: 'off', reason: 'cancelled by the control plane' }
}

/** Looks whenever something arrives in the inbox, for as long as the segment runs. */
function listen(commands: CommandInbox, look: () => void, isClosed: () => boolean): void {
  const arm = (): void => {
    const signal = commands.changed()
    if (signal.aborted) return // the loop looks by itself each turn
    signal.addEventListener(
      'abort',
      () => {
        if (isClosed()) return
        look()
        arm()
      },
      { once: true },
    )
  }
  arm()
}

/** The outcome that a tripped gate stands for. */
export function outcomeOf(why: StopWhy, checkpoint: Checkpoint): SegmentOutcome {
  switch (why.kind) {
    case 'killed':
      return { kind: 'killed', checkpoint, by: why.by, mode: why.mode, reason: why.reason }
    case 'safe':
      return { kind: 'safe', checkpoint, reason: why.reason }
    case 'handover':
      return { kind: 'handover', checkpoint }
    case 'rotated':
      return { kind: 'rotated', checkpoint, reason: why.reason }
  }
}
