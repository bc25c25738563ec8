/** Restarts within an hour: the worked example, both edges of the hour, and what a session does that has to wait. */
import { describe, expect, test } from 'vitest'
import { MINUTE_MS } from '#domain/time.ts'
import { bookOf, fakeEffects, makerSession } from '#tests/support/session-effects.ts'
import { START_TS } from '#tests/support/session-ports.ts'
import { openBook, resumeState } from './book.ts'
import { runSession } from './control.ts'
import { SegmentLostError } from './effects.ts'
import { restartDueTs, restartsOfHour } from './restarts.ts'
import type { SegmentOutcome } from './types.ts'
import { createWishBox } from './wishes.ts'

const minutes = (...at: number[]): number[] => at.map((minute) => minute * MINUTE_MS)

/**
 * A session whose segments are lost after so many minutes each, one after the other; then one that lives until it is stopped.
 * `began` are the minutes at which segments began. With `safe` they end themselves, because their lease did.
 */
async function losing(
  lostAtMin: readonly number[],
  change: Record<string, unknown>,
  act?: (at: ReturnType<typeof fakeEffects>) => void,
  safe = false,
) {
  const fakes = fakeEffects()
  const { state, wishes, effects } = fakes
  const began: number[] = []
  const left = [...lostAtMin]
  state.segment = async ({ checkpoint }): Promise<SegmentOutcome> => {
    began.push((state.nowTs - START_TS) / MINUTE_MS)
    const lost = left.shift()
    if (lost === undefined) {
      wishes.askStop({ reason: 'enough' })
      return { kind: 'rotated', reason: 'age', checkpoint }
    }
    state.nowTs = Math.max(state.nowTs, START_TS + lost * MINUTE_MS)
    if (safe) return { kind: 'safe', reason: 'lease_expired', checkpoint }
    throw new SegmentLostError('heartbeat_timeout', checkpoint, 'unit')
  }
  act?.(fakes)
  const end = await runSession(makerSession(change), effects, wishes)
  return { began: began.map((at) => Math.floor(at)), ...fakes, end }
}

test('an hour holds what began less than an hour ago', () => {
  expect(restartsOfHour(minutes(0, 10), 60 * MINUTE_MS - 1)).toEqual(minutes(0, 10))
  expect(restartsOfHour(minutes(0, 10), 60 * MINUTE_MS)).toEqual(minutes(10))
})

test('the next is due when the oldest of the last so many leaves the hour, and at once without a limit', () => {
  const five = minutes(10, 12, 14, 16, 18)
  expect(restartDueTs(five, 20 * MINUTE_MS, 5)).toBe(70 * MINUTE_MS)
  expect(restartDueTs(five, 20 * MINUTE_MS, 6)).toBe(20 * MINUTE_MS)
  expect(restartDueTs(five, 20 * MINUTE_MS, 2)).toBe(76 * MINUTE_MS)
  expect(restartDueTs(five, 20 * MINUTE_MS, undefined)).toBe(20 * MINUTE_MS)
})

describe('worked example 11 of session PnL (003 §8)', () => {
  test('asked at minutes 10, 12, 14, 16, 18, 20, 70, 71, 72 with five an hour: yes ×5, no, yes, no, yes', () => {
    let restarts: readonly number[] = []
    const answers = minutes(10, 12, 14, 16, 18, 20, 70, 71, 72).map((ts) => {
      const may = restartDueTs(restarts, ts, 5) === ts
      if (may) restarts = [...restarts, ts]
      return may
    })
    expect(answers).toEqual([true, true, true, true, true, false, true, false, true])
  })

  test('a session that loses its segments then: the sixth begins at 70, the one lost at 71 is followed at 72', async () => {
    const { began, state } = await losing([10, 12, 14, 16, 18, 20, 71], { restarts_per_hour_max: 5 })
    expect(began).toEqual([0, 10, 12, 14, 16, 18, 70, 72])
    const held = state.published.map(({ last_decision }) => last_decision?.reason)
    expect(held).toContain('RESTART_LIMIT')
    expect(state.published.some(({ reason }) => reason.startsWith('lost 5 segments within an hour'))).toBe(
      true,
    )
  })

  test('without a limit each is followed at once, with a fence before it', async () => {
    const { began, state } = await losing([10, 12, 14, 16, 18, 20, 71], {})
    expect(began).toEqual([0, 10, 12, 14, 16, 18, 20, 71])
    expect(state.fences).toHaveLength(8)
  })
})

describe('a session that waits for its hour', () => {
  const LIMIT = { restarts_per_hour_max: 1 }

  test('has fenced before the wait, so that no quote is left, and fences again behind it', async () => {
    const { began, state } = await losing([10, 20], LIMIT)
    expect(began).toEqual([0, 10, 70])
    expect(state.fences).toHaveLength(4)
    expect(state.segments.at(-1)?.epoch).toBe(4)
  })

  test('stops when it is told to, without another segment', async () => {
    const { began, state, end } = await losing([10, 20], LIMIT, ({ state: at, wishes }) => {
      at.meanwhile = [() => wishes.askStop({ reason: 'told' })]
    })
    expect(began).toEqual([0, 10])
    expect(state.closes.length).toBeGreaterThan(0)
    expect(end).toMatchObject({ kind: 'closed', report: { reason: 'told' } })
  })

  test('goes on waiting after a pause that came and went', async () => {
    const { began, state } = await losing([10, 20], LIMIT, ({ state: at, wishes }) => {
      at.meanwhile = [() => wishes.askPause(), () => wishes.askResume()]
    })
    expect(began).toEqual([0, 10, 70])
    const told = state.published.flatMap(({ last_decision }) => last_decision ?? [])
    expect(new Set(told.filter(({ reason }) => reason === 'RESTART_LIMIT').map(({ seq }) => seq)).size).toBe(
      1,
    )
  })

  test('counts segments that ended themselves like lost ones', async () => {
    expect((await losing([10, 20], LIMIT, undefined, true)).began).toEqual([0, 10, 70])
  })

  test('remembers its hour when it continues as new', () => {
    const input = makerSession(LIMIT)
    const box = createWishBox('flatten')
    const was = bookOf(input, { restarts: minutes(10) })
    const start = { sessionId: was.sessionId, run: was.run, now: 20 * MINUTE_MS, quietMs: 0 }
    expect(openBook(input, start, resumeState(was, box)).restarts).toEqual(minutes(10))
  })
})
