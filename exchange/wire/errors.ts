/** What goes wrong when words of the venue are read: typed, never fatal by themselves, with path and sample. */
// Not here: what is done about them; feeds count and sample them (streamers/frame-faults.ts).
import { HoldfastError } from '#domain/errors.ts'

/** Longest piece of a foreign message that an error repeats, characters. */
const SAMPLE_CHARS_MAX = 160

export const sampleOf = (raw: string): string =>
  raw.length > SAMPLE_CHARS_MAX ? `${raw.slice(0, SAMPLE_CHARS_MAX)}…` : raw

/** A WebSocket frame, or one field of it, has not the shape that the wire contract gives. The frame is dropped as a whole. */
export class MalformedFrameError extends HoldfastError {
  constructor(fault: { channel: string; path: string; found: string; expected: string; cause?: unknown }) {
    const place = [fault.channel, fault.path].filter((part) => part !== '').join(' ')
    super(`${place || 'frame'}: found ${fault.found}, expected ${fault.expected}`, {
      code: 'MALFORMED_FRAME',
      retryable: false,
      hint: 'compare the sample in the log with the wire contract; the venue may have changed a field',
      details: { channel: fault.channel, path: fault.path, found: fault.found },
      ...(fault.cause === undefined ? {} : { cause: fault.cause }),
    })
  }
}

/** A frame of a channel that nobody here knows. */
export class UnknownChannelError extends HoldfastError {
  constructor(channel: string) {
    super(`unknown channel ${JSON.stringify(channel.slice(0, 60))}`, {
      code: 'UNKNOWN_CHANNEL',
      retryable: false,
      hint: 'add the channel to exchange/wire/frames.ts, or stop subscribing to it',
      details: { channel: channel.slice(0, 60) },
    })
  }
}

/** An answer of POST /info has not the shape that the wire contract gives. */
export class MalformedAnswerError extends HoldfastError {
  constructor(fault: { request: string; path: string; found: string; expected: string; cause?: unknown }) {
    super(
      `answer to ${fault.request}: ${fault.path || '(root)'}: found ${fault.found}, expected ${fault.expected}`,
      {
        code: 'MALFORMED_ANSWER',
        retryable: false,
        hint: 'check that HOLDFAST_EXCHANGE_URL is a Hyperliquid API and compare its answer with the wire contract',
        details: { request: fault.request, path: fault.path, found: fault.found },
        ...(fault.cause === undefined ? {} : { cause: fault.cause }),
      },
    )
  }
}
