/** A segment is read back as it was written, and whatever a crash leaves of it is a prefix of whole frames. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeSegment, encodeFrame, encodeHeader } from '#clickhouse/writer/segment.ts'

const HEADER = { table: 'trades', columns: ['coin', 'ts'], token: 'life-1' }
const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 6 })
const segmentOf = (contents: readonly Uint8Array[]) =>
  Buffer.concat([encodeHeader(HEADER), ...contents.map((each, i) => encodeFrame(Buffer.from(each), i + 1))])

test('what was written is read: header, pieces in order, number of rows', () => {
  fc.assert(
    fc.property(frames, (contents) => {
      const read = decodeSegment(segmentOf(contents))
      expect(read?.header).toEqual(HEADER)
      expect(read?.pieces.map((piece) => [...piece])).toEqual(contents.map((each) => [...each]))
      expect(read?.rows).toBe((contents.length * (contents.length + 1)) / 2)
      expect(read?.tornBytes).toBe(0)
    }),
  )
})

test('cut anywhere, a segment gives the whole frames before the cut and nothing else', () => {
  fc.assert(
    fc.property(frames, fc.nat(), (contents, at) => {
      const whole = segmentOf(contents)
      const cut = at % (whole.length + 1)
      const read = decodeSegment(whole.subarray(0, cut))
      const headerBytes = encodeHeader(HEADER).length
      if (cut < headerBytes) {
        expect(read).toBeNull()
        return
      }
      let kept = 0
      let end = headerBytes
      for (const each of contents) {
        end += 12 + each.length
        if (end <= cut) kept++
      }
      expect(read?.pieces.map((piece) => [...piece])).toEqual(
        contents.slice(0, kept).map((each) => [...each]),
      )
    }),
  )
})

test('a flipped bit ends the segment before its frame: a damaged row is never sent', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 50 }),
      fc.nat(),
      fc.integer({ min: 0, max: 7 }),
      (content, at, bit) => {
        const whole = segmentOf([content])
        const headerBytes = encodeHeader(HEADER).length
        const place = headerBytes + 12 + (at % content.length)
        whole[place] = (whole[place] ?? 0) ^ (1 << bit)
        expect(decodeSegment(whole)).toMatchObject({ pieces: [], rows: 0 })
      },
    ),
  )
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['zeros, as a power cut leaves them', Buffer.alloc(4096)],
  ['another file', Buffer.from('hello, I am no segment')],
  ['a header that is no JSON', Buffer.concat([Buffer.from('HFS1'), encodeFrame(Buffer.from('{'), 0)])],
  [
    'a header that would be SQL',
    Buffer.concat([
      Buffer.from('HFS1'),
      encodeFrame(Buffer.from(JSON.stringify({ ...HEADER, table: 'x (a) VALUES (1); --' })), 0),
    ]),
  ],
])('%s is no segment', (_what, bytes) => {
  expect(decodeSegment(bytes)).toBeNull()
})
