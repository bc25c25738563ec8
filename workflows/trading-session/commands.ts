/** Orders of people to a running session: force an entry, force a close, reduce. Validated before they are taken, answered when they are done. */
// Not here: what each may say (domain/session/command.ts), executing them (domain/session/segment-commands.ts).
import type { UpdateDefinition } from '@temporalio/common'
import { condition, setHandler } from '@temporalio/workflow'
import { HoldfastError } from '#domain/errors.ts'
import { endsSession } from '#domain/risk/kill-rules.ts'
import { type AskedCommand, type CommandKind, parseCommand } from '#domain/session/command.ts'
import type { SessionInput } from '#domain/session/input.ts'
import type { WishBox } from '#domain/session/wishes.ts'
import { orFailure } from '#workflows/failures.ts'
import type { SessionBoard } from './effects.ts'
import * as messages from './messages.ts'

interface Parts {
  input: SessionInput
  wishes: WishBox
  board: SessionBoard
  view(): messages.SessionView
}

const DESCRIPTIONS: Readonly<Record<CommandKind, string>> = {
  force_entry:
    'Open or enlarge a position now, past the strategy but through every gate: {"coin": "BTC", "side": "buy" | "sell", "usd": 500, "stop_bps": 300, "by": "…", "reason": "…"}; optional slippage_bps, leverage',
  force_close:
    'Close one coin, or all without "coin", now: {"coin": "BTC", "by": "…", "reason": "…"}; optional slippage_bps',
  reduce:
    'Close a part of a position now: {"coin": "BTC", "pct": 50, "by": "…", "reason": "…"}; optional slippage_bps',
}

/** Registers the three updates; called before the first await. */
export function answerCommands(parts: Parts): void {
  answer(parts, 'force_entry', messages.forceEntry)
  answer(parts, 'force_close', messages.forceClose)
  answer(parts, 'reduce', messages.reduce)
}

function answer(
  parts: Parts,
  kind: CommandKind,
  message: UpdateDefinition<messages.CommandAnswer, [Record<string, unknown>]>,
): void {
  const { wishes, board, view } = parts
  const read = (raw: unknown): AskedCommand => orFailure(() => readCommand(parts, kind, raw))
  setHandler(
    message,
    async (raw?: unknown) => {
      const id = wishes.askCommand(read(raw))
      await condition(() => wishes.resultOf(id) !== null || board.report !== null)
      const result = wishes.resultOf(id) ?? {
        id,
        status: 'refused' as const,
        orders: [],
        gate: 'SESSION_ENDING',
      }
      return { result, session: view() }
    },
    { validator: (raw?: unknown) => void read(raw), description: DESCRIPTIONS[kind] },
  )
}

/** @throws InvalidInputError, or SESSION_NOT_TRADING where the session can take no such order now */
function readCommand({ wishes, board }: Parts, kind: CommandKind, raw: unknown): AskedCommand {
  const command = parseCommand(kind, raw, board.status.coins)
  const why = notNow(wishes, board, kind)
  if (why === null) return command
  throw new HoldfastError(`${kind} is not taken: ${why}`, {
    code: 'SESSION_NOT_TRADING',
    retryable: false,
    hint: 'look at the session first: `holdfast session report`',
  })
}

function notNow(wishes: WishBox, board: SessionBoard, kind: CommandKind): string | null {
  if (board.report !== null || wishes.stop !== null || endsSession(wishes.kill.mode))
    return 'the session is ending'
  if (kind !== 'force_entry') return null
  if (wishes.paused) return 'the session is paused'
  return wishes.kill.mode === 'close_only' ? 'a close_only kill is in force' : null
}
