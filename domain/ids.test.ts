/** An order's name says whose it is, of which run and epoch; it is built once and read back exactly. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildCloid, hash32, isOwnCloid, isStaleCloid, parseCloid, sessionId } from './ids.ts'

const word = (digits: number) => fc.integer({ min: 0, max: 16 ** digits - 1 })
const anyParts = fc.record({ tag: word(8), epoch: word(4), seq: word(8), run: word(8), leg: word(4) })

test('build and parse are inverse, and the shape is the venue’s', () => {
  fc.assert(
    fc.property(anyParts, (parts) => {
      const cloid = buildCloid(parts)
      expect(cloid).toMatch(/^0x[0-9a-f]{32}$/)
      expect(parseCloid(cloid)).toEqual(parts)
    }),
  )
})

test('two orders that differ in any part have two names', () => {
  fc.assert(
    fc.property(anyParts, anyParts, (a, b) => {
      fc.pre(JSON.stringify(a) !== JSON.stringify(b))
      expect(buildCloid(a)).not.toBe(buildCloid(b))
    }),
  )
})

test.each([{ epoch: 65_536 }, { epoch: -1 }, { seq: 1.5 }, { leg: 70_000 }, { tag: 2 ** 32 }])(
  '%j does not fit and is a bug',
  (wrong) => {
    expect(() => buildCloid({ tag: 1, epoch: 1, seq: 1, run: 1, leg: 1, ...wrong })).toThrow(/must fit/)
  },
)

test.each(['', '0x', `0x${'g'.repeat(32)}`, `0x${'A'.repeat(32)}`, `0x${'0'.repeat(31)}`])(
  '"%s" is nobody’s name',
  (text) => {
    expect(parseCloid(text)).toBeNull()
  },
)

test('own means this session; stale means this session but another run or epoch', () => {
  const session = sessionId('paper', 'a')
  const tag = hash32(session)
  const mine = buildCloid({ tag, epoch: 3, seq: 1, run: 7, leg: 0 })
  expect(isOwnCloid(mine, session)).toBe(true)
  expect(isOwnCloid(mine, sessionId('paper', 'b'))).toBe(false)
  expect(isStaleCloid(mine, session, { run: 7, epoch: 3 })).toBe(false)
  expect(isStaleCloid(mine, session, { run: 7, epoch: 4 })).toBe(true)
  expect(isStaleCloid(mine, session, { run: 8, epoch: 3 })).toBe(true)
  expect(isStaleCloid(mine, sessionId('live', 'a'), { run: 8, epoch: 4 })).toBe(false)
})

test('the digest is the published FNV-1a: it must never change, or sessions lose their orders', () => {
  expect(hash32('')).toBe(0x811c9dc5)
  expect(hash32('a')).toBe(0xe40c292c)
  expect(hash32('foobar')).toBe(0xbf9cf968)
})
