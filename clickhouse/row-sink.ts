/** A growing buffer that rows are encoded into as RowBinary: little-endian numbers, exact decimals, UTF-8 texts. */
// Why RowBinary: measured on recorded ticks it is encoded 4 times and inserted 1.2 to 1.6 times as fast as JSON rows, and a
// batch that is sent again is recognised by its token however the server cuts it into blocks.
import { HoldfastError } from '#domain/errors.ts'

/** A value that its column cannot hold: the row is refused, its neighbours are not. */
export class InvalidCellError extends HoldfastError {
  constructor(type: string, value: unknown) {
    super(`${String(JSON.stringify(value)).slice(0, 80)} does not fit a ${type} column`, {
      code: 'INVALID_CELL',
      retryable: false,
      hint: 'look for the row in the quarantine folder of the spool; correct the code that made it',
    })
  }
}

const TWO_32 = 4_294_967_296
const START_BYTES = 16 * 1024
/** Digits that a double holds exactly whatever they are. */
const SAFE_DIGITS = 15
const SCALE = [1, 10, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12] as const
/** Decimal(18, …) and Decimal(38, …) are declared for so many digits; their integers would take a little more. */
const DECIMAL18_MAX = 10n ** 18n - 1n
const DECIMAL38_MAX = 10n ** 38n - 1n

const DOT = 46
const MINUS = 45
const ZERO = 48

export class RowSink {
  buffer = Buffer.allocUnsafe(START_BYTES)
  /** Bytes filled so far. */
  length = 0

  /** Everything filled so far; valid until the next write. */
  filled(): Buffer {
    return this.buffer.subarray(0, this.length)
  }

  uint8(value: number): void {
    this.room(1)
    this.buffer[this.length++] = value
  }

  uint32(value: number): void {
    this.room(4)
    this.length = this.buffer.writeUInt32LE(value, this.length)
  }

  /** Any whole number that a double holds exactly, also a negative one. */
  int64(value: number): void {
    this.room(8)
    const high = Math.floor(value / TWO_32)
    this.buffer.writeUInt32LE(value - high * TWO_32, this.length)
    this.buffer.writeInt32LE(high, this.length + 4)
    this.length += 8
  }

  bigInt64(value: bigint): void {
    this.room(8)
    this.length = this.buffer.writeBigInt64LE(value, this.length)
  }

  float64(value: number): void {
    this.room(8)
    this.length = this.buffer.writeDoubleLE(value, this.length)
  }

  /** LEB128, as lengths are written. */
  size(value: number): void {
    this.room(5)
    let rest = value
    while (rest > 127) {
      this.buffer[this.length++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.buffer[this.length++] = rest
  }

  text(value: string): void {
    // Most texts are short and plain: their length is known before they are encoded.
    this.room(value.length * 3 + 5)
    const bytes = value.length < 43 ? this.shortText(value) : -1
    if (bytes >= 0) return
    this.size(Buffer.byteLength(value))
    this.length += this.buffer.write(value, this.length)
  }

  /** At most 42 characters are at most 126 bytes: one byte of length, patched afterwards. */
  private shortText(value: string): number {
    const bytes = this.buffer.write(value, this.length + 1)
    this.buffer[this.length] = bytes
    this.length += bytes + 1
    return bytes
  }

  /** A decimal text × 10^places as Int64, for Decimal(18, places). @throws InvalidCellError */
  decimal18(value: string, places: 8 | 12): void {
    const scaled = scaledNumber(value, places)
    if (scaled !== null) this.int64(scaled)
    else this.bigInt64(scaledBigInt(value, places, DECIMAL18_MAX))
  }

  /** A decimal text × 10^places as Int128, for Decimal(38, places). @throws InvalidCellError */
  decimal38(value: string, places: 8 | 12): void {
    const scaled = scaledNumber(value, places)
    if (scaled !== null) {
      this.int64(scaled)
      this.int64(scaled < 0 ? -1 : 0)
      return
    }
    const exact = scaledBigInt(value, places, DECIMAL38_MAX)
    this.bigInt64(BigInt.asIntN(64, exact))
    this.bigInt64(exact >> 64n)
  }

  private room(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + bytes))
    this.buffer.copy(grown, 0, 0, this.length)
    this.buffer = grown
  }
}

/** Short decimals without big integers; null sends the caller the exact way, which also judges what is malformed. */
function scaledNumber(text: string, places: number): number | null {
  const { length } = text
  if (length > SAFE_DIGITS + 2) return null
  const negative = text.charCodeAt(0) === MINUS
  let digits = 0
  let point = -1
  let value = 0
  for (let at = negative ? 1 : 0; at < length; at++) {
    const code = text.charCodeAt(at)
    if (code === DOT && point < 0) {
      point = at
      continue
    }
    const digit = code - ZERO
    if (digit < 0 || digit > 9) return null
    value = value * 10 + digit
    digits++
  }
  const decimals = point < 0 ? 0 : length - point - 1
  // A point without digits on both sides and surplus decimals are for the exact way to judge.
  if (digits === 0 || digits > SAFE_DIGITS || decimals > places) return null
  if (point >= 0 && (decimals === 0 || digits === decimals)) return null
  const scaled = value * (SCALE[places - decimals] as number)
  if (scaled > Number.MAX_SAFE_INTEGER) return null
  return negative ? -scaled : scaled
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/

/** @throws InvalidCellError on a malformed text, on too many digits, and on non-zero surplus decimals, which ClickHouse would cut silently */
function scaledBigInt(text: string, places: number, max: bigint): bigint {
  const match = DECIMAL.exec(text)
  const fraction = match?.[3] ?? ''
  const digits =
    match && !/[1-9]/.test(fraction.slice(places))
      ? BigInt((match[2] ?? '') + fraction.slice(0, places).padEnd(places, '0'))
      : max + 1n
  if (digits > max) throw new InvalidCellError(`Decimal of ${places} places`, text)
  return match?.[1] ? -digits : digits
}
