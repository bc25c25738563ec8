/** After a fence nobody of an earlier epoch rests or can come to rest, a position is not naked, and the ledger is the venue's. */
import { expect, test } from 'vitest'
import { HoldfastError } from '#domain/errors.ts'
import type { FenceInput } from '#domain/session/effects.ts'
import { FenceIncompleteError, fenceAndReconcile } from '#domain/session/fence.ts'
import { VenueSilentError } from '#domain/session/settle-ledger.ts'
import { TIMING } from '#domain/session/timing.ts'
import { fakePorts } from '../../tests/support/fake-ports.ts'
import { checkpointOf, holding } from '../../tests/support/segment-inputs.ts'
import {
  cloidOf,
  fillOf,
  openOf,
  RUN,
  SESSION,
  START_TS,
  silence,
  stopOf,
} from '../../tests/support/session-ports.ts'

function fenced(change: Partial<FenceInput> = {}) {
  const fakes = fakePorts()
  const input: FenceInput = {
    session_id: SESSION,
    run: RUN,
    account: 'unit',
    coins: ['BTC'],
    epoch: 2,
    checkpoint: checkpointOf(),
    quiet_ms: 0,
    ...change,
  }
  const ports = { ...fakes.ports, commands: fakes.inbox.commands }
  return { ...fakes, fence: () => fakes.time.drive(fenceAndReconcile(input, ports)) }
}
const long = (sz = '1') => ({ coin: 'BTC', sz, entryPx: '100' })

test('opening orders of the past are cancelled and the asked epoch is granted', async () => {
  const { fence, journal, venue } = fenced()
  venue.state.open = [openOf({ cloid: cloidOf({ epoch: 1 }) })]
  const result = await fence()
  expect(result).toMatchObject({
    epoch: 2,
    canceled: 1,
    fills_folded: 0,
    kill: null,
    checkpoint: { epoch: 2 },
  })
  expect(venue.state.open).toEqual([])
  expect(journal.rows.events.map(({ kind }) => kind)).toEqual(['fenced'])
})

test.each([
  { what: 'before the first look', afterMs: 0 },
  { what: 'between two looks', afterMs: 700 },
])(
  'a modify of a lost segment that arrives $what leaves neither the old nor the new order',
  async (given) => {
    const [old, news] = [cloidOf({ seq: 1 }), cloidOf({ seq: 2 })]
    const expires_ts = START_TS + 1_000
    const unresolved = [
      { cloid: old, coin: 'BTC', expires_ts: 0 },
      { cloid: news, coin: 'BTC', expires_ts },
    ]
    const { fence, venue, clock } = fenced({ checkpoint: checkpointOf({ unresolved }) })
    const replace = (): void => {
      const rested = venue.state.open.some(({ cloid }) => cloid === old)
      if (rested) venue.state.open = [openOf({ cloid: news })]
    }
    // What the fence has not cancelled by then is what the modify finds.
    venue.state.open = [openOf({ cloid: old })]
    const list = venue.venue.openOrders
    if (given.afterMs === 0) replace()
    else {
      const cancel = venue.venue.cancelOrders
      Object.assign(venue.venue, {
        cancelOrders: async (...call: Parameters<typeof cancel>) => {
          if (venue.state.open.length > 0) await clock.sleep(given.afterMs)
          replace() // it overtakes the cancel of the old one
          return cancel(...call)
        },
      })
    }
    expect((await fence()).checkpoint.unresolved).toEqual([])
    expect([venue.state.open, await list()]).toEqual([[], []])
    expect(venue.state.canceled).toEqual([news])
  },
)

test.each([
  { seenEpoch: 1, granted: 2 },
  { seenEpoch: 2, granted: 3 }, // the venue knows this epoch already: the history was reset
  { seenEpoch: 9, granted: 10 },
])(
  'with an order of epoch $seenEpoch at the venue, epoch $granted is granted',
  async ({ seenEpoch, granted }) => {
    const { fence, venue } = fenced()
    venue.state.open = [openOf({ cloid: cloidOf({ epoch: seenEpoch }) })]
    expect((await fence()).epoch).toBe(granted)
  },
)

test('a fill of a later epoch raises the epoch as an open order does; of another run it does not', async () => {
  const own = fenced()
  own.venue.state.fills = [fillOf({ cloid: cloidOf({ epoch: 5 }) })]
  own.venue.state.positions = [long()]
  expect((await own.fence()).epoch).toBe(6)
  const other = fenced()
  other.venue.state.fills = [fillOf({ cloid: cloidOf({ epoch: 5, run: RUN ^ 1 }) })]
  other.venue.state.positions = [long()]
  expect((await other.fence()).epoch).toBe(2)
})

test.each([
  { epoch: 0xffff, code: null },
  { epoch: 0x10000, code: 'EPOCHS_USED_UP' },
])('epoch $epoch ends in: $code', async ({ epoch, code }) => {
  const { fence } = fenced({ epoch })
  const failed = await fence().then(
    () => null,
    (error: unknown) => (error instanceof HoldfastError ? [error.code, error.retryable] : 'other'),
  )
  expect(failed).toEqual(code === null ? null : [code, false])
})

