/** The hash of signatures is the reference's at every length around a block, and that of an independent implementation for any bytes. */
import { keccak_256 } from '@noble/hashes/sha3.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keccak256 } from './keccak.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test.each([
  ['', 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'],
  ['abc', '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45'],
])('"%s" as published', (text, digest) => {
  expect(hex(keccak256(Buffer.from(text)))).toBe(digest)
})

test('every length up to three blocks, so that the padding falls on each place', () => {
  for (let length = 0; length <= 3 * 136 + 1; length++) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 31 + length) % 256)
    expect(hex(keccak256(bytes)), `${length} bytes`).toBe(hex(keccak_256(bytes)))
  }
})

test('any bytes, and a digest is not changed by the next one', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
      const first = keccak256(bytes)
      const text = hex(first)
      keccak256(Uint8Array.of(1, 2, 3))
      expect(hex(first)).toBe(text)
      expect(text).toBe(hex(keccak_256(bytes)))
    }),
  )
})
