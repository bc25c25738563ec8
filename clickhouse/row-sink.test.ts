/** Values become the bytes ClickHouse expects, exactly; what a column cannot hold is refused. */
// Not here: that ClickHouse reads them back as they were (tests/clickhouse/tables.test.ts).
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidCellError, RowSink } from '#clickhouse/row-sink.ts'
import { formatFixed } from '#domain/fixed-point.ts'

const written = (write: (sink: RowSink) => void): Buffer => {
  const sink = new RowSink()
  write(sink)
  return Buffer.from(sink.filled())
}
const int64 = (text: string, places: 8 | 12 = 8) =>
  written((sink) => sink.decimal18(text, places)).readBigInt64LE()
const int128 = (text: string) => {
  const bytes = written((sink) => sink.decimal38(text, 8))
  return (bytes.readBigInt64LE(8) << 64n) | bytes.readBigUInt64LE(0)
}

describe('decimals', () => {
  test('every fixed value is written as the integer that it is', () => {
    const max = 10n ** 18n - 1n
    fc.assert(
      fc.property(fc.bigInt({ min: -max, max }), (value) => {
        expect(int64(formatFixed(value))).toBe(value)
        expect(int128(formatFixed(value))).toBe(value)
      }),
    )
  })

  test('small decimals of every length are exact', () => {
    const short = fc.tuple(fc.integer({ min: 0, max: 9_999_999 }), fc.stringMatching(/^\d{1,8}$/))
    fc.assert(
      fc.property(short, fc.boolean(), ([whole, fraction], negative) => {
        const text = `${negative ? '-' : ''}${whole}.${fraction}`
        const expected = BigInt(whole + fraction.padEnd(8, '0')) * (negative ? -1n : 1n)
        expect(int64(text)).toBe(expected)
      }),
    )
  })

  test.each([
    ['9999999999.99999999', 999_999_999_999_999_999n],
    ['-9999999999.99999999', -999_999_999_999_999_999n],
    ['90071992.54740991', 9_007_199_254_740_991n], // 2^53 - 1: the last one without big integers
    ['90071992.54740992', 9_007_199_254_740_992n],
    ['0.00000001', 1n],
    ['-0', 0n],
    ['1.50', 150_000_000n],
    ['1.500000000000', 150_000_000n], // zeros beyond the places are nothing
    ['000000000000000000001', 100_000_000n],
  ])('%s fits a Decimal(18, 8)', (text, expected) => {
    expect(int64(text)).toBe(expected)
  })

  test.each([
    '10000000000', // one digit too many
    '0.000000001', // ClickHouse would make it 0 without a word
    '123456.123456789',
    '',
    '-',
    '.',
    '1.',
    '.5',
    '1e5',
    '1,5',
    ' 1',
    '0x10',
    '1.2.3',
    '--1',
    'NaN',
    'Infinity',
    '１',
  ])('%j is refused by a Decimal(18, 8)', (text) => {
    expect(() => int64(text)).toThrow(InvalidCellError)
  })

  test('a sum holds what a price cannot, up to 30 digits before the point', () => {
    expect(int128('170043719297.20999145')).toBe(17_004_371_929_720_999_145n)
    expect(int128('-99999999999999999999.5')).toBe(-9_999_999_999_999_999_999_950_000_000n)
    expect(int128(`${'9'.repeat(30)}.99999999`)).toBe(10n ** 38n - 1n)
    expect(() => int128(`1${'0'.repeat(30)}`)).toThrow(InvalidCellError)
  })

  test('a rate keeps the ten decimals of the venue, and twelve at most', () => {
    expect(int64('-0.0002298729', 12)).toBe(-229_872_900n)
    expect(int64('0.000000000001', 12)).toBe(1n)
    expect(() => int64('0.0000000000001', 12)).toThrow(InvalidCellError)
    expect(int64('999999.999999999999', 12)).toBe(999_999_999_999_999_999n)
    expect(() => int64('1000000', 12)).toThrow(InvalidCellError)
  })
})

describe('whole numbers and texts', () => {
  test('every safe integer is written as Int64', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(written((sink) => sink.int64(value)).readBigInt64LE()).toBe(BigInt(value))
      }),
    )
  })

  test('texts carry their length in bytes, whatever letters they have', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        const bytes = written((sink) => sink.text(text))
        let size = 0
        let at = 0
        for (let shift = 0; ; shift += 7) {
          const byte = bytes[at++] ?? 0
          size |= (byte & 127) << shift
          if (byte < 128) break
        }
        expect(bytes.length).toBe(at + size)
        expect(bytes.subarray(at).toString()).toBe(Buffer.from(text).toString())
      }),
    )
  })

  test.each([0, 42, 43, 127, 128, 100_000])(
    'a text of %i three-byte letters keeps every letter',
    (length) => {
      const bytes = written((sink) => sink.text('€'.repeat(length)))
      expect(bytes.toString().endsWith('€'.repeat(length))).toBe(true)
    },
  )

  test('the buffer grows past its first size without losing what it holds', () => {
    const sink = new RowSink()
    for (let i = 0; i < 10_000; i++) sink.int64(i)
    expect(sink.length).toBe(80_000)
    expect(sink.filled().readBigInt64LE(79_992)).toBe(9_999n)
  })
})
