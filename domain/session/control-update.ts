/** Takes over what people changed in a running session: parameters, limits, coins. A change that cannot be is refused, and the old values stay. */
// Not here: merging and validating it (workflows/trading-session/changes.ts).
import { describeError } from '#domain/errors.ts'
import { parseFixed } from '#domain/fixed-point.ts'
import { remember, type SessionBook } from '#domain/session/book.ts'
import { withCoins } from '#domain/session/candle-cursor.ts'
import type { Closing } from '#domain/session/control-close.ts'
import { dropIntents } from '#domain/session/control-segment.ts'
import type { Decision } from '#domain/session/types.ts'
import type { UpdateWish } from '#domain/session/wishes.ts'
import { positionOf } from '#domain/trading/position.ts'

/** Applies from the next decision on; what is held and protected stays as it is. */
export async function takeUpdate(closing: Closing): Promise<void> {
  const { book, effects, enter, wishes } = closing
  const { update } = wishes
  if (!update) return
  dropIntents(book, 'PARAMS_CHANGED', effects.now())
  const changed = {
    ...differences('params', book.params, update.params),
    ...differences('limits', book.limits, update.limits),
  }
  if (!isSame(book.params, update.params)) book.isStrategyStale = true
  book.params = update.params
  book.limits = update.limits
  if (update.coins) await changeCoins(closing, update.coins, update)
  if (Object.keys(changed).length > 0) {
    record(closing, {
      kind: 'params',
      reason: 'PARAMS_UPDATED',
      gate: '',
      inputs: { ...whoOf(update), ...changed },
    })
  }
  wishes.doneUpdate(update)
  enter(book.state, 'parameters updated')
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const whoOf = ({ by, reason }: UpdateWish): Decision['inputs'] => ({ by: by ?? '', why: reason ?? '' })

/** `limits.order_usd_max: "500 → 800"` for every field that differs. */
function differences(
  part: string,
  was: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): Decision['inputs'] {
  const keys = new Set([...Object.keys(was), ...Object.keys(now)])
  const text = (value: unknown): string => (value === undefined ? 'unset' : JSON.stringify(value))
  return Object.fromEntries(
    [...keys]
      .filter((key) => !isSame(was[key], now[key]))
      .map((key) => [`${part}.${key}`, `${text(was[key])} → ${text(now[key])}`]),
  )
}

function record(
  { book, effects }: Closing,
  decision: Omit<Decision, 'seq' | 'ts' | 'coin'>,
  coin = '',
): void {
  remember(book, { ...decision, coin: coin || (book.coins[0] ?? ''), ts: effects.now() })
}

/** New coins are admitted as at the start; one that falls out stays until its position is closed, and opens nothing meanwhile. */
async function changeCoins(closing: Closing, wanted: readonly string[], update: UpdateWish): Promise<void> {
  const { book, effects, input } = closing
  const added = wanted.filter((coin) => !book.coins.includes(coin))
  if (added.length > 0) {
    try {
      const { size_decimals, leverage_max } = await effects.admit({ ...input, coins: added })
      book.sizeDecimals = { ...book.sizeDecimals, ...size_decimals }
      book.leverageMax = { ...book.leverageMax, ...leverage_max }
    } catch (error) {
      const inputs = { ...whoOf(update), coins: added.join(' '), why_not: describeError(error) }
      return record(closing, { kind: 'hold', reason: 'COINS_REFUSED', gate: 'ADMISSION', inputs })
    }
  }
  const out = book.coins.filter((coin) => !wanted.includes(coin))
  const kept = out.filter((coin) => isHeld(book, coin))
  const coins = [...wanted, ...kept]
  const inputs = { ...whoOf(update), coins: coins.join(' '), added: added.join(' '), leaving: kept.join(' ') }
  book.coins = coins
  book.leaving = kept
  if (added.length > 0) book.isStrategyStale = true
  book.checkpoint = withCoins(book.checkpoint, coins)
  record(closing, { kind: 'params', reason: 'COINS_UPDATED', gate: '', inputs })
  const fallen = input.engine === 'candles' ? input.watchlist?.fallen : undefined
  if (fallen === 'close') {
    for (const coin of kept) {
      const by = update.by ?? 'watchlist'
      closing.wishes.askCommand({
        kind: 'force_close',
        coin,
        slippage_bps: 100,
        by,
        reason: 'left the watchlist',
      })
    }
  }
}

const isHeld = (book: SessionBook, coin: string): boolean =>
  parseFixed(positionOf(book.checkpoint.positions, coin).sz) !== 0n

/** Coins on their way out whose position is closed by now are no longer the session's. */
export function dropLeft(book: SessionBook): void {
  const gone = book.leaving.filter((coin) => !isHeld(book, coin))
  if (gone.length === 0) return
  book.coins = book.coins.filter((coin) => !gone.includes(coin))
  book.leaving = book.leaving.filter((coin) => !gone.includes(coin))
}
