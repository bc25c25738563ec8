/** Knows when each account's stream was last complete, and turns each interruption into gaps of its feeds. */
// Not here: gaps of market data (continuity.ts), storing gaps (gap-log.ts).
import type { Clock, EpochMs } from '#domain/time.ts'
import type { Gap, GapReason, Reach } from '#streamers/continuity.ts'

/** Feeds of an account, and whether the venue repeats the past of it to a new subscriber, which heals the gap. */
const FEEDS = {
  userFills: true,
  userFundings: true,
  userNonFundingLedgerUpdates: true,
  orderUpdates: false,
} as const
type AccountChannel = keyof typeof FEEDS
const CHANNELS = Object.keys(FEEDS) as AccountChannel[]

export interface AccountContinuity {
  /** The account's stream came up or went down. */
  stream(account: string, up: boolean, reason: string): void
  /** Until when each feed is complete: now while it is up. */
  reach(): Reach[]
}

/** Times are of this machine: an account's events are rare, so the time of the last one says nothing. */
export function createAccountContinuity(options: {
  clock: Pick<Clock, 'now'>
  from: readonly Reach[]
  onGap: (gap: Gap) => void
}): AccountContinuity {
  const { clock, onGap } = options
  /** Account → since when it is down, or null while it is up. */
  const downSince = new Map<string, { ts: EpochMs; reason: GapReason } | null>()

  const gapOf = (account: string, channel: AccountChannel, openedTs: EpochMs, reason: GapReason): Gap => ({
    channel,
    coin: account,
    openedTs,
    closedTs: 0,
    reason,
    rowsRecovered: 0,
    status: 'open',
  })
  const down = (account: string, ts: EpochMs, reason: GapReason): void => {
    downSince.set(account, { ts, reason })
    for (const channel of CHANNELS) onGap(gapOf(account, channel, ts, reason))
  }
  for (const { channel, coin, ts } of options.from) {
    if (channel === 'orderUpdates') down(coin, ts, 'restart')
  }

  return {
    stream(account, up, reason) {
      const since = downSince.get(account)
      if (!up) {
        if (since === null) down(account, clock.now(), reason.startsWith('stale') ? 'stale' : 'disconnect')
        return
      }
      downSince.set(account, null)
      if (!since) return
      for (const channel of CHANNELS) {
        onGap({
          ...gapOf(account, channel, since.ts, since.reason),
          closedTs: clock.now(),
          status: FEEDS[channel] ? 'recovered' : 'closed',
        })
      }
    },
    reach: () =>
      [...downSince].flatMap(([account, since]) =>
        CHANNELS.map((channel) => ({ channel, coin: account, ts: since?.ts ?? clock.now(), tid: 0 })),
      ),
  }
}

/** Splits a saved reach into that of the market and that of accounts. */
export const isAccountReach = ({ channel }: Reach): boolean => channel in FEEDS
