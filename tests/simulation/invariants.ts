/** What must never happen, whatever the faults: watched at the venue, at the hosts' sending side, and in the final report. */
import { absE8, formatFixed, mulE8, parseFixed } from '#domain/fixed-point.ts'
import { hash32, parseCloid } from '#domain/ids.ts'
import type { CloseInput, CloseResult } from '#domain/session/effects.ts'
import { sumsOf } from '#domain/session/maker-pnl.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { Decision, OrderIntent, PositionState, SegmentOutcome } from '#domain/session/types.ts'
import { exactPnl } from '#domain/session-pnl/exact-pnl.ts'
import type { Host } from './host.ts'
import { shortCloid } from './host-venue.ts'
import type { SimVenue, VenueOrder } from './venue.ts'

export interface Violation {
  rule: string
  atMs: number
  what: string
}

export interface Watch {
  readonly violations: readonly Violation[]
  /** `protectedCoins`: where a protective stop lay at the venue when the fence began. */
  onGranted(epoch: number, protectedCoins: readonly string[]): void
  /** At every tick of the market, for a session that protects its position. */
  onTick(tickMs: number): void
  onAccepted(order: VenueOrder): void
  onSent(host: Host, orders: readonly OrderIntent[], killFile: boolean): void
  onIntent(order: OrderIntent): void
  onDecision(decision: Decision): void
  /** A host has taken in a direct kill: from now on, plus what is in flight, nothing may open. */
  onKillTaken(host: Host): void
  /** The coordinator has an outcome in hand. */
  onReturned(outcome: SegmentOutcome): void
  onClosed(input: CloseInput, result: CloseResult): void
  /** When everything is over and every zombie has had its chance. */
  atEnd(end: {
    finished: boolean
    clean: boolean
    flatten: boolean
    corrected: number
    expected: boolean
  }): void
}

export function createWatch(
  nowMs: () => number,
  venue: SimVenue,
  session: { id: string; positionUsdMax: number },
): Watch {
  const { positionUsdMax } = session
  const violations: Violation[] = []
  const tag = hash32(session.id)
  const accepted = new Set<string>()
  const intended = new Set<string>()
  const decisions = new Map<number, string>()
  let grantedEpoch = 0
  let closedEpoch = 0
  let nakedMs = 0
  let last: { input: CloseInput; result: CloseResult } | null = null

  const breach = (rule: string, what: string): void => {
    violations.push({ rule, atMs: nowMs(), what })
  }
  const isOpening = (order: OrderIntent): boolean => !order.reduce_only
  const epochOf = (cloid: string): number => parseCloid(cloid)?.epoch ?? 0
  const isOwn = (cloid: string): boolean => parseCloid(cloid)?.tag === tag

  return {
    violations,
    onTick(tickMs) {
      const naked = venue.coins().some((coin) => venue.heldE8(coin) !== 0n && !hasStop(venue, coin))
      nakedMs = naked ? nakedMs + tickMs : 0
      if (nakedMs === NAKED_MS_MAX)
        breach('naked', `a position without stop for ${nakedMs} ms, without any fault`)
    },
    onGranted(epoch, protectedCoins) {
      grantedEpoch = Math.max(grantedEpoch, epoch)
      if (protectedCoins.some((coin) => venue.heldE8(coin) !== 0n && !hasStop(venue, coin))) {
        breach('naked', `the fence of epoch ${epoch} took the protective stop away`)
      }
      for (const { intent } of venue.open()) {
        if (intent.trigger || epochOf(intent.cloid) >= epoch) continue
        breach('two epochs', `epoch ${epoch} starts while ${shortCloid(intent.cloid)} rests`)
      }
    },
    onAccepted({ intent }) {
      const { cloid } = intent
      if (!isOwn(cloid)) return
      if (accepted.has(cloid)) breach('order id used twice', shortCloid(cloid))
      accepted.add(cloid)
      if (!intended.has(cloid) && isOpening(intent)) {
        breach('order without durable intent', shortCloid(cloid))
      }
      if (epochOf(cloid) < grantedEpoch) {
        breach('two epochs', `${shortCloid(cloid)} accepted after epoch ${grantedEpoch} was granted`)
      }
      if (isOpening(intent) && closedEpoch > 0) {
        breach('opened after close', `${shortCloid(cloid)} accepted after a clean close`)
      }
      const twin = venue
        .open()
        .find((other) => other.intent.cloid !== cloid && isSameSlot(other.intent, intent))
      if (twin) breach('two quotes in a slot', `${shortCloid(cloid)} beside ${shortCloid(twin.intent.cloid)}`)
      const held = absE8(venue.heldE8(intent.coin))
      const worth = mulE8(held, parseFixed(intent.px))
      if (isOpening(intent) && worth > BigInt(positionUsdMax) * 105_000_000n) {
        breach('position limit', `held ${formatFixed(held)} when ${shortCloid(cloid)} was accepted`)
      }
    },
    onSent(host, orders, killFile) {
      for (const order of orders.filter(isOpening)) {
        if (host.killedMs !== null || killFile) {
          breach('sent after kill', `${host.process.name} sent ${shortCloid(order.cloid)}`)
        }
      }
    },
    onIntent(order) {
      intended.add(order.cloid)
    },
    onDecision({ ts, ...decision }) {
      const text = JSON.stringify(decision)
      const before = decisions.get(decision.seq)
      if (before !== undefined && before !== text) {
        breach('decision number used twice', `${decision.seq}: ${before} / ${text}`)
      }
      decisions.set(decision.seq, text)
    },
    onKillTaken(host) {
      host.killedMs ??= nowMs()
    },
    onReturned(outcome) {
      if (outcome.kind === 'safe' || outcome.checkpoint.unresolved.length > 0) return
      const left = venue.open().filter(({ intent }) => !intent.trigger && isOpening(intent))
      const names = left.map(({ intent }) => shortCloid(intent.cloid)).join(' ')
      if (left.length > 0) breach('left behind', `${outcome.kind} says clean, and ${names} rest`)
    },
    onClosed(input, result) {
      last = { input, result }
      if (!result.clean) return
      if (input.step === 'reconcile') closedEpoch = Math.max(closedEpoch, input.epoch)
      if (venue.open().length > 0) {
        breach(
          'open after close',
          venue
            .open()
            .map(({ intent }) => shortCloid(intent.cloid))
            .join(' '),
        )
      }
    },
    atEnd({ finished, clean, flatten, corrected, expected }) {
      if (!finished) {
        if (expected) breach('never ended', 'the session has not ended although all faults are over')
        return
      }
      if (!clean) breach('not clean', `the session ended with ${JSON.stringify(last?.result.residual)}`)
      const open = venue.open().map(({ intent }) => shortCloid(intent.cloid))
      if (open.length > 0) breach('open after close', open.join(' '))
      if (flatten) {
        for (const coin of venue.coins()) {
          if (venue.heldE8(coin) !== 0n) breach('not flat', `${coin} ${formatFixed(venue.heldE8(coin))}`)
        }
      }
      if (!last) return
      const { positions } = last.result.checkpoint
      const sum = (read: (at: (typeof positions)[number]) => string): bigint =>
        positions.reduce((total, position) => total + parseFixed(read(position)), 0n)
      for (const coin of new Set([...venue.coins(), ...positions.map((position) => position.coin)])) {
        const known = parseFixed(positions.find((position) => position.coin === coin)?.sz ?? '0')
        const held = venue.heldE8(coin)
        if (known !== held) breach('ledger', `${coin} ${formatFixed(known)}, venue ${formatFixed(held)}`)
      }
      if (corrected === 0 && venue.coins().length <= 1) checkSessionPnl(venue, positions, breach)
      const { pnlE8, feesE8 } = venue.realizedE8()
      const pnl = sum((position) => position.realizedPnl)
      const fees = sum((position) => position.fees)
      if (corrected === 0 && (pnl !== pnlE8 || fees !== feesE8)) {
        breach(
          'ledger',
          `PnL ${formatFixed(pnl)}/${formatFixed(fees)}, venue ${formatFixed(pnlE8)}/${formatFixed(feesE8)}`,
        )
      }
    },
  }
}

