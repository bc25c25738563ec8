/** Nonces: once each, in any order, above the smallest of the hundred highest, within two days back and one ahead. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createNonces, NONCE_RULES } from '#exchange/paper/nonces.ts'

const NOW = 1_790_000_000_000

test.each([
  { ago: NONCE_RULES.pastMs, fault: 'too low' },
  { ago: NONCE_RULES.pastMs - 1, fault: null },
  { ago: -(NONCE_RULES.futureMs - 1), fault: null },
  { ago: -NONCE_RULES.futureMs, fault: 'too high' },
])('a nonce $ago ms old: $fault', ({ ago, fault }) => {
  const found = createNonces().fault('0xa', NOW - ago, NOW)
  if (fault === null) expect(found).toBeNull()
  else expect(found).toContain(fault)
})

test('whatever the order, a nonce passes exactly when it is unused and above the smallest of the hundred highest', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 400 }), (offsets) => {
      const nonces = createNonces()
      const used: number[] = []
      for (const offset of offsets) {
        const nonce = NOW + offset
        const highest = [...used].sort((a, b) => b - a).slice(0, NONCE_RULES.kept)
        const passes =
          !highest.includes(nonce) &&
          (highest.length < NONCE_RULES.kept || nonce > (highest.at(-1) as number))
        expect(nonces.fault('0xa', nonce, NOW) === null).toBe(passes)
        if (passes) {
          nonces.use('0xa', nonce)
          used.push(nonce)
        }
      }
    }),
    { numRuns: 50 },
  )
})

test('signers do not share nonces', () => {
  const nonces = createNonces()
  nonces.use('0xa', NOW)
  expect(nonces.fault('0xa', NOW, NOW)).toBe(`Invalid nonce: duplicate nonce ${NOW}`)
  expect(nonces.fault('0xb', NOW, NOW)).toBeNull()
})
