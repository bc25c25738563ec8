/** A market is as old as real time, its speed, or its way up from the past says. */
import { expect, test } from 'vitest'
import { marketAge } from '#exchange/paper/sources/market-age.ts'

const HOUR = 3_600_000
const letGoTs = Date.UTC(2026, 10, 21, 12)
const base = { letGoTs, speed: 1, standsAtMs: 0, fromPast: false }

test('in real time it is as old as the time since its first step, also after it was away', () => {
  const age = marketAge({ ...base, startTs: letGoTs - HOUR, standsAtMs: 10_000 })
  expect(age.at(letGoTs)).toBe(HOUR)
  expect(age.missed(letGoTs)).toBe(HOUR)
  expect(age.at(letGoTs + 5_000)).toBe(HOUR + 5_000)
})

test('accelerated it runs ahead of the present, and catching up is never chased by the acceleration', () => {
  const age = marketAge({ ...base, startTs: letGoTs - 30_000, speed: 1_000 })
  expect(age.at(letGoTs + 1_000)).toBe(30_000 + 1_000_000)
  expect(age.missed(letGoTs + 1_000)).toBe(30_000 + 1_000)
})

test('a market that ran ahead goes on where it stood, not when the present has come that far', () => {
  const age = marketAge({ ...base, startTs: letGoTs - HOUR, standsAtMs: 24 * HOUR, speed: 10 })
  expect(age.at(letGoTs)).toBe(24 * HOUR)
  expect(age.at(letGoTs + 1_000)).toBe(24 * HOUR + 10_000)
})

test('from the past it runs at its speed up to the present, then in real time; nothing of it is missed', () => {
  const age = marketAge({ ...base, startTs: letGoTs - 24 * HOUR, speed: 3_600, fromPast: true })
  expect(age.missed(letGoTs)).toBe(0)
  expect(age.at(letGoTs + 1_000)).toBe(HOUR)
  expect(age.at(letGoTs + 24_000)).toBe(24 * HOUR)
  expect(age.at(letGoTs + 60_000)).toBe(24 * HOUR + 60_000)
})

test('from the past, stopped on the way, it goes on from where it stopped', () => {
  const age = marketAge({
    ...base,
    startTs: letGoTs - 24 * HOUR,
    standsAtMs: 20 * HOUR,
    speed: 3_600,
    fromPast: true,
  })
  expect(age.at(letGoTs)).toBe(20 * HOUR)
  expect(age.at(letGoTs + 2_000)).toBe(22 * HOUR)
})
