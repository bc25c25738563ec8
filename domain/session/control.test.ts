/** The coordinator: nothing trades before a fence, wishes are obeyed wherever they come, and weather is waited out. */
import { describe, expect, test } from 'vitest'
import { HoldfastError } from '#domain/errors.ts'
import { runSession } from '#domain/session/control.ts'
import { SegmentLostError, type SessionEnd } from '#domain/session/effects.ts'
import type { SessionInput } from '#domain/session/input.ts'
import { QUIET_AFTER_TIMEOUT_MS, QUIET_MS } from '#domain/session/timing.ts'
import type { SegmentOutcome } from '#domain/session/types.ts'
import { checkpointOf, limitsOf } from '../../tests/support/segment-inputs.ts'
import { candleSession, candlesOf, fakeEffects, makerSession } from '../../tests/support/session-effects.ts'
import { cloidOf } from '../../tests/support/session-ports.ts'

function coordinating(input: SessionInput = makerSession()) {
  const fakes = fakeEffects(input.on_kill)
  const { effects, state, wishes } = fakes
  /** What the segments end with, one after the other; after the last one the session is stopped. */
  const ends = (...outcomes: (Partial<SegmentOutcome> | Error | (() => void))[]): void => {
    state.segment = async ({ checkpoint }) => {
      const next = outcomes.shift()
      if (outcomes.length === 0) wishes.askStop({ reason: 'enough' })
      if (next instanceof Error) throw next
      if (typeof next === 'function') next()
      const told = typeof next === 'object' ? next : {}
      return { kind: 'rotated', reason: 'age', checkpoint, ...told } as SegmentOutcome
    }
  }
  const states = (): string[] => [...new Set(state.published.map((status) => status.state))]
  return { ...fakes, ends, states, run: () => runSession(input, effects, wishes) }
}
const reportOf = (end: SessionEnd) => (end.kind === 'closed' ? end.report : null)
const lost = (cause: 'heartbeat_timeout' | 'unclear') => new SegmentLostError(cause, null, 'unit')

test('a session fences, runs, closes and reports', async () => {
  const { run, state, states } = coordinating()
  const end = await run()
  expect(state.fences).toMatchObject([{ epoch: 1, checkpoint: null, quiet_ms: QUIET_MS }])
  expect(state.segments).toMatchObject([{ epoch: 1 }])
  expect(state.closes.map(({ step }) => step)).toEqual(['flatten', 'reconcile'])
  expect(reportOf(end)).toMatchObject({ state: 'CLOSED', reason: 'enough', epochs: 1 })
  expect(states()).toEqual(['STARTING', 'RUNNING', 'STOPPING', 'FLATTENING', 'RECONCILING', 'CLOSED'])
})

describe('a session that must not start', () => {
  const refused = async (change: (fakes: ReturnType<typeof coordinating>) => void) => {
    const fakes = coordinating()
    change(fakes)
    await expect(fakes.run()).rejects.toThrow(HoldfastError)
    const { closes, fences, published, segments } = fakes.state
    return { touched: [fences.length, segments.length, closes.length], state: published.at(-1)?.state }
  }

  test.each(['halt', 'flatten'] as const)('under a %s kill touches nothing and says FAILED', async (mode) => {
    const end = await refused(({ effects }) => {
      effects.admit = async () => ({ size_decimals: {}, kill: { mode, reason: 'unit' } })
    })
    expect(end).toEqual({ touched: [0, 0, 0], state: 'FAILED' })
  })

  test('because it was not admitted touches nothing and says FAILED', async () => {
    const end = await refused(({ effects }) => {
      const options = { code: 'NO_ACCOUNT', retryable: false, hint: 'x' }
      effects.admit = () => Promise.reject(new HoldfastError('no such account', options))
    })
    expect(end).toEqual({ touched: [0, 0, 0], state: 'FAILED' })
  })
})

test('a close_only kill lets a session start', async () => {
  const { effects, run, state } = coordinating()
  effects.admit = async () => ({ size_decimals: { BTC: 3 }, kill: { mode: 'close_only', reason: 'unit' } })
  await run()
  expect(state.segments).toHaveLength(1)
})

