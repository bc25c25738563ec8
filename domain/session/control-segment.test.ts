/** A running segment is told to end as urgently as somebody wishes, and whatever ends it never lets two epochs overlap. */
import { describe, expect, test } from 'vitest'
import { dropIntents, segmentInput, superviseSegment, takeEnd } from '#domain/session/control-segment.ts'
import { SegmentLostError } from '#domain/session/effects.ts'
import { QUIET_AFTER_TIMEOUT_MS, QUIET_MS, TIMING } from '#domain/session/timing.ts'
import type { SegmentOutcome } from '#domain/session/types.ts'
import { createWishBox, type WishBox } from '#domain/session/wishes.ts'
import { checkpointOf, makerInput } from '../../tests/support/segment-inputs.ts'
import { bookOf, candleSession, fakeEffects, makerSession } from '../../tests/support/session-effects.ts'
import { cloidOf, intentOf, START_TS, silence } from '../../tests/support/session-ports.ts'

const input = makerSession()
const update = { params: input.params, limits: input.limits }
const rotated = (change = {}): SegmentOutcome => ({
  kind: 'rotated',
  reason: 'age',
  checkpoint: checkpointOf({ seq: 5, ...change }),
})
const running = (change = {}) =>
  bookOf(input, { epoch: 1, needsFence: false, quietMs: 0, checkpoint: checkpointOf({ seq: 2 }), ...change })
const pending = {
  decisions: [],
  intents: [intentOf()],
  stops: [{ coin: 'BTC', px: '90' }],
}

describe('what a segment is given', () => {
  test('a maker segment is bound to epoch, run, limits and checkpoint of the book', () => {
    const book = running({ epoch: 6 })
    const { checkpoint, limits, run } = book
    expect(segmentInput(book, input, createWishBox('flatten'))).toMatchObject({
      engine: 'maker',
      epoch: 6,
      run,
      checkpoint,
      limits,
      close_only: false,
    })
  })

  test('a candle segment gets orders and stops too', () => {
    const session = candleSession()
    const book = bookOf(session, { pending })
    expect(segmentInput(book, session, createWishBox('flatten'))).toMatchObject({
      engine: 'candles',
      intents: pending.intents,
      stops: pending.stops,
    })
  })

  test('a close_only wish goes with it', () => {
    const wishes = createWishBox('flatten')
    wishes.askKill({ mode: 'close_only' })
    expect(segmentInput(running(), input, wishes).close_only).toBe(true)
  })
})

describe('how a segment is told', () => {
  /** A segment that ends two waits after the wish came. */
  async function told(wish: (wishes: WishBox) => void, closeOnly = false) {
    const { effects, state, wishes } = fakeEffects()
    let end = (_: SegmentOutcome): void => undefined
    state.segment = () => new Promise((resolve) => (end = resolve))
    state.meanwhile = [() => wish(wishes), () => end(rotated())]
    const ended = await superviseSegment(makerInput({ close_only: closeOnly }), effects, wishes)
    return { ended, stops: state.stops.map(({ reason, mode }) => [reason, mode]) }
  }

  test.each([
    { what: 'a kill', wish: (box: WishBox) => box.askKill({ mode: 'halt' }), stops: [['kill', 'halt']] },
    { what: 'a stop', wish: (box: WishBox) => box.askStop(), stops: [['stop', null]] },
    { what: 'a pause', wish: (box: WishBox) => box.askPause(), stops: [['pause', null]] },
    { what: 'an update', wish: (box: WishBox) => box.askUpdate(update), stops: [['params', null]] },
    {
      what: 'close_only',
      wish: (box: WishBox) => box.askKill({ mode: 'close_only' }),
      stops: [['params', null]],
    },
  ])('$what reaches it once', async ({ stops, wish }) => {
    expect(await told(wish)).toEqual({ ended: { kind: 'outcome', outcome: rotated() }, stops })
  })

  test('a segment that knows close_only already is not told again', async () => {
    const { effects, state, wishes } = fakeEffects()
    wishes.askKill({ mode: 'close_only' })
    state.segment = async () => rotated()
    await superviseSegment(makerInput({ close_only: true }), effects, wishes)
    expect(state.stops).toEqual([])
  })

  test('a wish from before its start ends it as well', async () => {
    const { effects, state, wishes } = fakeEffects()
    wishes.askStop()
    let end = (_: SegmentOutcome): void => undefined
    state.segment = () => new Promise((resolve) => (end = resolve))
    state.meanwhile = [() => end(rotated())]
    await superviseSegment(makerInput(), effects, wishes)
    expect(state.stops.map(({ reason }) => reason)).toEqual(['stop'])
  })

  test('a stronger kill is told on top of a milder one', async () => {
    const { effects, state, wishes } = fakeEffects()
    let end = (_: SegmentOutcome): void => undefined
    state.segment = () => new Promise((resolve) => (end = resolve))
    state.meanwhile = [
      () => wishes.askKill({ mode: 'halt' }),
      () => wishes.askKill({ mode: 'flatten' }),
      () => end(rotated()),
    ]
    await superviseSegment(makerInput(), effects, wishes)
    expect(state.stops.map(({ mode }) => mode)).toEqual(['halt', 'flatten'])
  })
})

