/** Answers of POST /info that Holdfast uses → domain values, checked. */
// Not here: sending the request (exchange/client). Source: the venue's docs, "Info endpoint" and "Perpetuals".
import { z } from 'zod'
import type {
  BookEvent,
  CandleEvent,
  FillEvent,
  FundingEvent,
  OrderEvent,
  TradeEvent,
} from '#domain/events.ts'
import type { Decimal } from '#domain/fixed-point.ts'
import type { OpenOrder, VenueAccount } from '#domain/session/ports.ts'
import type { EpochMs } from '#domain/time.ts'
import { readFill, readFunding, readOrderUpdate } from '#exchange/wire/account-frames.ts'
import { MalformedAnswerError, MalformedFrameError } from '#exchange/wire/errors.ts'
import { readBook, readCandle, readMids, readTrade } from '#exchange/wire/market-frames.ts'
import { cutDecimals, readFields, readList } from '#exchange/wire/read-value.ts'

const DecimalText = z.string().regex(/^-?\d{1,28}(?:\.\d{1,30})?$/, 'a decimal text')
const Address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'an address')
  .transform((text) => text.toLowerCase())

/** One perpetual of the venue. */
export interface PerpMeta {
  coin: string
  /** Asset number in actions: its place in the universe. */
  asset: number
  /** Decimals of a size, 0–5. */
  sizeDecimals: number
  maxLeverage: number
  delisted: boolean
}

/** Runs a reader of frames over an answer and names the request in its error. */
function reading<T>(request: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof MalformedFrameError)) throw error
    const path = String(error.details.path ?? '')
    throw new MalformedAnswerError({
      request,
      path,
      found: String(error.details.found ?? ''),
      expected: error.message.split(', expected ').at(-1) ?? 'its shape',
      cause: error,
    })
  }
}

function checked<Schema extends z.ZodType>(
  request: string,
  schema: Schema,
  answer: unknown,
): z.infer<Schema> {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  let found: unknown = answer
  for (const step of issue?.path ?? []) found = (found as Record<PropertyKey, unknown> | undefined)?.[step]
  throw new MalformedAnswerError({
    request,
    path: (issue?.path ?? []).map(String).join('.'),
    found: JSON.stringify(found)?.slice(0, 60) ?? 'nothing',
    expected: issue?.message ?? 'its shape',
  })
}

const Meta = z.object({
  universe: z.array(
    z.object({
      name: z.string().min(1),
      szDecimals: z.int().min(0).max(8),
      maxLeverage: z.int().min(1),
      isDelisted: z.boolean().optional(),
    }),
  ),
})

/** `meta` → perpetuals in the order of their asset numbers. @throws MalformedAnswerError */
export function parseMeta(answer: unknown): PerpMeta[] {
  return checked('meta', Meta, answer).universe.map((perp, asset) => ({
    coin: perp.name,
    asset,
    sizeDecimals: perp.szDecimals,
    maxLeverage: perp.maxLeverage,
    delisted: perp.isDelisted ?? false,
  }))
}

/** `allMids` → coin to mid price. @throws MalformedAnswerError */
export const parseAllMids = (answer: unknown): Readonly<Record<string, Decimal>> =>
  reading('allMids', () => readMids(answer, 'allMids', ''))

/** `l2Book` → the book, or null for an unknown coin. @throws MalformedAnswerError */
export const parseL2Book = (answer: unknown, receivedTs: EpochMs): BookEvent | null =>
  answer === null ? null : reading('l2Book', () => readBook(readFields(answer, 'l2Book', ''), receivedTs))

/** `candleSnapshot` → candles, oldest first; the last one may still be forming. @throws MalformedAnswerError */
export const parseCandleSnapshot = (answer: unknown, receivedTs: EpochMs): CandleEvent[] =>
  reading('candleSnapshot', () =>
    readList(answer, 'candle', '').map((item, at) =>
      readCandle(readFields(item, 'candle', `[${at}]`), receivedTs),
    ),
  )

/** `recentTrades` → trades as the venue orders them. @throws MalformedAnswerError */
export const parseRecentTrades = (answer: unknown, receivedTs: EpochMs): TradeEvent[] =>
  reading('recentTrades', () =>
    readList(answer, 'trades', '').map((item, at) =>
      readTrade(readFields(item, 'trades', `[${at}]`), `[${at}]`, receivedTs),
    ),
  )

/** `userFills` (newest first) or `userFillsByTime` (oldest first) → fills in the answer's order. @throws MalformedAnswerError */
export const parseFills = (answer: unknown, account: string, receivedTs: EpochMs): FillEvent[] =>
  reading('userFills', () =>
    readList(answer, 'userFills', '').map((item, at) =>
      readFill(item, { channel: 'userFills', path: `[${at}]`, account, snapshot: false, receivedTs }),
    ),
  )