describe('a kill', () => {
  test('that came before the first step lets nothing run, and closes', async () => {
    const { run, state, wishes } = coordinating()
    wishes.askKill({ mode: 'halt', reason: 'early' })
    expect(reportOf(await run())?.reason).toBe('early')
    expect([state.segments.length, state.closes[0]?.flatten]).toEqual([0, false])
  })

  test('that the fence found on its host lets nothing run', async () => {
    const { effects, run, state } = coordinating()
    const fence = effects.fence
    effects.fence = async (input) => ({ ...(await fence(input)), kill: { mode: 'flatten', reason: 'file' } })
    expect(reportOf(await run())?.reason).toBe('file')
    expect(state.segments).toEqual([])
  })

  test.each([
    { mode: 'off', on_kill: 'flatten', flatten: true }, // only a cancellation was seen: the session’s own rule
    { mode: 'off', on_kill: 'halt', flatten: false },
    { mode: 'halt', on_kill: 'flatten', flatten: false },
    { mode: 'flatten', on_kill: 'halt', flatten: true },
  ] as const)(
    'that a segment reports as $mode closes, with on_kill $on_kill, flat: $flatten',
    async (given) => {
      const { run, state } = coordinating(makerSession({ on_kill: given.on_kill }))
      state.segment = async ({ checkpoint }) => ({
        kind: 'killed',
        by: 'direct',
        mode: given.mode,
        reason: 'unit',
        checkpoint,
      })
      expect(reportOf(await run())?.reason).toBe('unit')
      expect(state.closes[0]?.flatten).toBe(given.flatten)
    },
  )
})

describe('epochs', () => {
  test('a clean end goes on in the same epoch without a fence', async () => {
    const { ends, run, state } = coordinating()
    ends({}, {}, {})
    await run()
    expect([state.fences.length, state.segments.map(({ epoch }) => epoch)]).toEqual([1, [1, 1, 1]])
  })

  test.each([
    { cause: 'heartbeat_timeout', quiet: QUIET_AFTER_TIMEOUT_MS },
    { cause: 'unclear', quiet: QUIET_MS },
  ] as const)(
    'a segment lost by $cause is fenced with $quiet ms of quiet before the next epoch runs',
    async (given) => {
      const { ends, run, state } = coordinating()
      ends(lost(given.cause), {})
      await run()
      expect(state.fences[1]).toMatchObject({ epoch: 2, quiet_ms: given.quiet })
      expect(state.fences[1]?.checkpoint).not.toBeNull()
      expect(state.segments.map(({ epoch }) => epoch)).toEqual([1, 2])
    },
  )

  test('an order that was left unresolved needs a fence too', async () => {
    const { ends, run, state } = coordinating()
    const unresolved = [{ cloid: cloidOf(), coin: 'BTC', expires_ts: 1 }]
    ends({ checkpoint: checkpointOf({ unresolved }) }, {})
    await run()
    expect(state.segments.map(({ epoch }) => epoch)).toEqual([1, 2])
  })

  test('the epoch that the fence grants is the one that trades, however high', async () => {
    const { effects, run, state } = coordinating()
    const fence = effects.fence
    effects.fence = async (input) => ({ ...(await fence(input)), epoch: 12 })
    await run()
    expect(state.segments.map(({ epoch }) => epoch)).toEqual([12])
    expect(state.closes[0]?.epoch).toBe(13)
  })
})

describe('weather', () => {
  test('a fence that fails is tried again, and nothing trades meanwhile', async () => {
    const { effects, run, state } = coordinating()
    const fence = effects.fence
    let failures = 3
    effects.fence = (input) => (failures-- > 0 ? Promise.reject(new TypeError('silent')) : fence(input))
    await run()
    expect([state.waits, state.segments.length]).toEqual([[500, 1_000, 2_000], 1])
  })

  test('the first loss is healed at once, losses in a row wait longer and longer', async () => {
    const { ends, run, state } = coordinating()
    ends(...Array.from({ length: 9 }, () => lost('heartbeat_timeout')))
    await run()
    const pauses = state.waits.filter((each) => each !== undefined)
    expect(pauses.slice(0, 6)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000])
  })

  test('what no retry can heal ends the session in order', async () => {
    const { effects, run, state } = coordinating()
    const used = new HoldfastError('epochs used up', { code: 'EPOCHS_USED_UP', retryable: false, hint: 'x' })
    effects.fence = () => Promise.reject(used)
    expect(reportOf(await run())?.reason).toContain('epochs used up')
    expect([state.segments, state.closes.length]).toEqual([[], 2])
  })
})

