/** The ledger becomes the venue's truth: fills explain the position, and where they do not, the position wins and says so. */
import { expect, test } from 'vitest'
import { ask, held, settleLedger, VenueSilentError } from '#domain/session/settle-ledger.ts'
import type { Checkpoint } from '#domain/session/types.ts'
import { fakeVenue } from '../../tests/support/fake-venue.ts'
import { checkpointOf, holding } from '../../tests/support/segment-inputs.ts'
import { fakeJournal, fillOf, START_TS, silence } from '../../tests/support/session-ports.ts'
import { virtualClock } from '../../tests/support/virtual-clock.ts'

function settling(checkpoint: Checkpoint = checkpointOf(), baseline = false) {
  const time = virtualClock()
  const venue = fakeVenue(time.clock)
  const journal = fakeJournal()
  const ports = { clock: time.clock, venue: venue.venue, journal: journal.journal }
  const settle = () => time.drive(settleLedger(ports, { coins: ['BTC'], checkpoint, baseline }))
  return { ...time, ...venue, journal, ports, settle }
}
const long = (sz: string, entryPx = '100') => ({ coin: 'BTC', sz, entryPx })

test('fills that explain the position are folded, each once, and nothing is corrected', async () => {
  const { journal, settle, state } = settling()
  const fill = fillOf({ sz: '2', fee: '0.1' })
  state.fills = [fill, fill]
  state.positions = [long('2')]
  const { checkpoint, folded } = await settle()
  expect([folded, journal.rows.events]).toEqual([1, []])
  expect(checkpoint.positions).toMatchObject([{ sz: '2', fees: '0.1', fills: 1 }])
})

test('fills are read from the cursor on, and those inside it are not folded again', async () => {
  const was = holding('1', { fillCursorTs: START_TS, fillCursorTids: [1] })
  const { called, settle, state } = settling(was)
  state.fills = [fillOf({ tid: 1 }), fillOf({ tid: 2, startPosition: '1' })]
  state.positions = [long('2')]
  const { checkpoint, folded } = await settle()
  expect([called('fillsSince')[0]?.from, folded, checkpoint.positions[0]?.sz]).toEqual([START_TS, 1, '2'])
})

test('a fill that is listed later than the position shows it is waited for', async () => {
  const { called, journal, ports, settle, state } = settling()
  state.positions = [long('1')]
  const list = ports.venue.fillsSince
  ports.venue.fillsSince = (ts) => {
    if (called('fillsSince').length === 2) state.fills = [fillOf()]
    return list(ts)
  }
  const { folded } = await settle()
  expect([folded, journal.rows.events]).toEqual([1, []])
})

test('a position that no fill explains is taken over in the end, and the correction is journaled', async () => {
  const { journal, settle, state } = settling(holding('1'))
  state.positions = [long('3', '120')]
  const { checkpoint } = await settle()
  expect(checkpoint.positions).toMatchObject([{ sz: '3', entryPx: '120' }])
  expect(journal.rows.events).toEqual([
    { kind: 'ledger_corrected', details: { coin: 'BTC', ledger: '1', venue: '3' } },
  ])
})

test('a correction keeps realised PnL and fees', async () => {
  const [position] = holding('1').positions
  const was = checkpointOf({ positions: position ? [{ ...position, realizedPnl: '7', fees: '2' }] : [] })
  const { settle } = settling(was)
  expect((await settle()).checkpoint.positions).toMatchObject([{ sz: '0', realizedPnl: '7', fees: '2' }])
})

test('a coin of somebody else is no business of the ledger', async () => {
  const { journal, settle, state } = settling()
  state.fills = [fillOf({ coin: 'ETH' })]
  state.positions = [{ coin: 'ETH', sz: '1', entryPx: '1' }]
  const { checkpoint, folded } = await settle()
  expect([checkpoint.positions, folded, journal.rows.events]).toEqual([[], 0, []])
})

test('at a first start the position is the baseline, and older fills are behind the cursor', async () => {
  const { settle, state } = settling(checkpointOf(), true)
  state.fills = [fillOf({ fee: '5' })]
  state.positions = [long('1')]
  const { checkpoint, folded } = await settle()
  expect([folded, checkpoint.fillCursorTs, checkpoint.fillCursorTids]).toEqual([0, START_TS, [1]])
  expect(checkpoint.positions).toMatchObject([{ sz: '1', fees: '0', fills: 0 }])
})

test('a baseline is not drawn while the position moves under the reading', async () => {
  const { called, ports, settle, state } = settling(checkpointOf(), true)
  state.positions = [long('1')]
  const read = ports.venue.account
  ports.venue.account = () => {
    if (called('account').length === 1) state.positions = [long('2')]
    return read()
  }
  const { checkpoint } = await settle()
  expect([checkpoint.positions[0]?.sz, called('account').length]).toEqual(['2', 4])
})

test('a read that fails once is weather', async () => {
  const { clock, drive } = virtualClock()
  let asked = 0
  const read = async (): Promise<string> => {
    asked += 1
    if (asked === 1) throw new TypeError('reset')
    return 'answer'
  }
  expect(await drive(ask(clock, 'account', read))).toBe('answer')
})

test('a venue that stays silent ends in an error that may be tried again', async () => {
  const { clock, drive } = virtualClock()
  const failed = await drive(
    ask(clock, 'account', silence).then(
      () => null,
      (error: unknown) => error,
    ),
  )
  expect(failed).toBeInstanceOf(VenueSilentError)
  expect(failed).toMatchObject({ code: 'VENUE_SILENT', retryable: true })
})

test('a coin that the venue does not list is flat', () => {
  const account = { equityUsd: '1', positions: [long('2')] }
  expect([held(account, 'BTC'), held(account, 'ETH')]).toEqual([
    { sz: '2', entryPx: '100' },
    { sz: '0', entryPx: '0' },
  ])
})
