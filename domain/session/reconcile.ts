/** Brings a segment's picture in line with the venue: unanswered orders, missing fills, orders and positions nobody told us of. */
// Not here: the same across epochs (fence.ts), pure bookkeeping (desk.ts, fill-book.ts).
import type { FillEvent } from '#domain/events.ts'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { isOwnCloid, parseCloid } from '#domain/ids.ts'
import { type SegmentContext, sessionPnlE8 } from '#domain/session/context.ts'
import { type Bounded, within } from '#domain/session/deadline.ts'
import { keepsApart } from '#domain/session/kept-apart.ts'
import { noteForeignFill } from '#domain/session/manual-fills.ts'
import type { OpenOrder, VenueAccount } from '#domain/session/ports.ts'
import { othersE8 } from '#domain/session/risk-desk.ts'
import { TIMING } from '#domain/session/timing.ts'
import { shareOut } from '#domain/trading/foreign.ts'
import { isDoubted, isUnresolved } from '#domain/trading/order-lifecycle.ts'
import { venueSzE8 } from '#domain/trading/position.ts'

/** How often fills and account are compared before the account wins. */
const LOOKS = 4
const LOOK_AGAIN_MS = 100

/** Takes the account's events and, where something is unexplained, asks the venue. Call it at the top of every turn. */
export async function pump(context: SegmentContext): Promise<void> {
  takeEvents(context)
  await settleUnknown(context)
  if (mustAskForFills(context)) await readFills(context)
}

/** Folds what the account stream has brought. Waits for nothing. */
export function takeEvents(context: SegmentContext): void {
  const { asked, desk, ports } = context
  const up = ports.events.accountStreamUp()
  if (up !== asked.streamUp) desk.fills.gap() // before its events: what it lost lies before them
  asked.streamUp = up
  const events = ports.events.takeAccountEvents()
  for (const fill of desk.takeEvents(events)) tellFill(context, fill)
  for (const event of events) {
    const isOwn = event.kind === 'funding_payment' && context.input.coins.includes(event.coin)
    if (isOwn && context.newFunding.length < NEW_FILLS_MAX) context.newFunding.push(event)
  }
}

/** An engine that takes no fills loses the oldest; the ledger has them all. */
const NEW_FILLS_MAX = 5_000

function tellFill(context: SegmentContext, fill: FillEvent): void {
  const { newFills, ports } = context
  const { coin, side, px, sz, cloid, tid } = fill
  ports.journal.event('fill', { coin, side, px, sz, cloid, tid })
  noteForeignFill(context, fill)
  newFills.push(fill)
  if (newFills.length > NEW_FILLS_MAX) newFills.shift()
}

/** Without a stream, and for reported fills the stream owes us for too long, the venue's list is asked; never more often than the grace. */
function mustAskForFills(context: SegmentContext): boolean {
  const { desk, ports, asked } = context
  const now = ports.clock.monotonicMs()
  if (now - asked.fillsMs < TIMING.fillGraceMs) return false
  if (desk.fills.missing !== 'none') return true
  if (!asked.streamUp) return now - asked.fillsMs >= TIMING.leaseRenewMs
  if (!desk.owesFills()) {
    asked.owedMs = null
    return false
  }
  asked.owedMs ??= now // the stream gets its chance first
  return now - asked.owedMs >= TIMING.fillGraceMs
}

/** Reads fills from the venue and folds them. False when the venue did not answer; then it is asked again next turn. */
export async function readFills(context: SegmentContext): Promise<boolean> {
  const { desk, ports, asked } = context
  asked.fillsMs = ports.clock.monotonicMs()
  const request = desk.fills.request()
  const ended = desk.ended() // what ends while we ask is not settled by the answer
  const read = await within(ports.clock, TIMING.venueDeadlineMs, () => ports.venue.fillsSince(request.fromTs))
  if (!read.ok) {
    desk.fills.ask()
    ports.journal.event('venue_silent', { call: 'fillsSince', why: read.why })
    return false
  }
  // What the stream brought meanwhile first: it waits, and is folded behind the list.
  takeEvents(context)
  for (const fill of desk.takeList(read.value, request)) tellFill(context, fill)
  if (desk.fills.missing === 'none') for (const cloid of ended) desk.tell(cloid, { kind: 'settled' })
  return true
}

/** Asks the venue about every order that was never answered. Until its time is over, "unknown there" proves nothing. */
export async function settleUnknown(context: SegmentContext): Promise<void> {
  const { desk, ports } = context
  const { clock, venue } = ports
  for (const { intent } of desk.live().filter((order) => order.phase === 'unknown' || isDoubted(order))) {
    const sentTs = clock.now()
    const told = await within(clock, TIMING.venueDeadlineMs, () => venue.orderStatus(intent.cloid))
    if (!told.ok) return
    desk.tell(intent.cloid, { kind: 'status', status: told.value.status, sentTs })
  }
  for (const { cloid, coin, expires_ts } of desk.inherited) {
    const expired = clock.now() > expires_ts + TIMING.clockSkewMs
    const told = await within(clock, TIMING.venueDeadlineMs, () => venue.orderStatus(cloid))
    if (!told.ok) return
    const { status } = told.value
    if (status === 'unknown' && !expired) continue
    if (status === 'open' || status === 'triggered') {
      const expiresAfter = clock.now() + TIMING.orderTtlMs
      await within(clock, TIMING.venueDeadlineMs, () =>
        venue.cancelOrders([{ coin, cloid }], { expiresAfter }),
      )
      continue // asked again next turn, until it is over
    }
    desk.inherited = desk.inherited.filter((order) => order.cloid !== cloid)
    desk.fills.ask()
  }
}

