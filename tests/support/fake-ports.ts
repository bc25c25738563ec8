/** Everything that a segment touches, as small fakes over virtual time. */
// Not here: the fakes (session-ports.ts, fake-venue.ts, virtual-clock.ts), the world with faults and restarts (tests/simulation).
import type { SegmentPorts } from '#domain/session/ports.ts'
import { fakeVenue } from './fake-venue.ts'
import { fakeControl, fakeEvents, fakeInbox, fakeJournal, fakeMarket } from './session-ports.ts'
import { virtualClock } from './virtual-clock.ts'

/** Everything a segment touches. */
export function fakePorts(attempt = 1) {
  const time = virtualClock()
  const { clock } = time
  const venue = fakeVenue(clock)
  const market = fakeMarket()
  const journal = fakeJournal()
  const inbox = fakeInbox()
  const control = fakeControl(clock, attempt)
  const events = fakeEvents(clock)
  const ports: SegmentPorts = {
    clock,
    market: market.market,
    events: events.events,
    venue: venue.venue,
    journal: journal.journal,
    control: control.control,
    commands: inbox.commands,
  }
  return { ports, time, clock, venue, market, journal, inbox, control, events }
}
