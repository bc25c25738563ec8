/** A simulated host's client of the venue: over the network there and back, with answers that come late, break off or never come. */
// Not here: the venue itself (venue.ts), delays and drops (network.ts).
import { HoldfastError } from '#domain/errors.ts'
import type { OrderAnswer, Venue } from '#domain/session/ports.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import type { Host } from './host.ts'
import { priceText } from './market.ts'
import type { SimProcess } from './process.ts'
import type { World } from './world.ts'

/** What the real client waits for an answer before it says `unknown`. */
const CLIENT_TIMEOUT_MS = 2_500
const SLOW_MS_MAX = 6_000
const RESET_MS_MAX = 800

const noAnswer = (why: string): HoldfastError =>
  new HoldfastError(why, { code: 'NO_ANSWER', retryable: true, hint: 'wait' })

/** Asks the venue over the network. Rejects when no answer came in time. */
function request<T>(world: World, process: SimProcess, execute: () => T, label = ''): Promise<T> {
  const { scheduler, network } = world
  return new Promise((resolve, reject) => {
    const takeBack = process.after(CLIENT_TIMEOUT_MS, () => reject(noAnswer('timeout')))
    // A connection that breaks under way: the caller hears at once, the request may arrive all the same.
    if (network.trip().delayMs === null) {
      process.after(world.random.int(5, RESET_MS_MAX), () => {
        takeBack()
        reject(noAnswer('connection reset'))
      })
    }
    const slow = scheduler.nowMs < world.venueSlowUntilMs
    const send = slow
      ? (job: () => void) => scheduler.after(world.random.int(100, SLOW_MS_MAX), job)
      : network.send
    send(() => {
      if (scheduler.nowMs < world.venueDownUntilMs) return
      world.venue.nowMs = scheduler.nowMs
      const value = execute()
      if (label) world.log(`venue  ${label} → ${JSON.stringify(value).slice(0, 160)}`)
      if (scheduler.nowMs < world.answersLostUntilMs) return
      network.send(() =>
        process.deliver(() => {
          takeBack()
          resolve(value)
        }),
      )
    })
  })
}

export function venueClient(world: World, host: Host): Venue {
  const { process } = host
  const { venue } = world
  const send = async (
    orders: readonly OrderIntent[],
    options: Parameters<Venue['placeOrders']>[1],
    execute: () => OrderAnswer[],
    label: string,
  ): Promise<OrderAnswer[]> => {
    // Signing: the process may be frozen or killed between the call and the bytes.
    await new Promise<void>((resolve) => process.after(1, resolve))
    const no = options.stillAllowed?.()
    if (no) return orders.map(({ cloid }) => ({ cloid, status: 'rejected', message: no }))
    world.onSent(host, orders)
    try {
      const answers = await request(world, process, execute, label)
      world.meter.answered(answers)
      return answers
    } catch {
      world.meter.unanswered(orders.map(({ cloid }) => cloid))
      return orders.map(({ cloid }): OrderAnswer => ({ cloid, status: 'unknown', message: 'no answer' }))
    }
  }
  return {
    placeOrders: (orders, options) =>
      send(orders, options, () => venue.place(orders, options.expiresAfter), describe(host, orders)),
    async modifyOrders(modifies, options) {
      const orders = modifies.map(({ order }) => order)
      const olds = modifies.map(({ cloid }) => shortCloid(cloid)).join(' ')
      const label = `${describe(host, orders)} for ${olds}`
      const execute = () => venue.modify(modifies, options.expiresAfter)
      const answers = await send(orders, options, execute, label)
      if (answers.some(({ status }) => status === 'unknown')) world.unansweredModifies += 1
      return answers
    },
    async cancelOrders(orders, { expiresAfter }) {
      const cloids = orders.map(({ cloid }) => cloid)
      const label = `${host.process.name} cancels ${cloids.map(shortCloid).join(' ')}`
      try {
        return await request(world, process, () => venue.cancel(cloids, expiresAfter), label)
      } catch {
        return cloids.map((cloid) => ({ cloid, status: 'unknown', message: 'no answer' }))
      }
    },
    cancelByOid: () => Promise.resolve(),
    openOrders: () => request(world, process, () => venue.openOrders()),
    account: () => request(world, process, () => venue.account()),
    fillsSince: (ts) => request(world, process, () => venue.fillsSince(ts)),
    orderStatus: (cloid) =>
      request(world, process, () => venue.statusOf(cloid), `${host.process.name} asks ${shortCloid(cloid)}`),
    touch: () =>
      request(world, process, () => ({
        bid: priceText(world.market.bid),
        ask: priceText(world.market.ask),
      })),
  }
}

/** epoch.seq.leg of a client order id. */
export function shortCloid(cloid: string): string {
  const hex = (from: number, length: number): number =>
    Number.parseInt(cloid.slice(2 + from, 2 + from + length), 16)
  return `${hex(8, 4)}.${hex(12, 8)}.${hex(28, 4)}`
}

const describe = (host: Host, orders: readonly OrderIntent[]): string =>
  `${host.process.name} places ${orders
    .map(({ cloid, side, sz, px, purpose }) => `${purpose} ${side} ${sz}@${px} [${shortCloid(cloid)}]`)
    .join(', ')}`
