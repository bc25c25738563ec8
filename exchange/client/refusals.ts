/** The venue's refusals: its texts, mapped once to a code and to what the owner of the order can do about it. */
// Source: wire contract §6 "Error texts"; matched by substring because the venue appends asset numbers, prices and addresses.

export type RefusalCode =
  | 'MIN_NOTIONAL'
  | 'MARGIN'
  | 'REDUCE_ONLY'
  | 'POST_ONLY_CROSS'
  | 'NO_MATCH'
  | 'NO_LIQUIDITY'
  | 'TRIGGER_PX'
  | 'TICK'
  | 'SIZE'
  | 'PX'
  | 'PX_FAR'
  | 'TOO_LARGE'
  | 'TOO_MANY_ORDERS'
  | 'GONE'
  | 'AGENT_UNKNOWN'
  | 'NO_DEPOSIT'
  | 'NONCE_USED'
  | 'EXPIRED'
  | 'ADDRESS_BUDGET'
  | 'RATE_LIMITED'
  | 'RATE_BUDGET'
  | 'UNREACHABLE'
  | 'UNREADABLE'
  | 'NOT_ALLOWED'
  | 'OTHER'

/**
 * What a refusal means for whoever sent the order:
 * `market` = the market moved, decide anew; `input` = the same order can never pass; `later` = the same order may pass later;
 * `account` = nothing will pass until an operator acts.
 */
export type RefusalKind = 'market' | 'input' | 'later' | 'account'

export interface Refusal {
  code: RefusalCode
  kind: RefusalKind
}

const TEXTS: readonly (readonly [string, RefusalCode, RefusalKind])[] = [
  ['Post only order would have immediately matched', 'POST_ONLY_CROSS', 'market'],
  ['could not immediately match', 'NO_MATCH', 'market'],
  ['No liquidity available', 'NO_LIQUIDITY', 'market'],
  ['Reduce only order would increase position', 'REDUCE_ONLY', 'market'],
  ['never placed, already canceled, or filled', 'GONE', 'market'],
  ['Cannot modify canceled or filled order', 'GONE', 'market'],
  ['Invalid TP/SL price', 'TRIGGER_PX', 'market'],
  ['away from the reference price', 'PX_FAR', 'input'],
  ['minimum value of', 'MIN_NOTIONAL', 'input'],
  ['divisible by tick size', 'TICK', 'input'],
  ['Order has invalid price', 'PX', 'input'],
  ['Order has invalid size', 'SIZE', 'input'],
  ['Order has zero size', 'SIZE', 'input'],
  ['Order value too large', 'TOO_LARGE', 'input'],
  ['Too many open orders', 'TOO_MANY_ORDERS', 'later'],
  ['Insufficient margin', 'MARGIN', 'account'],
  ['does not exist', 'AGENT_UNKNOWN', 'account'],
  ['Must deposit before performing actions', 'NO_DEPOSIT', 'account'],
  ['Invalid nonce', 'NONCE_USED', 'later'],
  ['Action already expired', 'EXPIRED', 'later'],
  ['Too many cumulative requests', 'ADDRESS_BUDGET', 'later'],
]

/** Code and kind of a venue's error text; an unknown text is OTHER, which nobody should retry blindly. */
export function classifyRefusal(message: string): Refusal {
  const known = TEXTS.find(([text]) => message.includes(text))
  return known ? { code: known[1], kind: known[2] } : { code: 'OTHER', kind: 'input' }
}