describe('a segment that does not obey', () => {
  async function deaf(wish: (wishes: WishBox) => void) {
    const { effects, state, wishes } = fakeEffects()
    state.segment = silence
    state.meanwhile = [() => wish(wishes)]
    const ended = await superviseSegment(makerInput(), effects, wishes)
    return { ended, state }
  }

  test('a stop becomes a cancellation, and is given up as unclear after its time', async () => {
    const { ended, state } = await deaf((wishes) => wishes.askStop())
    expect(ended).toEqual({ kind: 'unclear' })
    expect(state.nowTs - START_TS).toBeGreaterThanOrEqual(TIMING.stopWaitMs)
    expect(state.stops[0]?.reason).toBe('stop')
    for (const { reason, ts } of state.stops) {
      expect(reason).toBe(ts - START_TS >= TIMING.stopWaitMs / 2 ? 'kill' : 'stop')
    }
  })

  test('a pause waits for it as long as it takes: else two loops would trade', async () => {
    const { effects, state, wishes } = fakeEffects()
    let end = (_: SegmentOutcome): void => undefined
    state.segment = () => new Promise((resolve) => (end = resolve))
    const wait = (): void => undefined
    state.meanwhile = [
      () => wishes.askPause(),
      ...Array.from({ length: 20 }, () => wait),
      () => end(rotated()),
    ]
    const ended = await superviseSegment(makerInput(), effects, wishes)
    expect(ended.kind).toBe('outcome')
    expect(state.nowTs - START_TS).toBeGreaterThan(TIMING.stopWaitMs)
  })
})

test('an error that nobody classified is a loss of unclear cause', async () => {
  const { effects, state, wishes } = fakeEffects()
  state.segment = () => Promise.reject(new TypeError('boom'))
  const ended = await superviseSegment(makerInput(), effects, wishes)
  expect(ended).toMatchObject({ kind: 'lost', error: { lost: 'unclear', checkpoint: null } })
})

describe('what the end of a segment leads to', () => {
  const stops = { ...pending, intents: [] }

  test.each([
    { what: 'a clean rotation', outcome: rotated(), fence: false, losses: 0 },
    {
      what: 'a rotation with an order unresolved',
      outcome: rotated({ unresolved: [{ cloid: cloidOf(), coin: 'BTC', expires_ts: 1 }] }),
      fence: true,
      losses: 0,
    },
    {
      what: 'an expired lease',
      outcome: { kind: 'safe', reason: 'lease_expired', checkpoint: checkpointOf({ seq: 5 }) },
      fence: true,
      losses: 4,
    },
  ] as const)('$what: fence $fence', ({ outcome, fence, losses }) => {
    const book = running({ losses: 3 })
    expect(takeEnd(book, { kind: 'outcome', outcome }, pending)).toBe(outcome)
    expect(book).toMatchObject({ needsFence: fence, quietMs: 0, losses, segments: 1, pending: stops })
    expect(book.checkpoint.seq).toBe(5)
  })

  test.each([
    { cause: 'heartbeat_timeout', quietMs: QUIET_AFTER_TIMEOUT_MS },
    { cause: 'not_started', quietMs: 0 },
    { cause: 'failed', quietMs: QUIET_MS },
    { cause: 'unclear', quietMs: QUIET_MS },
  ] as const)('a segment lost by $cause is fenced after $quietMs ms of quiet', ({ cause, quietMs }) => {
    const book = running({ pending })
    const error = new SegmentLostError(cause, checkpointOf({ seq: 9, decisionSeq: 4 }), 'unit')
    expect(takeEnd(book, { kind: 'lost', error }, pending)).toBeNull()
    expect(book).toMatchObject({ needsFence: true, quietMs, losses: 1, pending: stops })
    expect(book.checkpoint.seq).toBe(9)
    expect(book.checkpoint.decisionSeq).toBeGreaterThan(4 + 100_000) // nobody knows how many it used
  })

  test('an older checkpoint of a lost segment does not turn the book back', () => {
    const book = running()
    const error = new SegmentLostError('heartbeat_timeout', checkpointOf({ seq: 1 }), 'unit')
    takeEnd(book, { kind: 'lost', error }, pending)
    expect(book.checkpoint.seq).toBe(2)
  })

  test('a replaced attempt and an unclear end keep the whole quiet time', () => {
    const replaced = running()
    const checkpoint = checkpointOf({ seq: 5 })
    takeEnd(
      replaced,
      { kind: 'outcome', outcome: { kind: 'safe', reason: 'attempt_replaced', checkpoint } },
      pending,
    )
    const unclear = running()
    takeEnd(unclear, { kind: 'unclear' }, pending)
    expect([replaced.quietMs, unclear.quietMs]).toEqual([QUIET_MS, QUIET_MS])
  })
})

test('dropped orders are named in a decision each, and are gone', () => {
  const book = running({ pending })
  dropIntents(book, 'PAUSED', START_TS)
  expect(book.pending.intents).toEqual([])
  expect(book.pending.decisions).toMatchObject([
    { reason: 'ORDER_DROPPED', gate: 'PAUSED', inputs: { cloid: cloidOf(), sz: '1' } },
  ])
  dropIntents(book, 'PAUSED', START_TS)
  expect(book.pending.decisions).toHaveLength(1)
})
