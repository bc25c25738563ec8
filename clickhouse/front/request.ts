/** One HTTP request of a ClickHouse client, read: statement, data, parameters, settings, login. */
// Not here: what is done with it (execute.ts). The shapes are those that @clickhouse/client 1.23 sends.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import { fault } from '#clickhouse/front/engine.ts'
import { sqlName, sqlString } from '#clickhouse/front/sql-text.ts'

export interface FrontRequest {
  queryId: string
  sql: string
  /** Rows that follow the statement, decompressed; null when there are none. */
  data: Readable | null
  /** Statements that prepare the connection: database, settings, parameters. */
  preamble: string
  defaultFormat: string
  /** The client takes gzip and asked for it. */
  gzip: boolean
}

/** Statements in a body are kept in memory, so they have a limit; data has none here. */
const SQL_BYTES_MAX = 64 * 1024 * 1024

/** Names that are part of the protocol or without meaning here. */
const NOT_SETTINGS = new Set(
  `query query_id database user password default_format compress decompress wait_end_of_query buffer_size
  enable_http_compression send_progress_in_http_headers http_response_buffer_size http_headers_progress_interval_ms
  http_zlib_compression_level add_http_cors_header http_write_exception_in_output_format
  output_format_parallel_formatting_http session_timeout log_comment`.split(/\s+/),
)
/** What this front cannot do, and must not seem to do. */
const UNSUPPORTED = ['session_id', 'role', 'quota_key']

/** @throws EngineFault in ClickHouse's words when the request cannot be read */
export async function readRequest(request: IncomingMessage): Promise<FrontRequest> {
  const url = new URL(request.url ?? '/', 'http://front')
  const fields = new Fields([...url.searchParams])
  let sql = fields.get('query') ?? ''
  let data: Readable | null = null
  if ((request.headers['content-type'] ?? '').startsWith('multipart/form-data')) {
    for (const [name, value] of await readMultipart(request)) {
      if (name === 'query') sql += value
      else fields.add(name, value)
    }
  } else if (request.method === 'POST') {
    const body = decompress(request)
    if (sql === '') sql = await readText(body)
    else data = body
  }
  const acceptsGzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  return {
    queryId: fields.get('query_id') || randomUUID(),
    sql,
    data,
    preamble: preambleOf(fields, request.method === 'GET'),
    defaultFormat:
      fields.get('default_format') ?? firstOf(request.headers['x-clickhouse-format']) ?? 'TabSeparated',
    gzip: acceptsGzip && fields.get('enable_http_compression') === '1',
  }
}

/** Login as given by header or URL; empty texts where there is none. */
export function loginOf(request: IncomingMessage): { user: string; password: string } {
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (basic !== undefined) {
    const text = Buffer.from(basic, 'base64').toString()
    const colon = text.indexOf(':')
    return { user: text.slice(0, colon), password: text.slice(colon + 1) }
  }
  const { searchParams } = new URL(request.url ?? '/', 'http://front')
  return {
    user: firstOf(request.headers['x-clickhouse-user']) ?? searchParams.get('user') ?? '',
    password: firstOf(request.headers['x-clickhouse-key']) ?? searchParams.get('password') ?? '',
  }
}

/** Names may repeat; the first one counts, as in ClickHouse. */
class Fields {
  readonly all: [string, string][]
  constructor(all: [string, string][]) {
    this.all = all
  }
  get(name: string): string | undefined {
    return this.all.find(([each]) => each === name)?.[1]
  }
  add(name: string, value: string): void {
    this.all.push([name, value])
  }
}

function preambleOf(fields: Fields, readOnly: boolean): string {
  for (const name of UNSUPPORTED) {
    if (fields.get(name) !== undefined)
      throw fault(48, 'NOT_IMPLEMENTED', `the embedded ClickHouse knows no ${name}`)
  }
  const statements: string[] = []
  const database = fields.get('database')
  if (database) statements.push(`USE ${sqlName(database)}`)
  for (const [name, value] of fields.all) {
    if (NOT_SETTINGS.has(name)) continue
    if (!/^\w+$/.test(name)) throw fault(115, 'UNKNOWN_SETTING', `${sqlString(name)} is no setting`)
    const plain = !name.startsWith('param_') && /^-?\d+(?:\.\d+)?$/.test(value)
    statements.push(`SET ${name}=${plain ? value : sqlString(value)}`)
  }
  // A link or an image on any web page can make a GET: it may read, and nobody but us sees the answer.
  if (readOnly) statements.push('SET readonly=2')
  return statements.join(';')
}

function decompress(request: IncomingMessage): Readable {
  switch (request.headers['content-encoding'] ?? 'identity') {
    case 'identity':
      return request
    case 'gzip':
      return piped(request, createGunzip())
    case 'deflate':
      return piped(request, createInflate())
    case 'br':
      return piped(request, createBrotliDecompress())
    case 'zstd':
      return piped(request, createZstdDecompress())
    default:
      throw fault(48, 'NOT_IMPLEMENTED', `content encoding ${request.headers['content-encoding']}`)
  }
}

/** Unlike pipe() alone, a broken request breaks the reader too: a cut body must never pass for a whole one. */
function piped<Through extends NodeJS.ReadWriteStream & Readable>(
  request: IncomingMessage,
  through: Through,
): Readable {
  request.once('error', (error) => through.destroy(error))
  request.once('aborted', () => through.destroy(fault(210, 'NETWORK_ERROR', 'the client went away')))
  request.pipe(through)
  return through
}

async function readText(body: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += (chunk as Buffer).length
    if (bytes > SQL_BYTES_MAX)
      throw fault(62, 'SYNTAX_ERROR', `the statement is longer than ${SQL_BYTES_MAX} bytes`)
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString()
}

async function readMultipart(request: IncomingMessage): Promise<[string, string][]> {
  const body = Readable.toWeb(request) as ReadableStream<Uint8Array>
  const form = await new Response(body, {
    headers: { 'content-type': request.headers['content-type'] ?? '' },
  }).formData()
  return [...form].map(([name, value]) => [name, String(value)])
}

const firstOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header
