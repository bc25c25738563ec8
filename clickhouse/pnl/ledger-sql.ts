/** Pieces of SQL that everything about the ledger shares: whose session a fill is, what its fee was taken in, and what identifies it. */

/** Fees in these count as dollars; other tokens are coins of the pair. */
const DOLLARS = "'', 'USDC', 'USDT', 'USDT0', 'USDH', 'USDE'"

/** Sessions that are known, with their tags in the same order; parameters `session_ids` and `session_tags`. */
export interface KnownSessions {
  ids: readonly string[]
  tags: readonly number[]
}

/** Eight hex digits of a client order id as a number: domain/ids.ts. */
const TAG_IN_CLOID = 'reinterpretAsUInt32(reverse(unhex(substring(cloid, 3, 8))))'

/** Tag of the session of a fill, 0 for none. */
export const tagSql = ({ ids }: KnownSessions): string =>
  ids.length === 0
    ? 'toUInt32(0)'
    : `multiIf(
        session_id != '', transform(session_id, {session_ids:Array(String)}, {session_tags:Array(UInt32)}, toUInt32(0)),
        length(cloid) = 34 AND has({session_tags:Array(UInt32)}, ${TAG_IN_CLOID}), ${TAG_IN_CLOID},
        toUInt32(0))`

export const sessionParams = ({ ids, tags }: KnownSessions): Record<string, unknown> =>
  ids.length === 0 ? {} : { session_ids: [...ids], session_tags: [...tags] }

/** Bits of FLAG in domain/pnl/types.ts. */
export const FLAGS = `toUInt8(if(side = 'buy', 1, 0) + if(crossed, 2, 0)
  + if(fee_token NOT IN (${DOLLARS}) AND (startsWith(coin, '@') OR position(coin, '/') > 0), 4, 0))`

/** Everything of a fill that the ledger depends on, as one number; sums of it do not depend on order. */
export const fillHash = (known: KnownSessions): string =>
  `cityHash64(ts, tid, px, sz, start_position, fee, closed_pnl, builder_fee, ${FLAGS}, ${tagSql(known)})`

export const PAYMENT_HASH = 'cityHash64(ts, usd, position_sz)'
