/** What lies between a client and the books: venue limits, latency, faults; and the sessions of connected sockets. */
// Not here: the answers (info-requests.ts, actions.ts), the listening port (http.ts).
import type { WebSocket } from 'ws'
import type { Clock, EpochMs } from '#domain/time.ts'
import type { AccountFeeds } from '#exchange/paper/account-feeds.ts'
import type { ActionAnswer } from '#exchange/paper/action-context.ts'
import { Actions, isUnknownSigner } from '#exchange/paper/actions.ts'
import { AddressBudget } from '#exchange/paper/address-budget.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import type { ExchangeCore } from '#exchange/paper/exchange-core.ts'
import type { FanOut } from '#exchange/paper/fan-out.ts'
import type { Faults } from '#exchange/paper/faults.ts'
import { answerInfo } from '#exchange/paper/info-requests.ts'
import { drawLatency, type Latency } from '#exchange/paper/latency.ts'
import type { MarketData } from '#exchange/paper/market/market-data.ts'
import { RequestError } from '#exchange/paper/request-errors.ts'
import { SlowLane } from '#exchange/paper/slow-lane.ts'
import { IDLE_MS_MAX, SocketSession } from '#exchange/paper/sockets.ts'
import { createRandom, type Random } from '#exchange/paper/sources/random.ts'
import {
  actionWeight,
  createVenueLimits,
  infoWeight,
  type VenueLimits,
} from '#exchange/paper/venue-limits.ts'

export interface RequestGateDeps {
  core: ExchangeCore
  market: MarketData
  accounts: AccountFeeds
  fanOut: FanOut
  faults: Faults
  clock: Clock
  latency: Latency
  seed: number
  enforceLimits: boolean
  /** Account of a user: ours, or a trader of the market. */
  account(user: string): Account | undefined
  /** The exchange's own time. */
  now(): EpochMs
  onFault(error: unknown): void
}

export class RequestGate {
  readonly #deps: RequestGateDeps
  readonly #actions: Actions
  readonly #limits: VenueLimits
  readonly #random: Random
  readonly #sessions = new Set<SocketSession>()
  readonly slowLane: SlowLane

  constructor(deps: RequestGateDeps) {
    const { core, now, clock, enforceLimits } = deps
    const { engine, agents, nonces, builders, subs } = core
    this.#deps = deps
    this.#random = createRandom(deps.seed)
    this.#actions = new Actions({
      engine,
      agents,
      nonces,
      builders,
      subs,
      budget: new AddressBudget(enforceLimits),
      now,
      settle: (extra) => core.settle(extra),
    })
    this.slowLane = new SlowLane(clock)
    this.#limits = createVenueLimits({ enforced: enforceLimits, monotonicMs: () => clock.monotonicMs() })
  }

  get connections(): number {
    return this.#sessions.size
  }

  /** @throws RequestError */
  info(body: unknown, ip: string): unknown {
    const { core, market, now, account } = this.#deps
    const { engine, agents, builders, subs } = core
    // Over the limit already: not even looked at.
    this.#count(ip, 0)
    const answer = answerInfo(body, { engine, market, agents, builders, subs, now, account })
    this.#count(ip, infoWeight((body as { type: unknown }).type, answer))
    return answer
  }

  /** Runs an action after its way to the venue. @throws RequestError */
  async action(body: unknown, ip: string, connection: object): Promise<ActionAnswer> {
    this.#count(ip, actionWeight((body as { action?: unknown } | null)?.action))
    const waitMs = drawLatency(this.#deps.latency, this.#random)
    if (waitMs > 0) await this.#deps.clock.sleep(waitMs)
    const answer = this.#actions.execute(body)
    // Nobody's signature: the dearest thing to refuse, two recoveries each.
    if (isUnknownSigner(answer)) this.slowLane.strike(connection, ip)
    else this.slowLane.prove(connection)
    return answer
  }

  /** Takes a new socket in. @returns false when the address has too many */
  connect(socket: WebSocket, ip: string): boolean {
    const limiter = this.#limits.connect(ip)
    if (!limiter) return false
    const { fanOut, market, accounts, faults, clock, onFault } = this.#deps
    const session = new SocketSession(socket, {
      fanOut,
      feeds: { market, accounts },
      info: (payload) => this.info(payload, ip),
      action: (payload) => this.action(payload, ip, socket),
      slow: {
        strike: () => this.slowLane.strike(socket, ip),
        prove: () => this.slowLane.prove(socket),
        turn: () => (this.slowLane.isSlow(socket, ip) ? this.slowLane.turn() : null),
      },
      limiter,
      faults,
      onFault,
      monotonicMs: () => clock.monotonicMs(),
    })
    this.#sessions.add(session)
    socket.on('close', () => this.#sessions.delete(session))
    return true
  }

  /** Cuts every socket. @returns how many */
  disconnectAll(): number {
    const { size } = this.#sessions
    for (const session of this.#sessions) session.cut()
    return size
  }

  /** Closes sockets that got nothing for a minute, as the venue does. */
  closeIdle(): void {
    for (const session of this.#sessions) if (session.idleMs() > IDLE_MS_MAX) session.close(1000, 'Inactive')
  }

  #count(ip: string, weight: number): void {
    if (this.#limits.request(ip, weight)) throw new RequestError(429, 'Too many requests')
  }
}
