/** The venue's limits per address and per connection: always counted, enforced by option. */
// Source: wire contract §8.

export const VENUE_LIMITS = {
  weightPerMinute: 1_200,
  connections: 10,
  newConnectionsPerMinute: 30,
  subscriptions: 1_000,
  users: 10,
  messagesPerMinute: 2_000,
  postsInFlight: 100,
} as const

const MINUTE_MS = 60_000

/** Counts within a sliding minute, in whole-second buckets. */
function createMinute(monotonicMs: () => number) {
  const buckets = new Map<number, number>()
  return {
    add(weight: number): number {
      const second = Math.floor(monotonicMs() / 1_000)
      for (const key of buckets.keys()) if (key <= second - MINUTE_MS / 1_000) buckets.delete(key)
      buckets.set(second, (buckets.get(second) ?? 0) + weight)
      let sum = 0
      for (const value of buckets.values()) sum += value
      return sum
    },
  }
}

type Minute = ReturnType<typeof createMinute>

/** Limits of one connection. Each method answers with the venue's text when the limit is reached, else null. */
export interface SocketLimiter {
  message(): string | null
  subscription(state: { count: number; users: ReadonlySet<string>; user: string | null }): string | null
  tooManyPosts(inFlight: number): boolean
  closed(): void
}

export interface VenueLimits {
  /** @returns true when the request must be answered with 429 */
  request(ip: string, weight: number): boolean
  /** @returns null when the connection must be refused */
  connect(ip: string): SocketLimiter | null
}

export function createVenueLimits(options: { enforced: boolean; monotonicMs: () => number }): VenueLimits {
  const weights = new Map<string, Minute>()
  const opened = new Map<string, Minute>()
  const messages = new Map<string, Minute>()
  const connections = new Map<string, number>()
  const minute = (of: Map<string, Minute>, ip: string): Minute => {
    let found = of.get(ip)
    if (!found) {
      found = createMinute(options.monotonicMs)
      of.set(ip, found)
    }
    return found
  }
  return {
    request: (ip, weight) =>
      options.enforced && minute(weights, ip).add(weight) > VENUE_LIMITS.weightPerMinute,
    connect: (ip) => {
      const count = connections.get(ip) ?? 0
      if (options.enforced) {
        if (count >= VENUE_LIMITS.connections) return null
        if (minute(opened, ip).add(1) > VENUE_LIMITS.newConnectionsPerMinute) return null
      }
      connections.set(ip, count + 1)
      return {
        message: () =>
          options.enforced && minute(messages, ip).add(1) > VENUE_LIMITS.messagesPerMinute
            ? `Cannot send more than ${VENUE_LIMITS.messagesPerMinute} messages per minute.`
            : null,
        subscription: ({ count: subscriptions, users, user }) => {
          if (!options.enforced) return null
          if (subscriptions >= VENUE_LIMITS.subscriptions)
            return `Cannot subscribe to more than ${VENUE_LIMITS.subscriptions} channels.`
          const isNew = user !== null && !users.has(user)
          return isNew && users.size >= VENUE_LIMITS.users
            ? `Cannot track more than ${VENUE_LIMITS.users} total users.`
            : null
        },
        tooManyPosts: (inFlight) => options.enforced && inFlight >= VENUE_LIMITS.postsInFlight,
        closed: () => {
          const left = (connections.get(ip) ?? 1) - 1
          if (left > 0) connections.set(ip, left)
          else connections.delete(ip)
        },
      }
    },
  }
}

const LIGHT = new Set([
  'l2Book',
  'allMids',
  'clearinghouseState',
  'orderStatus',
  'spotClearinghouseState',
  'exchangeStatus',
])
const LISTS = new Set([
  'recentTrades',
  'historicalOrders',
  'userFills',
  'userFillsByTime',
  'fundingHistory',
  'userFunding',
  'userNonFundingLedgerUpdates',
])

/** Weight of an info request: its type's, plus one per 20 returned items or 60 candles. */
export function infoWeight(type: unknown, answer: unknown): number {
  const base = LIGHT.has(String(type)) ? 2 : type === 'userRole' ? 60 : 20
  const items = Array.isArray(answer) ? answer.length : 0
  if (type === 'candleSnapshot') return base + Math.floor(items / 60)
  return LISTS.has(String(type)) ? base + Math.floor(items / 20) : base
}

/** Weight of an action: 1 + floor(batch / 40). */
export function actionWeight(action: unknown): number {
  const fields = (typeof action === 'object' && action !== null ? action : {}) as Record<string, unknown>
  const batch = [fields.orders, fields.cancels, fields.modifies].find(Array.isArray)
  return 1 + Math.floor((batch?.length ?? 1) / 40)
}
