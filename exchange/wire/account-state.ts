/** clearinghouseState in full: what an account is worth, what it may withdraw, and each position with margin and funding. */
// Not here: the short form that sessions and kills ask for (info.ts, parseAccountState).
import { z } from 'zod'
import { absE8, type Decimal, divE8, formatFixed, parseFixed } from '#domain/fixed-point.ts'
import type { EpochMs } from '#domain/time.ts'
import { MalformedAnswerError } from '#exchange/wire/errors.ts'
import { cutDecimals } from '#exchange/wire/read-value.ts'

const Amount = z
  .string()
  .regex(/^-?\d{1,28}(?:\.\d{1,30})?$/, 'a decimal text')
  .transform(cutDecimals)

const Position = z.object({
  coin: z.string().min(1),
  szi: Amount,
  leverage: z.object({ type: z.string(), value: z.number().min(0) }),
  entryPx: Amount.nullish(),
  positionValue: Amount,
  unrealizedPnl: Amount,
  liquidationPx: Amount.nullish(),
  marginUsed: Amount,
  cumFunding: z.object({ sinceOpen: Amount }).optional(),
})

const State = z.object({
  marginSummary: z.object({ accountValue: Amount, totalNtlPos: Amount, totalMarginUsed: Amount }),
  withdrawable: Amount,
  assetPositions: z.array(z.object({ position: Position })),
  time: z.int().min(0).optional(),
})

/** One open position; money in USD, prices in USD per coin. */
export interface PositionState {
  coin: string
  /** Signed coins, never zero. */
  sz: Decimal
  entryPx: Decimal
  markPx: Decimal
  /** Signed: negative for a short. */
  notionalUsd: Decimal
  unrealizedPnlUsd: Decimal
  /** Received since the position was opened: the venue writes what was paid. */
  fundingSinceOpenUsd: Decimal
  marginUsedUsd: Decimal
  leverage: number
  marginMode: string
  /** '0' when there is none. */
  liquidationPx: Decimal
}

/** State of an account at one moment; USD. */
export interface AccountState {
  ts: EpochMs
  equityUsd: Decimal
  cashUsd: Decimal
  marginUsedUsd: Decimal
  withdrawableUsd: Decimal
  notionalUsd: Decimal
  unrealizedPnlUsd: Decimal
  positions: readonly PositionState[]
}

/** @param receivedTs taken where the answer carries no time  @throws MalformedAnswerError */
export function parseFullAccountState(answer: unknown, receivedTs: EpochMs): AccountState {
  const parsed = State.safeParse(answer)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new MalformedAnswerError({
      request: 'clearinghouseState',
      path: (issue?.path ?? []).map(String).join('.'),
      found: JSON.stringify(answer)?.slice(0, 60) ?? 'nothing',
      expected: issue?.message ?? 'its shape',
    })
  }
  const { marginSummary, withdrawable, assetPositions, time } = parsed.data
  const positions = assetPositions
    .map(({ position }) => positionState(position))
    .filter(({ sz }) => parseFixed(sz) !== 0n)
  const unrealized = positions.reduce((sum, { unrealizedPnlUsd }) => sum + parseFixed(unrealizedPnlUsd), 0n)
  return {
    ts: time ?? receivedTs,
    equityUsd: marginSummary.accountValue,
    cashUsd: formatFixed(parseFixed(marginSummary.accountValue) - unrealized),
    marginUsedUsd: marginSummary.totalMarginUsed,
    withdrawableUsd: withdrawable,
    notionalUsd: marginSummary.totalNtlPos,
    unrealizedPnlUsd: formatFixed(unrealized),
    positions,
  }
}

function positionState(position: z.infer<typeof Position>): PositionState {
  const sz = parseFixed(position.szi)
  // The venue's position value carries no sign.
  const value = absE8(parseFixed(position.positionValue))
  return {
    coin: position.coin,
    sz: position.szi,
    entryPx: position.entryPx ?? '0',
    markPx: sz === 0n ? '0' : formatFixed(divE8(value, absE8(sz))),
    notionalUsd: formatFixed(sz < 0n ? -value : value),
    unrealizedPnlUsd: position.unrealizedPnl,
    fundingSinceOpenUsd: formatFixed(-parseFixed(position.cumFunding?.sinceOpen ?? '0')),
    marginUsedUsd: position.marginUsed,
    leverage: Math.round(position.leverage.value),
    marginMode: position.leverage.type,
    liquidationPx: position.liquidationPx ?? '0',
  }
}
