/** Bytes of one spool segment: a header that names table, columns and token, then frames of rows, each with its checksum. */
// Not here: files (spool.ts). One segment is one batch is one insert, so its rows are the same bytes however often it is sent.
import { crc32 } from 'node:zlib'
import { z } from 'zod'

const MAGIC = Buffer.from('HFS1')
/** Length of the content, its checksum, its rows. */
const PREFIX_BYTES = 12

const Header = z.object({
  table: z.string().regex(/^\w+$/),
  columns: z.array(z.string().regex(/^\w+$/)),
  /** insert_deduplication_token, decided before anything is sent. */
  token: z.string().min(1),
})
export type SegmentHeader = z.infer<typeof Header>

/** A segment as read back. */
export interface SegmentContent {
  header: SegmentHeader
  /** RowBinary, one piece per frame. */
  pieces: Buffer[]
  rows: number
  /** Bytes behind the last whole frame: what a crash tore off in the middle of a write. */
  tornBytes: number
}

/** First bytes of a segment. */
export const encodeHeader = (header: SegmentHeader): Buffer =>
  Buffer.concat([MAGIC, encodeFrame(Buffer.from(JSON.stringify(header)), 0)])

/** One frame: rows that were written together. */
export function encodeFrame(content: Buffer, rows: number): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + content.length)
  frame.writeUInt32LE(content.length, 0)
  frame.writeUInt32LE(crc32(content), 4)
  frame.writeUInt32LE(rows, 8)
  content.copy(frame, PREFIX_BYTES)
  return frame
}

/** Reads a segment up to the first frame that is not whole. Null when not even the header is. */
export function decodeSegment(bytes: Buffer): SegmentContent | null {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null
  const first = frameAt(bytes, MAGIC.length)
  const header = first && parseHeader(first.content)
  if (!first || !header) return null
  const pieces: Buffer[] = []
  let rows = 0
  let at = first.end
  for (let frame = frameAt(bytes, at); frame; frame = frameAt(bytes, at)) {
    pieces.push(frame.content)
    rows += frame.rows
    at = frame.end
  }
  return { header, pieces, rows, tornBytes: bytes.length - at }
}

function frameAt(bytes: Buffer, at: number): { content: Buffer; rows: number; end: number } | null {
  const start = at + PREFIX_BYTES
  if (start > bytes.length) return null
  const end = start + bytes.readUInt32LE(at)
  if (end > bytes.length) return null
  const content = bytes.subarray(start, end)
  if (crc32(content) !== bytes.readUInt32LE(at + 4)) return null
  return { content, rows: bytes.readUInt32LE(at + 8), end }
}

function parseHeader(content: Buffer): SegmentHeader | null {
  try {
    return Header.parse(JSON.parse(content.toString()))
  } catch {
    return null
  }
}
