/** Tests of counting the time in which the tape was torn. */
import { expect, it } from 'vitest'
import { createOutages } from '#domain/traders/outages.ts'

it('counts only what lies after a moment, per coin', () => {
  const outages = createOutages()
  outages.note('BTC', 1_000, 2_000)
  outages.note('BTC', 5_000, 5_500)
  expect(outages.since('BTC', 0)).toBe(1_500)
  expect(outages.since('BTC', 1_400)).toBe(1_100)
  expect(outages.since('BTC', 2_000)).toBe(500)
  expect(outages.since('BTC', 5_500)).toBe(0)
  expect(outages.since('ETH', 0)).toBe(0)
})

it('counts overlapping tears once, and lets one grow while it lasts', () => {
  const outages = createOutages()
  outages.note('BTC', 1_000, 1_000)
  outages.note('BTC', 1_000, 3_000)
  outages.note('BTC', 2_000, 4_000)
  expect(outages.since('BTC', 0)).toBe(3_000)
  expect(outages.list()).toEqual([['BTC', 1_000, 4_000]])
})

it('keeps a bounded number', () => {
  const outages = createOutages()
  for (let at = 0; at < 1_000; at++) outages.note('BTC', at * 10, at * 10 + 1)
  expect(outages.list().length).toBe(200)
  expect(createOutages(outages.list()).list()).toEqual(outages.list())
})
