/** Own accounts as a library: fills, order changes and funding of each, named; one socket an account, because order updates name nobody. */
// Not here: rows (account-recorder.ts), what a session waits on (event-window.ts), REST lookups (exchange/client).
import type { AccountEvent } from '#domain/events.ts'
import type { Clock } from '#domain/time.ts'
import type { ParsedFrame } from '#exchange/wire/frames.ts'
import { type ConnectGate, createConnectGate, createJitter, type SendGate } from '#streamers/back-off.ts'
import { createFeedSocket } from '#streamers/feed-socket.ts'
import { createFrameFaults, type FeedLog, type RejectedFrame } from '#streamers/frame-faults.ts'
import type { FeedSocket } from '#streamers/socket-port.ts'
import { planAccountSockets, VENUE_LIMITS } from '#streamers/subscription-plan.ts'
import { webSocketUrl } from '#streamers/venue-url.ts'

/** An account as the settings name it. `address` is its master address. */
export interface FollowedAccount {
  name: string
  address: string
}

export interface AccountFeedOptions {
  /** Base URL of the exchange (http or ws). */
  url: string
  accounts: readonly FollowedAccount[]
  clock: Clock
  log: FeedLog
  staleMs: number
  /** Seed of the jitter in waits. */
  seed: number
  gate?: ConnectGate
  /** Paces and counts what is sent. */
  sendGate?: SendGate
  /** Events of one frame, in order, with the account's name. Fills of a snapshot repeat the past (`snapshot`). */
  onEvents(events: readonly AccountEvent[], account: string): void
  /** The account's stream is complete from now on (`up`), or may miss events until the next `up`. */
  onStream?(account: string, up: boolean, reason: string): void
  /** A frame that could not be read: the first of each kind, then one in a thousand. */
  onRejected?(frame: RejectedFrame): void
}

export interface AccountFeedStatus {
  text: string
  accounts: number
  connected: number
  frames: number
  faults: number
  faultsByKind: Readonly<Record<string, number>>
}

export interface AccountFeed {
  /** Opens the sockets; resolves when every account is followed once. */
  start(): Promise<void>
  /** Follows exactly these from now on: new ones are opened, missing ones closed, the others untouched. */
  setAccounts(accounts: readonly FollowedAccount[]): Promise<void>
  /** True while the account's three feeds are acknowledged on a living socket. */
  isUp(account: string): boolean
  status(): AccountFeedStatus
  close(): Promise<void>
}

/** Builds the feed; nothing is opened before `start`. @throws SubscriptionLimitError for more than ten accounts */
export function createAccountFeed(options: AccountFeedOptions): AccountFeed {
  return new Feed(options)
}

class Feed implements AccountFeed {
  private readonly options: AccountFeedOptions
  private readonly jitter: () => number
  private readonly gate: ConnectGate
  private readonly faults
  private readonly sockets = new Map<string, { account: FollowedAccount; socket: FeedSocket }>()
  private readonly up = new Set<string>()

  constructor(options: AccountFeedOptions) {
    this.options = options
    this.jitter = createJitter(options.seed)
    this.gate =
      options.gate ??
      createConnectGate({ clock: options.clock, perMinute: VENUE_LIMITS.connectsPerMinuteMax })
    this.faults = createFrameFaults(options.log, (frame) => options.onRejected?.(frame))
    planAccountSockets(options.accounts.map(({ address }) => address)) // refuses too many at once
  }

  start(): Promise<void> {
    return this.setAccounts(this.options.accounts)
  }

  async setAccounts(accounts: readonly FollowedAccount[]): Promise<void> {
    const plan = planAccountSockets(accounts.map(({ address }) => address))
    const wanted = new Set(plan.map(({ address }) => address))
    const leaving = [...this.sockets].filter(([address]) => !wanted.has(address))
    for (const [address, { account }] of leaving) {
      this.sockets.delete(address)
      this.setUp(account.name, false, 'no longer followed')
    }
    for (const { address, subscriptions } of plan) {
      if (this.sockets.has(address)) continue
      const account = accounts.find((each) => each.address.toLowerCase() === address) as FollowedAccount
      const { clock, log, staleMs, url } = this.options
      const socket = createFeedSocket({
        name: `account-${account.name}`,
        url: webSocketUrl(url),
        subscriptions,
        clock,
        log,
        staleMs,
        jitter: this.jitter,
        gate: this.gate,
        ...(this.options.sendGate ? { sendGate: this.options.sendGate } : {}),
        faults: this.faults,
        onFrame: (frame) => this.take(account, frame),
        onUp: () => this.setUp(account.name, true, 'subscribed'),
        onDown: (reason) => this.setUp(account.name, false, reason),
      })
      this.sockets.set(address, { account, socket })
      socket.start()
    }
    await Promise.all([
      ...leaving.map(([, { socket }]) => socket.close()),
      ...[...this.sockets.values()].map(({ socket }) => socket.ready()),
    ])
  }

  isUp(account: string): boolean {
    return this.up.has(account)
  }

  status(): AccountFeedStatus {
    const sockets = [...this.sockets.values()].map(({ socket }) => socket)
    const connected = sockets.filter((socket) => socket.state() === 'live').length
    return {
      text: `${connected}/${sockets.length} connected`,
      accounts: sockets.length,
      connected,
      frames: sockets.reduce((sum, socket) => sum + socket.stats().frames, 0),
      faults: this.faults.total(),
      faultsByKind: this.faults.byKind(),
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.sockets.values()].map(({ socket }) => socket.close()))
  }

  private take(account: FollowedAccount, frame: ParsedFrame): void {
    if (frame.kind !== 'account' || frame.events.length === 0) return
    // Only frames that name another user could be a stranger's; this socket asked for one user alone.
    if (frame.user !== '' && frame.user !== account.address.toLowerCase()) return
    this.options.onEvents(
      frame.events.map((event) => ({ ...event, account: account.name })),
      account.name,
    )
  }

  private setUp(account: string, up: boolean, reason: string): void {
    if (up === this.up.has(account)) return
    if (up) this.up.add(account)
    else this.up.delete(account)
    this.options.onStream?.(account, up, reason)
  }
}
