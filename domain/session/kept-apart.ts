/** Whether a session keeps trades of others apart from its own, and how it then reads its fills. */
// Not here: the arithmetic (domain/trading/foreign.ts), what it does about such trades (manual-fills.ts).
import { isOwnCloid } from '#domain/ids.ts'
import type { SessionInput } from '#domain/session/input.ts'
import type { SegmentInput } from '#domain/session/segment-input.ts'
import { type Fold, foldApart } from '#domain/trading/foreign.ts'
import { foldFill } from '#domain/trading/position.ts'

/** `manual_positions: ignore`: only what the session traded itself is its own. */
export const keepsApart = (
  input:
    | Pick<Extract<SegmentInput, { engine: 'candles' }>, 'engine' | 'manual_positions'>
    | { engine: Exclude<SessionInput['engine'], 'candles'> },
): boolean => input.engine === 'candles' && input.manual_positions === 'ignore'

/** How fills change the positions of this segment. */
export const foldOf = (input: SegmentInput): Fold => foldFor(input.session_id, keepsApart(input))

/** @param apart fills without a name of this session are somebody else's */
export const foldFor = (sessionId: string, apart: boolean): Fold =>
  apart ? foldApart(({ cloid }) => !isOwnCloid(cloid, sessionId)) : foldFill