/** `userFunding` → payments, oldest first. @throws MalformedAnswerError */
export const parseFundings = (answer: unknown, account: string, receivedTs: EpochMs): FundingEvent[] =>
  reading('userFunding', () =>
    readList(answer, 'userFundings', '').map((item, at) =>
      readFunding(item, { channel: 'userFundings', path: `[${at}]`, account, receivedTs }),
    ),
  )

/** `historicalOrders` → order changes, newest first. @throws MalformedAnswerError */
export const parseHistoricalOrders = (answer: unknown, account: string, receivedTs: EpochMs): OrderEvent[] =>
  reading('historicalOrders', () =>
    readList(answer, 'orderUpdates', '').map((item, at) =>
      readOrderUpdate(item, `[${at}]`, receivedTs, account),
    ),
  )

const Order = z.object({
  coin: z.string().min(1),
  side: z.enum(['B', 'A']),
  limitPx: DecimalText,
  sz: DecimalText,
  oid: z.int().min(0),
  timestamp: z.int().min(0),
  cloid: z
    .string()
    .regex(/^0x[0-9a-fA-F]{32}$/)
    .nullish(),
  reduceOnly: z.boolean().optional(),
  isTrigger: z.boolean().optional(),
  triggerPx: DecimalText.optional(),
})

/** `openOrders` or `frontendOpenOrders` → resting and untriggered orders. Only the latter tells triggers apart. @throws MalformedAnswerError */
export function parseOpenOrders(answer: unknown): OpenOrder[] {
  return checked('openOrders', z.array(Order), answer).map((order) => ({
    coin: order.coin,
    oid: order.oid,
    cloid: order.cloid?.toLowerCase() ?? '',
    side: order.side === 'B' ? 'buy' : 'sell',
    px: order.isTrigger === true && order.triggerPx !== undefined ? order.triggerPx : order.limitPx,
    sz: order.sz,
    reduceOnly: order.reduceOnly ?? false,
    trigger: order.isTrigger ?? false,
    ts: order.timestamp,
  }))
}

const AccountState = z.object({
  marginSummary: z.object({ accountValue: DecimalText }),
  withdrawable: DecimalText.nullish(),
  assetPositions: z.array(
    z.object({
      position: z.object({ coin: z.string().min(1), szi: DecimalText, entryPx: DecimalText.nullish() }),
    }),
  ),
})

/** `clearinghouseState` → equity and open positions; flat coins are absent. @throws MalformedAnswerError */
export function parseAccountState(answer: unknown): VenueAccount {
  const state = checked('clearinghouseState', AccountState, answer)
  return {
    equityUsd: cutDecimals(state.marginSummary.accountValue),
    ...(state.withdrawable ? { freeUsd: cutDecimals(state.withdrawable) } : {}),
    positions: state.assetPositions.map(({ position }) => ({
      coin: position.coin,
      sz: position.szi,
      entryPx: cutDecimals(position.entryPx ?? '0'),
    })),
  }
}

const OrderStatusAnswer = z.discriminatedUnion('status', [
  z.object({ status: z.literal('unknownOid') }),
  z.object({ status: z.literal('order'), order: z.unknown() }),
])

/** `orderStatus` → the order's last change, or null when the venue does not know it (or it belongs to somebody else). @throws MalformedAnswerError */
export function parseOrderStatus(answer: unknown, account: string, receivedTs: EpochMs): OrderEvent | null {
  const found = checked('orderStatus', OrderStatusAnswer, answer)
  if (found.status === 'unknownOid') return null
  return reading('orderStatus', () => readOrderUpdate(found.order, 'order', receivedTs, account))
}

const UserRole = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['user', 'missing', 'vault']) }),
  z.object({ role: z.literal('agent'), data: z.object({ user: Address }) }),
  z.object({ role: z.literal('subAccount'), data: z.object({ master: Address }) }),
])
export type UserRole = z.infer<typeof UserRole>

/** `userRole` → what an address is; for agents the master it acts for. @throws MalformedAnswerError */
export const parseUserRole = (answer: unknown): UserRole => checked('userRole', UserRole, answer)

const AgentList = z.array(
  z.object({ name: z.string(), address: Address, validUntil: z.int().min(0).nullable() }),
)
/** `extraAgents` → named agents of a master. @throws MalformedAnswerError */
export const parseExtraAgents = (answer: unknown): z.infer<typeof AgentList> =>
  checked('extraAgents', AgentList, answer)

const FundingRates = z.array(
  z.object({ coin: z.string(), fundingRate: DecimalText, premium: DecimalText, time: z.int().min(0) }),
)
export interface FundingRate {
  coin: string
  ts: EpochMs
  /** Hourly rate as a fraction. */
  rate: Decimal
  premium: Decimal
}
/** `fundingHistory` → hourly rates, oldest first. @throws MalformedAnswerError */
export const parseFundingHistory = (answer: unknown): FundingRate[] =>
  checked('fundingHistory', FundingRates, answer).map(({ coin, time, fundingRate, premium }) => ({
    coin,
    ts: time,
    rate: fundingRate,
    premium,
  }))
