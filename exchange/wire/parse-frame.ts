/** One WebSocket frame → events of domain/events.ts: the only place where the venue's words end. Shared by recorder, worker and tests. */
// Not here: the fast readers of the three hot channels (scan-frame.ts), the checked readers (market-frames.ts, account-frames.ts).
import { describeError, HoldfastError } from '#domain/errors.ts'
import type { EpochMs } from '#domain/time.ts'
import { readAccountFrame } from '#exchange/wire/account-frames.ts'
import { MalformedFrameError, sampleOf, UnknownChannelError } from '#exchange/wire/errors.ts'
import {
  ACCOUNT_CHANNELS,
  MARKET_CHANNELS,
  type ParsedFrame,
  UNUSED_CHANNELS,
} from '#exchange/wire/frames.ts'
import { readMarketFrame } from '#exchange/wire/market-frames.ts'
import { type Fields, readFields, readText, readWhole } from '#exchange/wire/read-value.ts'
import { scanFrame } from '#exchange/wire/scan-frame.ts'

/** What the real server greets an unnamed socket with, as plain text. */
const GREETING = 'Websocket connection established.'
const PONG: ParsedFrame = { kind: 'pong' }

const READERS: ReadonlyMap<string, (channel: string, data: unknown, receivedTs: EpochMs) => ParsedFrame> =
  new Map([
    ...MARKET_CHANNELS.map((channel) => [channel, readMarketFrame] as const),
    ...ACCOUNT_CHANNELS.map((channel) => [channel, readAccountFrame] as const),
    ['subscriptionResponse', readAcknowledgement] as const,
    ['error', readRefusal] as const,
    ['post', readPost] as const,
    ['pong', () => PONG] as const,
    ...[...UNUSED_CHANNELS].map(
      (channel) => [channel, (): ParsedFrame => ({ kind: 'unused', channel })] as const,
    ),
  ])

/**
 * Reads one frame. A frame is taken whole or refused whole; unknown extra fields do not refuse it.
 * @param receivedTs when it arrived, epoch ms; stamped on every event
 * @throws MalformedFrameError, UnknownChannelError and nothing else, whatever the text is; neither is fatal: count it and go on
 */
export function parseFrame(raw: string, receivedTs: EpochMs): ParsedFrame {
  const scanned = scanFrame(raw, receivedTs)
  if (scanned) return scanned
  return parseFrameChecked(raw, receivedTs)
}

/** The same without the fast readers: general JSON, every field checked. The fast path must agree with it; a test compares them. */
export function parseFrameChecked(raw: string, receivedTs: EpochMs): ParsedFrame {
  if (raw.startsWith(GREETING)) return { kind: 'unused', channel: 'greeting' }
  let frame: unknown
  try {
    frame = JSON.parse(raw)
  } catch (error) {
    throw new MalformedFrameError({
      channel: '',
      path: '',
      found: JSON.stringify(sampleOf(raw)),
      expected: 'JSON',
      cause: error,
    })
  }
  const { channel, data } = readFields(frame, '', '')
  const name = readText(channel, '', 'channel')
  const read = READERS.get(name)
  if (!read) throw new UnknownChannelError(name)
  try {
    return read(name, data, receivedTs)
  } catch (error) {
    if (error instanceof HoldfastError) throw error
    throw new MalformedFrameError({
      channel: name,
      path: 'data',
      found: describeError(error),
      expected: 'a readable frame',
      cause: error,
    })
  }
}

function readAcknowledgement(channel: string, data: unknown): ParsedFrame {
  const { method, subscription } = readFields(data, channel, 'data')
  if (method !== 'subscribe' && method !== 'unsubscribe') {
    throw new MalformedFrameError({
      channel,
      path: 'data.method',
      found: JSON.stringify(method) ?? 'nothing',
      expected: 'subscribe or unsubscribe',
    })
  }
  return {
    kind: 'acknowledged',
    method,
    subscription: readFields(subscription, channel, 'data.subscription'),
  }
}

/** `Already subscribed: {json}`, `Invalid subscription {json}` … : the text, and what it repeats. */
function readRefusal(channel: string, data: unknown): ParsedFrame {
  const message = readText(data, channel, 'data', 100_000)
  const brace = message.indexOf('{')
  let subscription: Fields | null = null
  if (brace >= 0) {
    try {
      const echoed = readFields(JSON.parse(message.slice(brace)), channel, 'data')
      subscription = typeof echoed.subscription === 'object' ? (echoed.subscription as Fields | null) : echoed
    } catch {
      subscription = null // the text repeats something that is no JSON; the text itself is enough
    }
  }
  return { kind: 'refused', message, subscription }
}

function readPost(channel: string, data: unknown): ParsedFrame {
  const { id, response } = readFields(data, channel, 'data')
  return { kind: 'post', id: readWhole(id, channel, 'data.id'), response }
}