test('a paused session runs nothing until it is resumed', async () => {
  const { ends, run, state, states, wishes } = coordinating()
  wishes.askPause({ reason: 'by hand' })
  let ranWhilePaused = -1
  state.meanwhile = [
    () => {
      ranWhilePaused = state.segments.length
      wishes.askResume()
    },
  ]
  ends({})
  await run()
  expect([ranWhilePaused, state.segments.length, states().includes('PAUSED')]).toEqual([0, 1, true])
})

test('a kill ends a pause', async () => {
  const { run, state, wishes } = coordinating()
  wishes.askPause()
  state.meanwhile = [() => wishes.askKill({ mode: 'flatten', reason: 'now' })]
  expect(reportOf(await run())?.reason).toBe('now')
  expect(state.segments).toEqual([])
})

test('new parameters and limits reach the next segment', async () => {
  const input = makerSession()
  const { ends, run, state, wishes } = coordinating(input)
  const params = { ...input.params, quote_usd: 77 } as SessionInput['params']
  ends(() => wishes.askUpdate({ params, limits: limitsOf({ order_usd_max: 80 }) }), {})
  await run()
  expect(state.segments[1]).toMatchObject({ params: { quote_usd: 77 }, limits: { order_usd_max: 80 } })
})

describe('continue as new', () => {
  test('happens between segments, carries the book, and goes on without a fence', async () => {
    const input = makerSession()
    const first = coordinating(input)
    first.state.continueAsNew = true
    first.state.segment = async () => ({
      kind: 'rotated',
      reason: 'age',
      checkpoint: checkpointOf({ seq: 8 }),
    })
    const end = await first.run()
    const resume = end.kind === 'continue' ? end.resume : null
    expect(first.state.segments).toHaveLength(1) // one had to run first
    expect(resume).toMatchObject({ epoch: 1, segments: 1, checkpoint: { seq: 8 } })
    const { effects, state, wishes } = fakeEffects()
    await runSession(input, effects, wishes, resume)
    expect([state.fences, state.segments[0]?.epoch, state.segments[0]?.checkpoint.seq]).toEqual([[], 1, 8])
  })

  test('waits for a fence that is due', async () => {
    const { run, state, wishes } = coordinating()
    state.continueAsNew = true
    state.segment = async () => {
      if (state.segments.length === 1) throw lost('heartbeat_timeout')
      wishes.askStop()
      throw lost('unclear')
    }
    const end = await run()
    expect(end.kind === 'continue' ? end.resume.epoch : null).toBe(2)
  })
})

describe('the candle engine', () => {
  const RISING = [100, 101, 102, 103, 104, 105]
  const snapshot = {
    ts: 1,
    candles: candlesOf([106], 7),
    positions: [],
    markPx: { BTC: '100' },
    touch: { BTC: { bid: '99.9', ask: '100.1' } },
    equityUsd: '1000',
    openOrders: 0,
  }

  test('learns from history first, decides at bar close, and hands the order to the next segment', async () => {
    const { ends, run, state } = coordinating(candleSession())
    state.candles = candlesOf(RISING)
    ends({ kind: 'decision_due', snapshot }, {})
    await run()
    const [before, after] = state.segments
    expect([before?.engine === 'candles' && before.intents, state.asked.length]).toEqual([[], 1])
    expect(after?.engine === 'candles' && after.intents).toMatchObject([{ side: 'buy', purpose: 'entry' }])
  })

  test('does not repeat the orders of a segment that was lost', async () => {
    const { ends, run, state } = coordinating(candleSession())
    state.candles = candlesOf(RISING)
    ends({ kind: 'decision_due', snapshot }, lost('heartbeat_timeout'), {})
    await run()
    const sent = state.segments.map((each) => (each.engine === 'candles' ? each.intents.length : -1))
    expect(sent).toEqual([0, 1, 0])
  })

  test('without history nothing runs until it is there', async () => {
    const { effects, run, state } = coordinating(candleSession())
    const history = effects.history
    let failures = 2
    effects.history = (request) =>
      failures-- > 0 ? Promise.reject(new TypeError('weather')) : history(request)
    await run()
    expect([state.waits, state.segments.length]).toEqual([[500, 1_000], 1])
  })
})
