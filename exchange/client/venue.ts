/** The exchange for one account, as the session core sees it: the live and paper body of the port Venue. */
// Not here: fees, positions, decisions; this file only says it to the venue and reads the answer.
import { z } from 'zod'
import { HoldfastError } from '#domain/errors.ts'
import type { Cloid } from '#domain/ids.ts'
import type { CancelAnswer, OrderAnswer, OrderModify, Venue } from '#domain/session/ports.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import type { FeeRates } from '#domain/strategies/maker/gates.ts'
import type { EpochMs } from '#domain/time.ts'
import { type ActionParts, type ActionResult, sendAction } from '#exchange/client/actions.ts'
import type { Info, Meta } from '#exchange/client/info.ts'
import {
  cancelAction,
  cancelByCloidAction,
  leverageAction,
  modifyAction,
  orderAction,
  readCancelAnswers,
  readModifyAnswers,
  readOrderAnswers,
} from '#exchange/client/orders.ts'
import { classifyRefusal } from '#exchange/client/refusals.ts'
import type { Action } from '#exchange/client/signing.ts'
import { LIMITS } from '#exchange/client/weight-budget.ts'

/** Rates as fractions of the traded value; a rebate is negative. Source: wire contract §4, `userFees`. */
const UserFees = z.object({ userAddRate: z.string(), userCrossRate: z.string() })

/** Orders, modifies or cancels in one action: the largest batch that still weighs 1. */
const BATCH_MAX = 39

export interface VenueParts extends ActionParts {
  /** Name in our rows. */
  account: string
  /** Whose money moves: the master, not the agent that signs. */
  address: string
  meta: Meta
  info: Info
  /** Messages that the sockets of the machine may send; unset where nobody counts. */
  messages?: { left(): number }
  /** Weight of a full bucket, for the share that is left; unset: what the venue allows one address. */
  weightMax?: number
}

/** The venue refused a cancel for a reason that trying again cannot cure. */
export class CancelRefusedError extends HoldfastError {
  constructor(account: string, message: string) {
    super(`cancels of ${account} are refused: ${message}`, {
      code: 'CANCEL_REFUSED',
      retryable: false,
      hint: 'check that the agent key of this account is approved and has not expired',
    })
  }
}

export function createVenue(parts: VenueParts): Venue {
  const { info, address, account } = parts
  const assetOf = (coin: string): number | undefined => parts.meta.get(coin)?.asset
  return {
    placeOrders: (orders, options) =>
      inTurn(parts, orders, options, {
        orderOf: (order) => order,
        action: orderAction,
        read: readOrderAnswers,
      }),
    modifyOrders: (modifies, options) =>
      inTurn<OrderModify>(parts, modifies, options, {
        orderOf: ({ order }) => order,
        action: modifyAction,
        read: (batch, result) =>
          readModifyAnswers(
            batch.map(({ order }) => order),
            result,
          ),
      }),
    cancelOrders: (orders, { expiresAfter }) => cancelOrders(parts, orders, expiresAfter),
    async cancelByOid(orders, { expiresAfter }) {
      const known = orders.flatMap(({ coin, oid }) => {
        const asset = assetOf(coin)
        return asset === undefined ? [] : [{ asset, oid }]
      })
      const results = await inBatches(known, (batch) =>
        sendCancel(parts, cancelAction(batch), batch.length, expiresAfter),
      )
      for (const result of results) {
        // What is merely unknown or late shows in openOrders; a dead key does not, so it must be loud.
        if (result.kind === 'refused' && classifyRefusal(result.message).kind === 'account') {
          throw new CancelRefusedError(account, result.message)
        }
      }
    },
    async setLeverage(coin, leverage, { expiresAfter }) {
      const asset = assetOf(coin)
      if (asset === undefined) return `the venue has no coin ${coin}`
      const action = leverageAction(asset, leverage)
      const result = await sendAction(parts, { action, kind: 'order', items: 1, expiresAfter })
      return result.kind === 'ok' ? null : result.message
    },
    openOrders: () => info.openOrders(address),
    account: () => info.account(address),
    fillsSince: (ts) => info.fillsSince(address, account, ts),
    async orderStatus(cloid) {
      const found = await info.orderStatus(address, account, cloid)
      return found === null
        ? { status: 'unknown', word: 'unknownOid' }
        : { status: found.status, word: found.word }
    },
    budget: () => ({
      weightLeft: parts.budget.left(),
      weightMax: parts.weightMax ?? LIMITS.weightPerMinuteMax,
      paceLeft: parts.budget.paceLeft?.() ?? 1,
      wsLeft: parts.messages?.left() ?? null,
      actionsLeft: parts.addressBudget?.left() ?? null,
    }),
    fees: feesOnce(parts),
    async touch(coin) {
      const book = await info.book(coin)
      return { bid: book?.bids[0]?.px ?? null, ask: book?.asks[0]?.px ?? null }
    },
  }
}

