/** How answers look on the wire: headers, summaries, errors before and in the middle of a body, as ClickHouse writes them. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { createGzip, constants as zlib } from 'node:zlib'
import { EngineFault } from '#clickhouse/front/engine.ts'
import { describeError } from '#domain/errors.ts'

/** HTTP status by ClickHouse code, as its own HTTP interface chooses them; 500 for all others. */
const STATUS: Readonly<Record<number, number>> = {
  36: 400,
  46: 404,
  47: 404,
  48: 501,
  60: 404,
  62: 400,
  81: 404,
  115: 404,
  159: 408,
  164: 403,
  210: 400,
  497: 403,
  516: 401,
}

/** Figures of a statement, as the header X-ClickHouse-Summary carries them. */
export interface Summary {
  readRows: number
  readBytes: number
  writtenRows: number
  writtenBytes: number
  seconds: number
}

/** Headers that every answer carries. */
export function startAnswer(response: ServerResponse, queryId: string): void {
  response.setHeader('X-ClickHouse-Query-Id', queryId)
  response.setHeader('X-ClickHouse-Server-Display-Name', 'holdfast-embedded')
  response.setHeader('X-ClickHouse-Timezone', 'UTC')
}

export function setSummary(response: ServerResponse, summary: Summary): void {
  response.setHeader(
    'X-ClickHouse-Summary',
    JSON.stringify({
      read_rows: String(summary.readRows),
      read_bytes: String(summary.readBytes),
      written_rows: String(summary.writtenRows),
      written_bytes: String(summary.writtenBytes),
      total_rows_to_read: '0',
      result_rows: String(summary.writtenRows || summary.readRows),
      result_bytes: '0',
      elapsed_ns: String(Math.round(summary.seconds * 1e9)),
    }),
  )
}

/** Refuses a request with ClickHouse's code; once a body has begun, only breaking the connection is left. */
export function answerFault(response: ServerResponse, error: unknown): void {
  const { text, code } = faultText(error)
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.removeHeader('Content-Encoding')
  response.writeHead(STATUS[code] ?? 500, {
    'X-ClickHouse-Exception-Code': code,
    'Content-Type': 'text/plain; charset=UTF-8',
  })
  response.end(`${text}\n`)
}

/** A body that may be compressed, and may have to end with an error after it has begun. */
export interface Body {
  /** Settles when the client has taken enough, or is gone. */
  write(chunk: Uint8Array): Promise<void>
  end(last?: Uint8Array): void
  /** Says in the client's own protocol why the rest is missing. */
  breakOff(error: unknown): void
  begun(): boolean
}

/** Opens the body of a result. Headers go out with the first piece. */
export function createBody(response: ServerResponse, options: { format: string; gzip: boolean }): Body {
  const tag = randomBytes(8).toString('hex')
  response.setHeader('X-ClickHouse-Format', options.format)
  response.setHeader('X-ClickHouse-Exception-Tag', tag)
  response.setHeader('Content-Type', contentType(options.format))
  if (options.gzip) response.setHeader('Content-Encoding', 'gzip')
  const gone = new Promise<void>((resolve) => response.once('close', resolve))
  let out: Writable | null = null
  const open = (): Writable => {
    out ??= options.gzip ? gzipInto(response) : response
    return out
  }
  return {
    begun: () => out !== null,
    async write(chunk) {
      const to = open()
      if (!to.write(chunk)) await Promise.race([once(to, 'drain'), gone])
    },
    end(last) {
      open().end(last)
    },
    breakOff(error) {
      const message = `${faultText(error).text}\n`
      const length = Buffer.byteLength(message)
      open().end(`\r\n__exception__\r\n${tag}\r\n${message}${length} ${tag}\r\n__exception__\r\n`)
    },
  }
}

function gzipInto(response: ServerResponse): Writable {
  const gzip = createGzip({ level: zlib.Z_BEST_SPEED })
  gzip.pipe(response)
  return gzip
}

const contentType = (format: string): string =>
  /^JSON/i.test(format)
    ? 'application/json; charset=UTF-8'
    : /^(?:TabSeparated|TSV|CSV|Pretty|Values|LineAsString)/i.test(format)
      ? 'text/plain; charset=UTF-8'
      : 'application/octet-stream'

/** A failure of the machine itself gets the code that a server would give it, so that clients know that it passes. */
function faultText(error: unknown): { text: string; code: number } {
  if (error instanceof EngineFault) return { text: error.message, code: error.exceptionCode }
  const errno = (error as NodeJS.ErrnoException | null)?.code ?? ''
  const [code, type] = /^(?:ENOSPC|EDQUOT)$/.test(errno)
    ? [243, 'NOT_ENOUGH_SPACE']
    : /^(?:E[A-Z]+|ERR_STREAM_PREMATURE_CLOSE)$/.test(errno)
      ? [75, 'CANNOT_WRITE_TO_FILE_DESCRIPTOR']
      : [1002, 'UNKNOWN_EXCEPTION']
  return { text: `Code: ${code}. DB::Exception: ${describeError(error)} (${type})`, code }
}
