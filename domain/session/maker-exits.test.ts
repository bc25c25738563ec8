/** Exits at the venue: reduce-only alone, journaled with their reason, and a machine that goes on in the next segment. */
import { expect, test } from 'vitest'
import { makerStage } from '#tests/support/maker-stage.ts'

test('every exit order is reduce-only and says what it is for', async () => {
  const stage = await makerStage(
    { bailout_enabled: true, flatten_chunk_usd: 100, max_per_coin_notional: 500 },
    { before: ({ hold }) => hold('12') },
  )
  await stage.advance(8_000)
  const exits = stage.intents.filter(({ purpose }) => purpose === 'exit')
  expect(exits.length).toBeGreaterThan(2)
  expect(exits.every(({ reduce_only }) => reduce_only)).toBe(true)
})

test('a bailout’s timer goes on in the next segment', async () => {
  const knobs = { bailout_enabled: true, bailout_full_max_s: 10, min_spread_bps: 50 }
  const first = await makerStage(knobs, {
    before: ({ hold }) => hold('5'),
    input: { rotate_after_ms: 6_000 },
  })
  first.trade(9_990, 9_992)
  await first.advance(9_000)
  if (first.outcome === null) throw new TypeError('the first segment has not ended')
  const { checkpoint } = first.outcome
  const since = first.memory().exits.SIM?.bailout.sinceTs
  expect(since).toBeTypeOf('number')
  const next = await makerStage(knobs, {
    input: { checkpoint },
    before: (stage) => {
      stage.hold('5')
      stage.trade(9_990, 9_992)
    },
  })
  expect(next.memory().exits.SIM?.bailout.sinceTs).toBe(since)
})