/** A maker keeps one quote a slot: level and side, which are the last part of its id. */
const isSameSlot = (a: OrderIntent, b: OrderIntent): boolean =>
  a.purpose === 'quote' &&
  b.purpose === 'quote' &&
  a.coin === b.coin &&
  parseCloid(a.cloid)?.leg === parseCloid(b.cloid)?.leg

/** What the session says it earned, from its trades and its last position, against the money at the venue: to the cent. */
function checkSessionPnl(
  venue: SimVenue,
  positions: readonly PositionState[],
  breach: (rule: string, what: string) => void,
): void {
  const { pnlE8, feesE8 } = venue.realizedE8()
  const [held] = venue.account().positions
  const entryE8 = parseFixed(held?.entryPx ?? '0')
  const ours = positions.reduce((total, position) => {
    const sums = sumsOf(position)
    const { totalUsd } = exactPnl({
      ...{ sums, positionE8: parseFixed(position.sz), startPositionE8: 0n, startMarkE8: 0n, fundingE8: 0n },
      markE8: entryE8,
    })
    return total + parseFixed(totalUsd)
  }, 0n)
  const theirs = pnlE8 - feesE8 // valued at the venue's entry, nothing is open
  if (absE8(ours - theirs) >= 1_000_000n) {
    breach('session PnL', `${formatFixed(ours)} from trades, ${formatFixed(theirs)} at the venue`)
  }
}

/** A stop that closes what is held: after a turn the old side's stop protects nothing. */
export const hasStop = (venue: SimVenue, coin: string): boolean => {
  const closing = venue.heldE8(coin) > 0n ? 'sell' : 'buy'
  return venue
    .open()
    .some(({ intent }) => intent.coin === coin && intent.trigger?.kind === 'stop' && intent.side === closing)
}

/** Without faults an entry has its stop within this time. */
const NAKED_MS_MAX = 1_500
/** After a kill was taken in, an order that was under way may still arrive for this long. */
export const IN_FLIGHT_MS = TIMING.orderTtlMs + TIMING.clockSkewMs
