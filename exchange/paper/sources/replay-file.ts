/** Reads recordings of the exchange's frames, plain or gzipped, in the shapes that recorders write. */
// Not here: pace and delivery (replay.ts).
//
// Shapes, one JSON object a line: {recv_ms, channel, data} · {received_wall_ns, channel, data} · {channel, data}.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { HoldfastError } from '#domain/errors.ts'
import type { EpochMs } from '#domain/time.ts'
import type { SourceEvent, WireLevel, WireTrade } from '#exchange/paper/sources/source.ts'

const ZERO_ADDRESS = `0x${'0'.repeat(40)}`
const ZERO_HASH = `0x${'0'.repeat(64)}`

/** One recorded frame of a market channel, made whole where the recorder left fields out. */
export interface RecordedFrame {
  /** When it was received; the frame's own time where the recorder did not say. */
  receivedMs: number
  event: SourceEvent
}

type Json = Record<string, unknown>

function level(raw: Json): WireLevel {
  // A recorder without order counts left `n` out: 0 stands for "not said".
  return { px: String(raw.px), sz: String(raw.sz), n: typeof raw.n === 'number' ? raw.n : 0 }
}

function trade(raw: Json): WireTrade {
  const users =
    Array.isArray(raw.users) && raw.users.length === 2 ? raw.users.map(String) : [ZERO_ADDRESS, ZERO_ADDRESS]
  return {
    coin: String(raw.coin),
    side: raw.side === 'B' ? 'B' : 'A',
    px: String(raw.px),
    sz: String(raw.sz),
    time: Number(raw.time),
    hash: typeof raw.hash === 'string' ? raw.hash : ZERO_HASH,
    tid: Number(raw.tid),
    users: users as [string, string],
  }
}

function eventOf(channel: unknown, data: unknown): SourceEvent | null {
  if (channel === 'trades' && Array.isArray(data)) {
    return data.length > 0 ? { kind: 'trades', trades: (data as Json[]).map(trade) } : null
  }
  const fields = data as Json
  if (channel === 'l2Book') {
    const [bids, asks] = fields.levels as [Json[], Json[]]
    return {
      kind: 'book',
      coin: String(fields.coin),
      ts: Number(fields.time),
      bids: bids.map(level),
      asks: asks.map(level),
    }
  }
  if (channel === 'bbo') {
    const [bid, ask] = fields.bbo as [Json | null, Json | null]
    return {
      kind: 'bbo',
      coin: String(fields.coin),
      ts: Number(fields.time),
      bid: bid && level(bid),
      ask: ask && level(ask),
    }
  }
  return null
}

const timeOf = (event: SourceEvent): EpochMs =>
  event.kind === 'trades' ? (event.trades.at(-1)?.time ?? 0) : event.ts

/** One line of a recording; null for other channels. @throws SyntaxError or TypeError on a broken line */
export function parseRecordedLine(line: string): RecordedFrame | null {
  const raw = JSON.parse(line) as Json
  const event = eventOf(raw.channel, raw.data)
  if (!event) return null
  const receivedMs =
    typeof raw.recv_ms === 'number'
      ? raw.recv_ms
      : typeof raw.received_wall_ns === 'number'
        ? raw.received_wall_ns / 1e6
        : timeOf(event)
  return { receivedMs, event }
}

/** Frames of a recording in order. Broken lines are counted by `onFault` and left out. @throws HoldfastError when the file cannot be read */
export async function* readRecording(
  file: string,
  onFault: (line: number, error: unknown) => void,
): AsyncGenerator<RecordedFrame> {
  const raw = createReadStream(file)
  const stream = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw
  let failure: unknown = null
  raw.on('error', (error) => {
    failure = error
    if (stream !== raw) stream.destroy()
  })
  let number = 0
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++
      if (line === '') continue
      let frame: RecordedFrame | null
      try {
        frame = parseRecordedLine(line)
      } catch (error) {
        onFault(number, error)
        continue
      }
      if (frame) yield frame
    }
  } catch (error) {
    failure ??= error
  }
  if (failure) {
    throw new HoldfastError(`recording ${file} cannot be read`, {
      code: 'RECORDING_UNREADABLE',
      retryable: false,
      hint: 'check the path after replay: and that the file is .jsonl or .jsonl.gz',
      cause: failure,
    })
  }
}
