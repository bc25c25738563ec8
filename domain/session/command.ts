/** What a person may order a running session to do: enter, close, reduce; who and why are part of the order. */
// Not here: executing it (segment-commands.ts), the messages of the workflow (workflows/trading-session/messages.ts).
import { z } from 'zod'
import { InvalidInputError } from '#domain/errors.ts'

const Coin = z.string().min(1).max(20).describe('coin of the session, in the venue’s spelling')
const who = {
  by: z.string().trim().min(1).max(80).describe('who orders it'),
  reason: z.string().trim().min(1).max(400).describe('why'),
}
const slippage = (bps: number) =>
  z.number().positive().max(2_000).default(bps).describe('how far beyond the touch it may pay, basis points')

export const ForceEntry = z.strictObject({
  coin: Coin,
  side: z.enum(['buy', 'sell']).describe('buy for a long, sell for a short position'),
  usd: z.number().positive().describe('notional, USD'),
  slippage_bps: slippage(50),
  stop_bps: z
    .number()
    .positive()
    .max(9_000)
    .default(300)
    .describe('distance of the protective stop to the touch, basis points; the strategy moves it later'),
  leverage: z.int().min(1).max(50).optional().describe('set at the venue before the order; unset: as it is'),
  ...who,
})

export const ForceClose = z.strictObject({
  coin: Coin.optional().describe('unset: every coin of the session'),
  slippage_bps: slippage(100),
  ...who,
})

export const Reduce = z.strictObject({
  coin: Coin,
  pct: z.number().positive().max(100).describe('share of the position that is closed, per cent'),
  slippage_bps: slippage(100),
  ...who,
})

export const COMMAND_KINDS = ['force_entry', 'force_close', 'reduce'] as const
export type CommandKind = (typeof COMMAND_KINDS)[number]

export type Command = { id: number } & (
  | ({ kind: 'force_entry' } & z.infer<typeof ForceEntry>)
  | ({ kind: 'force_close' } & z.infer<typeof ForceClose>)
  | ({ kind: 'reduce' } & z.infer<typeof Reduce>)
)
/** A command before the session has numbered it. */
export type AskedCommand = Command extends infer Each
  ? Each extends { id: number }
    ? Omit<Each, 'id'>
    : never
  : never

/** What became of a command. `sz` is what was filled, summed over coins, in coins of each; gates name what stopped it. */
export interface CommandResult {
  id: number
  /** `lost`: the segment that had it gave no answer; it is not repeated, and the position tells. */
  status: 'done' | 'refused' | 'lost'
  orders: readonly { coin: string; side: 'buy' | 'sell'; sz: string; filled: string; gate: string }[]
  gate: string
}

const SCHEMAS = { force_entry: ForceEntry, force_close: ForceClose, reduce: Reduce } as const

/**
 * Validates one command against the session it is for.
 * @throws InvalidInputError with the path of the first fault
 */
export function parseCommand(kind: CommandKind, raw: unknown, coins: readonly string[]): AskedCommand {
  const parsed = SCHEMAS[kind].safeParse(raw ?? {})
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new InvalidInputError({
      source: kind,
      path: issue?.path.map(String).join('.') ?? '',
      found: JSON.stringify(raw ?? {}).slice(0, 80),
      expected: issue?.message ?? 'a valid value',
    })
  }
  const { coin } = parsed.data
  if (coin !== undefined && !coins.includes(coin)) {
    throw new InvalidInputError({
      source: kind,
      path: 'coin',
      found: JSON.stringify(coin),
      expected: `a coin of the session: ${coins.slice(0, 10).join(', ')}`,
    })
  }
  return { kind, ...parsed.data } as AskedCommand
}