test('it waits until an unanswered order of the past has expired before the look that counts', async () => {
  const unresolved = [{ cloid: cloidOf(), coin: 'BTC', expires_ts: START_TS + TIMING.orderTtlMs }]
  const { fence, venue } = fenced({ checkpoint: checkpointOf({ unresolved }) })
  const { checkpoint } = await fence()
  const lastLook = venue.called('openOrders').at(-1)?.ts ?? 0
  expect(lastLook).toBeGreaterThanOrEqual(START_TS + TIMING.orderTtlMs + TIMING.clockSkewMs)
  expect(checkpoint.unresolved).toEqual([])
})

test('it waits the asked quiet time when the old loop may still live', async () => {
  const { clock, fence } = fenced({ quiet_ms: 5_150 })
  await fence()
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(5_150)
})

test('missing fills are folded, and the position is the venue’s', async () => {
  const { fence, venue } = fenced()
  venue.state.fills = [fillOf({ sz: '0.5' })]
  venue.state.positions = [long('0.5')]
  const result = await fence()
  expect(result.fills_folded).toBe(1)
  expect(result.checkpoint.positions).toMatchObject([{ coin: 'BTC', sz: '0.5', fills: 1 }])
})

test('at the first start what is held is taken over without any PnL', async () => {
  const { fence, venue } = fenced({ checkpoint: null, epoch: 1 })
  venue.state.fills = [fillOf({ fee: '3' })]
  venue.state.positions = [long()]
  const { checkpoint, fills_folded } = await fence()
  expect(fills_folded).toBe(0)
  expect(checkpoint.positions).toMatchObject([{ sz: '1', fees: '0', realizedPnl: '0', fills: 0 }])
})

test('a stop that protects the position stays; an opening trigger does not', async () => {
  const opening = openOf({ trigger: true, cloid: cloidOf({ seq: 3 }) })
  const { fence, venue } = fenced({ checkpoint: holding('1') })
  venue.state.positions = [long()]
  venue.state.open = [stopOf(), opening]
  const { checkpoint } = await fence()
  expect(venue.state.canceled).toEqual([opening.cloid])
  expect(checkpoint.stops).toEqual([{ cloid: stopOf().cloid, coin: 'BTC', side: 'sell', px: '90', sz: '1' }])
})

test('a target is no stop: both stay, whichever is nearer, and one that the checkpoint does not know keeps its kind', async () => {
  const { fence, venue } = fenced({ checkpoint: holding('1') })
  venue.state.positions = [long()]
  const target = stopOf({ px: '110', cloid: cloidOf({ leg: 104 }) })
  const second = stopOf({ px: '111', cloid: cloidOf({ leg: 104, seq: 1 }) })
  venue.state.open = [target, stopOf(), second]
  const { checkpoint } = await fence()
  const lying = { coin: 'BTC', side: 'sell', sz: '1' }
  expect(checkpoint.stops).toEqual([
    { ...lying, cloid: target.cloid, px: '110', kind: 'take_profit' },
    { ...lying, cloid: stopOf().cloid, px: '90' },
  ])
  expect(venue.state.open).toEqual([target, stopOf()])
})

test.each([
  { sz: '1', side: 'sell', stays: '95' }, // a long position: the higher stop loses less
  { sz: '-1', side: 'buy', stays: '94' },
] as const)(
  'of two stops of a position of $sz the tighter one at $stays stays',
  async ({ sz, side, stays }) => {
    const { fence, venue } = fenced({ checkpoint: holding(sz) })
    venue.state.positions = [long(sz)]
    venue.state.open = ['94', '95'].map((px, seq) => stopOf({ side, px, cloid: cloidOf({ seq }) }))
    const { checkpoint } = await fence()
    expect(checkpoint.stops.map(({ px }) => px)).toEqual([stays])
    expect(venue.state.open.map(({ px }) => px)).toEqual([stays])
  },
)

test.each([
  { what: 'no position', sz: '0' },
  { what: 'a position of the same side', sz: '-1' },
])('a sell stop with $what goes', async ({ sz }) => {
  const { fence, venue } = fenced({ checkpoint: holding(sz) })
  venue.state.positions = sz === '0' ? [] : [long(sz)]
  venue.state.open = [stopOf()]
  const { checkpoint } = await fence()
  expect([checkpoint.stops, venue.state.open]).toEqual([[], []])
})

test.each([
  { mode: 'close_only', told: null },
  { mode: 'halt', told: 'halt' },
  { mode: 'flatten', told: 'flatten' },
] as const)('a $mode kill of this host is told as: $told', async ({ mode, told }) => {
  const { fence, inbox } = fenced()
  inbox.state.kill = { mode, by: 'kill_switch', reason: 'unit' }
  expect((await fence()).kill?.mode ?? null).toBe(told)
})

test('a venue that never shows its orders leaves the past unfenced', async () => {
  const { fence, ports } = fenced()
  ports.venue.openOrders = silence
  await expect(fence()).rejects.toThrow(FenceIncompleteError)
})

test('an order that cannot be cancelled leaves the past unfenced', async () => {
  const { fence, ports, venue } = fenced()
  venue.state.open = [openOf()]
  ports.venue.cancelOrders = async () => []
  await expect(fence()).rejects.toThrow(FenceIncompleteError)
})

test('a venue that does not tell its fills stops the fence', async () => {
  const { fence, ports } = fenced()
  ports.venue.fillsSince = silence
  await expect(fence()).rejects.toThrow(VenueSilentError)
})
