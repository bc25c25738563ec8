/** Digits from the table are those of the number, with the zeros in front of it. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hex16, hex32 } from './hex.ts'

test('four and eight digits, also at both ends', () => {
  expect([hex16(0), hex16(0xffff), hex32(0), hex32(0xffff_ffff)]).toEqual([
    '0000',
    'ffff',
    '00000000',
    'ffffffff',
  ])
  fc.assert(
    fc.property(fc.nat(0xffff), fc.nat(0xffff_ffff), (short, long) => {
      expect(hex16(short)).toBe(short.toString(16).padStart(4, '0'))
      expect(hex32(long)).toBe(long.toString(16).padStart(8, '0'))
    }),
  )
})
