/** Fast readers of the three hot channels: the venue's own field order straight from the text, without JSON.parse. */
// Not here: every other shape; null hands the frame to the checked reader (market-frames.ts), which alone may refuse one.
import type { BboEvent, BookEvent, BookLevel, Side, TradeEvent } from '#domain/events.ts'
import type { EpochMs } from '#domain/time.ts'
import type { ParsedFrame } from '#exchange/wire/frames.ts'

const QUOTE = 34
const COMMA = 44
const MINUS_ONE = -1
const BACKSLASH = 92
const CLOSE_BRACKET = 93
const CLOSE_BRACE = 125

const BBO_HEAD = '{"channel":"bbo","data":{"coin":"'
const BOOK_HEAD = '{"channel":"l2Book","data":{"coin":"'
const TRADES_HEAD = '{"channel":"trades","data":['

// One frame is read at a time and nothing here waits, so the cursor may live in the module: passing it around costs a third of the speed.
let text = ''
let at = 0
/** Set when the text leaves the known shape; every reader then returns at once and its result is thrown away. */
let isOff = false

/**
 * Reads a trades, l2Book or bbo frame that looks exactly as the venue writes it.
 * @returns null for anything else: other channels, other field orders, unknown fields, faults
 */
export function scanFrame(raw: string, receivedTs: EpochMs): ParsedFrame | null {
  text = raw
  at = 0
  isOff = false
  let frame: ParsedFrame | null = null
  if (raw.startsWith(BBO_HEAD)) frame = scanBbo(receivedTs)
  else if (raw.startsWith(BOOK_HEAD)) frame = scanBook(receivedTs)
  else if (raw.startsWith(TRADES_HEAD)) frame = scanTrades(receivedTs)
  text = '' // a long frame must not live on in the module
  return isOff ? null : frame
}

function scanBbo(receivedTs: EpochMs): ParsedFrame {
  at = BBO_HEAD.length
  const coin = name()
  skip(',"time":')
  const ts = whole()
  skip(',"bbo":[')
  const bid = levelOrNull()
  skip(',')
  const ask = levelOrNull()
  skip(']}}')
  end()
  const event: BboEvent = { kind: 'bbo', coin, ts, bid, ask, receivedTs }
  return { kind: 'market', channel: 'bbo', events: [event] }
}

function scanBook(receivedTs: EpochMs): ParsedFrame {
  at = BOOK_HEAD.length
  const coin = name()
  skip(',"time":')
  const ts = whole()
  skip(',"levels":[')
  const bids = side()
  skip(',')
  const asks = side()
  skip(']}}')
  end()
  const event: BookEvent = { kind: 'book', coin, ts, bids, asks, receivedTs }
  return { kind: 'market', channel: 'l2Book', events: [event] }
}

function scanTrades(receivedTs: EpochMs): ParsedFrame {
  at = TRADES_HEAD.length
  const events: TradeEvent[] = []
  for (;;) {
    events.push(trade(receivedTs))
    if (isOff || text.charCodeAt(at) !== COMMA) break
    at++
  }
  skip(']}')
  end()
  return { kind: 'market', channel: 'trades', events }
}

function trade(receivedTs: EpochMs): TradeEvent {
  skip('{"coin":"')
  const coin = name()
  skip(',"side":"')
  const side: Side = text.charCodeAt(at) === 66 ? 'buy' : 'sell'
  if (side === 'sell' && text.charCodeAt(at) !== 65) isOff = true
  at++
  skip('","px":"')
  const px = amount()
  skip(',"sz":"')
  const sz = amount()
  skip(',"time":')
  const ts = whole()
  const hash = tryskip(',"hash":"') ? hex(66) : ''
  skip(',"tid":')
  const tid = whole()
  let buyer = ''
  let seller = ''
  if (tryskip(',"users":["')) {
    buyer = hex(42)
    skip(',"')
    seller = hex(42)
    skip(']')
  }
  skip('}')
  return { kind: 'trade', coin, ts, tid, side, px, sz, hash, buyer, seller, receivedTs }
}

function side(): BookLevel[] {
  const levels: BookLevel[] = []
  skip('[')
  if (text.charCodeAt(at) === CLOSE_BRACKET) {
    at++
    return levels
  }
  for (;;) {
    levels.push(level())
    const next = text.charCodeAt(at++)
    if (next === COMMA && !isOff) continue
    if (next !== CLOSE_BRACKET) isOff = true
    return levels
  }
}

function levelOrNull(): BookLevel | null {
  return tryskip('null') ? null : level()
}

function level(): BookLevel {
  skip('{"px":"')
  const px = amount()
  skip(',"sz":"')
  const sz = amount()
  if (text.charCodeAt(at) === CLOSE_BRACE) {
    at++
    return { px, sz, n: 0 }
  }
  skip(',"n":')
  const n = whole()
  skip('}')
  return { px, sz, n }
}

/** Goes past a text that must stand here. */
function skip(expected: string): void {
  if (text.startsWith(expected, at)) at += expected.length
  else isOff = true
}

function tryskip(expected: string): boolean {
  if (!text.startsWith(expected, at)) return false
  at += expected.length
  return true
}

function end(): void {
  if (at !== text.length) isOff = true
}

/** A short text up to its closing quote, which is passed; escapes and control characters are not read here. */
function name(): string {
  const from = at
  for (;;) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) break
    // NaN at the end of the text fails this comparison too.
    if (!(code >= 32) || code === BACKSLASH) {
      isOff = true
      return ''
    }
    at++
  }
  const length = at - from
  if (length === 0 || length > 64) isOff = true
  return text.slice(from, at++)
}

/** A decimal text ≥ 0 with at most 8 decimals, up to its closing quote, which is passed. */
function amount(): string {
  const from = at
  let point = MINUS_ONE
  for (;;) {
    const code = text.charCodeAt(at)
    if (code >= 48 && code <= 57) at++
    else if (code === 46 && point < 0) point = at++
    else if (code === QUOTE) break
    else {
      isOff = true
      return ''
    }
  }
  const wholeDigits = (point < 0 ? at : point) - from
  const decimals = point < 0 ? MINUS_ONE : at - point - 1
  if (wholeDigits < 1 || wholeDigits > 28 || decimals === 0 || decimals > 8) isOff = true
  return text.slice(from, at++)
}

/** A whole number below 2^53 without leading zero; trade ids have up to 16 digits. */
function whole(): number {
  const from = at
  let value = 0
  for (;;) {
    const digit = text.charCodeAt(at) - 48
    if (!(digit >= 0 && digit <= 9)) break
    value = value * 10 + digit
    at++
  }
  const digits = at - from
  if (digits === 0 || digits > 16 || value > Number.MAX_SAFE_INTEGER) isOff = true
  if (digits > 1 && text.charCodeAt(from) === 48) isOff = true
  return value
}

/** 0x and lower-case hex digits of a known length, up to the closing quote, which is passed. */
function hex(length: number): string {
  const from = at
  const until = at + length
  if (text.charCodeAt(at) !== 48 || text.charCodeAt(at + 1) !== 120 || text.charCodeAt(until) !== QUOTE) {
    isOff = true
    return ''
  }
  for (let i = from + 2; i < until; i++) {
    const code = text.charCodeAt(i)
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) {
      isOff = true
      return ''
    }
  }
  at = until + 1
  return text.slice(from, until)
}