/** Rates change once a day at most: all sessions of an account share one answer an hour. A failed question is asked anew. */
const FEES_KEPT_MS = 55 * 60_000

function feesOnce({ info, address, clock }: VenueParts): () => Promise<FeeRates> {
  let asked: { answer: Promise<FeeRates>; atMs: number } | null = null
  const ask = async (): Promise<FeeRates> => {
    const { userAddRate, userCrossRate } = UserFees.parse(await info.ask('userFees', { user: address }))
    return { makerBps: Number(userAddRate) * 10_000, takerBps: Number(userCrossRate) * 10_000 }
  }
  return () => {
    if (asked !== null && clock.monotonicMs() - asked.atMs < FEES_KEPT_MS) return asked.answer
    const answer = ask()
    asked = { answer, atMs: clock.monotonicMs() }
    answer.catch(() => {
      asked = null
    })
    return answer
  }
}

const sendCancel = (
  parts: VenueParts,
  action: Action,
  items: number,
  expiresAfter: EpochMs,
): Promise<ActionResult> => sendAction(parts, { action, kind: 'cancel', items, expiresAfter })

/** Batches go one after another: an entry and its stop keep their order. Answers come in the order of the intents. */
async function inTurn<Item>(
  parts: VenueParts,
  items: readonly Item[],
  options: { expiresAfter: EpochMs; stillAllowed?: () => string | null },
  way: {
    orderOf(item: Item): OrderIntent
    action(batch: readonly Item[], assetOf: (coin: string) => number): Action
    read(batch: readonly Item[], result: ActionResult): OrderAnswer[]
  },
): Promise<OrderAnswer[]> {
  const asset = (coin: string): number => parts.meta.get(coin)?.asset ?? -1
  const known = items.filter((item) => asset(way.orderOf(item).coin) >= 0)
  const answers = new Map<Cloid, OrderAnswer>()
  for (let at = 0; at < known.length; at += BATCH_MAX) {
    const batch = known.slice(at, at + BATCH_MAX)
    const action = way.action(batch, asset)
    const result = await sendAction(parts, { action, kind: 'order', items: batch.length, ...options })
    for (const answer of way.read(batch, result)) answers.set(answer.cloid, answer)
  }
  return items.map((item) => {
    const { cloid, coin } = way.orderOf(item)
    const message = `the venue has no coin ${coin}`
    return answers.get(cloid) ?? { cloid, status: 'rejected', message, code: 'UNREADABLE' }
  })
}

async function cancelOrders(
  parts: VenueParts,
  orders: readonly { coin: string; cloid: Cloid }[],
  expiresAfter: EpochMs,
): Promise<CancelAnswer[]> {
  const known = orders.flatMap(({ coin, cloid }) => {
    const asset = parts.meta.get(coin)?.asset
    return asset === undefined ? [] : [{ asset, cloid }]
  })
  const answers = await inBatches(known, async (batch) => {
    const result = await sendCancel(parts, cancelByCloidAction(batch), batch.length, expiresAfter)
    return readCancelAnswers(
      batch.map(({ cloid }) => cloid),
      result,
    )
  })
  const byCloid = new Map(answers.flat().map((answer) => [answer.cloid, answer]))
  // A coin that the venue does not list cannot have an order there.
  return orders.map(({ cloid }) => byCloid.get(cloid) ?? { cloid, status: 'gone' })
}

/** Cancels do not depend on each other: all batches at once. */
const inBatches = <Item, Result>(
  items: readonly Item[],
  each: (batch: Item[]) => Promise<Result>,
): Promise<Result[]> =>
  Promise.all(
    Array.from({ length: Math.ceil(items.length / BATCH_MAX) }, (_, at) =>
      each(items.slice(at * BATCH_MAX, (at + 1) * BATCH_MAX)),
    ),
  )
