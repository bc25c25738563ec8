/** Waiting wakes at once, never misses what came before, and never grows without bound. */
import { expect, test } from 'vitest'
import { systemClock } from '#config/clock.ts'
import type { AccountEvent } from '#domain/events.ts'
import { createEventWindow, LIMITS } from '#streamers/event-window.ts'

const never = new AbortController().signal
const event = (tid: number): AccountEvent => ({ kind: 'fill', tid }) as AccountEvent

test('an event that came before the wait ends it at once, and only once', async () => {
  const window = createEventWindow({ clock: systemClock })
  window.wakeMarket()
  window.wakeMarket()
  expect(await window.next(10_000, never)).toBe('market')
  expect(await window.next(1, never)).toBe('timeout')
})

test('an account event outranks market events that also came', async () => {
  const window = createEventWindow({ clock: systemClock })
  window.wakeMarket()
  window.push([event(1)])
  window.wakeMarket()
  expect(await window.next(10_000, never)).toBe('account')
})

test('a wait is ended by what happens during it', async () => {
  const window = createEventWindow({ clock: systemClock })
  const waiting = window.next(10_000, never)
  window.push([event(1), event(2)])
  expect(await waiting).toBe('account')
  expect(window.takeAccountEvents()).toEqual([event(1), event(2)])
  expect(window.takeAccountEvents()).toEqual([])
})

test('an abort ends a wait, before and during it', async () => {
  const window = createEventWindow({ clock: systemClock })
  expect(await window.next(10_000, AbortSignal.abort())).toBe('aborted')
  const stop = new AbortController()
  const waiting = window.next(10_000, stop.signal)
  stop.abort()
  expect(await waiting).toBe('aborted')
})

test('the stream counts as up only when it is up and nothing was dropped', () => {
  const window = createEventWindow({ clock: systemClock })
  expect(window.accountStreamUp()).toBe(false)
  window.setAccountStream(true)
  expect(window.accountStreamUp()).toBe(true)
  window.push(Array.from({ length: LIMITS.accountEventsMax }, (_, tid) => event(tid)))
  expect(window.accountStreamUp()).toBe(true)
  window.push([event(-1)])
  expect(window.accountStreamUp()).toBe(false)
  expect(window.takeAccountEvents()).toHaveLength(LIMITS.accountEventsMax)
  window.setAccountStream(true) // a new subscription repeats the past
  expect(window.accountStreamUp()).toBe(true)
})