/**
 * Compares own orders and positions with the venue's. Strangers of this session's name are cancelled, unless they are of a later
 * epoch: then this segment is the stranger. A ledger that still disagrees after all fills were folded takes the venue's word.
 * @returns false when the venue did not answer
 */
export async function audit(context: SegmentContext): Promise<boolean> {
  const { desk, ports, asked, stop } = context
  const { clock, venue } = ports
  const askAccount = (): Promise<Bounded<VenueAccount>> =>
    within(clock, TIMING.venueDeadlineMs, () => venue.account())
  desk.fills.doubt() // a hole that sums to zero shows nowhere: the list since the last audit is folded anew
  // Side by side first: usually nothing happens between them, and then one round trip is all it takes.
  const [open, folded, first] = await Promise.all([
    within(clock, TIMING.venueDeadlineMs, () => venue.openOrders()),
    readFills(context),
    askAccount(),
  ])
  if (!open.ok || !folded) return false
  await judgeOrders(context, open.value)
  let account = first
  for (let look = 1; account.ok; look++) {
    takeEvents(context)
    const wrong = disagreeing(context, account.value)
    if (wrong.length === 0 || look === LOOKS) {
      for (const coin of wrong) adopt(context, coin, account.value)
      context.desk.settle()
      context.othersE8 = othersE8(context, account.value)
      context.freeUsd = account.value.freeUsd === undefined ? null : Number(account.value.freeUsd)
      context.base = { equityE8: parseFixed(account.value.equityUsd), netPnlE8: sessionPnlE8(context) }
      asked.auditMs = clock.monotonicMs()
      return true
    }
    await clock.sleep(LOOK_AGAIN_MS, stop.signal) // a fill may lie between the two readings
    if (!(await readFills(context))) return false
    account = await askAccount()
  }
  return false
}

async function judgeOrders(context: SegmentContext, open: readonly OpenOrder[]): Promise<void> {
  const { desk, ports, input, stop } = context
  const own = open.filter((order) => isOwnCloid(order.cloid, input.session_id))
  const later = own.some((order) => {
    const parts = parseCloid(order.cloid)
    return parts !== null && parts.run === input.run && parts.epoch > input.epoch
  })
  if (later) return stop.trip({ kind: 'safe', reason: 'attempt_replaced' })
  const live = new Set(desk.live().map(({ intent }) => intent.cloid))
  const strangers = own.filter((order) => !live.has(order.cloid)) // also one that we hold for ended
  if (strangers.length > 0) {
    ports.journal.event('stray_orders', { cloids: strangers.map(({ cloid }) => cloid) })
    const expiresAfter = ports.clock.now() + TIMING.orderTtlMs
    const named = strangers.map(({ coin, cloid }) => ({ coin, cloid }))
    await within(ports.clock, TIMING.venueDeadlineMs, () => ports.venue.cancelOrders(named, { expiresAfter }))
  }
  const listed = new Set(own.map(({ cloid }) => cloid))
  const missing = desk.live().filter((order) => order.phase === 'open' && !listed.has(order.intent.cloid))
  for (const { intent } of missing) await askWhatBecame(context, intent.cloid)
}

async function askWhatBecame({ desk, ports }: SegmentContext, cloid: string): Promise<void> {
  const sentTs = ports.clock.now()
  const told = await within(ports.clock, TIMING.venueDeadlineMs, () => ports.venue.orderStatus(cloid))
  if (told.ok) desk.tell(cloid, { kind: 'status', status: told.value.status, sentTs })
}

const venueSz = (account: VenueAccount, coin: string): string =>
  account.positions.find((position) => position.coin === coin)?.sz ?? '0'

const disagreeing = ({ desk, input }: SegmentContext, account: VenueAccount): string[] =>
  input.coins.filter((coin) => parseFixed(venueSz(account, coin)) !== venueSzE8(desk.fills.position(coin)))

function adopt({ desk, input, ports }: SegmentContext, coin: string, account: VenueAccount): void {
  const was = desk.fills.position(coin)
  const ledger = formatFixed(venueSzE8(was))
  const sz = venueSz(account, coin)
  const entryPx = account.positions.find((position) => position.coin === coin)?.entryPx ?? '0'
  ports.journal.event('ledger_corrected', { coin, ledger, venue: sz })
  desk.fills.adopt(coin, keepsApart(input) ? shareOut(was, sz) : { sz, entryPx })
}

/** The list of fills explains nearly everything that the stream has lost; an audit costs twice as much. */
const OWED_MS_MAX = 5_000

/** True when the session's own orders and position have not been compared with the venue's for a while. */
export function auditDue({ desk, input, ports, asked }: SegmentContext): boolean {
  const now = ports.clock.monotonicMs()
  const since = now - asked.auditMs
  const isOwedLong = asked.owedMs !== null && now - asked.owedMs >= OWED_MS_MAX
  const unexplained = isOwedLong && desk.owesFills() && since >= OWED_MS_MAX
  const everyMs = (input.engine === 'maker' ? input.audit_every_ms : undefined) ?? TIMING.auditEveryMs
  return unexplained || since >= everyMs
}

/** Orders on their way or never answered. */
export const hasUnknown = ({ desk }: SegmentContext): boolean =>
  desk.inherited.length > 0 || desk.live().some(isUnresolved)
