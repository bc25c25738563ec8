/** Runs one request on a connection of its own, so that settings, parameters and temporary tables never reach another. */
// Not here: reading the request (request.ts), the HTTP server around it (front.ts).
import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { createBody, setSummary } from '#clickhouse/front/answer.ts'
import { type Engine, type EngineConnection, fault } from '#clickhouse/front/engine.ts'
import type { FrontRequest } from '#clickhouse/front/request.ts'
import {
  type InsertStatement,
  isSelect,
  isStreamable,
  outputFormat,
  splitInsert,
  sqlString,
} from '#clickhouse/front/sql-text.ts'
import type { UploadArea } from '#clickhouse/front/upload.ts'
import type { Gate } from '#clickhouse/gate.ts'

export interface ExecuteDeps {
  engine: Engine
  uploads: UploadArea
  reads: Gate
  writes: Gate
  /** Marks of the statements that run now. */
  running: Set<string>
}

/** What the request log needs. */
export interface Executed {
  kind: 'insert' | 'stream' | 'result'
  rows: number
}

/** Runs the request and ends the response. @throws EngineFault while nothing of a body was sent */
export async function execute(
  deps: ExecuteDeps,
  request: FrontRequest,
  response: ServerResponse,
): Promise<Executed> {
  const insert = splitInsert(request.sql)
  if (insert) return insertRows(deps, request, insert, response)
  const tail = request.data ? `\n${await readAll(request.data)}` : ''
  return select(deps, { ...request, sql: request.sql + tail }, response)
}

async function insertRows(
  deps: ExecuteDeps,
  request: FrontRequest,
  insert: InsertStatement,
  response: ServerResponse,
): Promise<Executed> {
  const upload = await deps.uploads.store(pieces(insert.data, request.data))
  try {
    let rows = 0
    let bytes = 0
    let seconds = 0
    if (upload.bytes > 0) {
      const sql = `${insert.head} FROM INFILE ${sqlString(upload.path)} COMPRESSION 'none' ${insert.settings} FORMAT ${insert.format}`
      // Not killed when the client leaves: it is short, and half of it would be worse than all of it.
      const result = await onConnection(deps, deps.writes, request, sql, (connection) =>
        connection.run(sql, 'TabSeparated'),
      )
      rows = result.rows
      bytes = result.bytesRead
      seconds = result.seconds
    }
    setSummary(response, {
      readRows: rows,
      readBytes: bytes,
      writtenRows: rows,
      writtenBytes: bytes,
      seconds,
    })
    response.end()
    return { kind: 'insert', rows }
  } finally {
    await upload.remove()
  }
}

async function select(deps: ExecuteDeps, request: FrontRequest, response: ServerResponse): Promise<Executed> {
  const { sql } = request
  const format = outputFormat(sql) ?? request.defaultFormat
  const streams = isStreamable(format) && isSelect(sql)
  return onConnection(deps, deps.reads, request, sql, (connection, mark) =>
    killedWhenGone(deps, response, mark, () =>
      streams
        ? streamResult(connection, request, format, response)
        : wholeResult(connection, request, format, response),
    ),
  )
}

async function wholeResult(
  connection: EngineConnection,
  { sql, gzip }: FrontRequest,
  format: string,
  response: ServerResponse,
): Promise<Executed> {
  const result = await connection.run(sql, format)
  setSummary(response, {
    readRows: result.rows,
    readBytes: result.bytesRead,
    writtenRows: 0,
    writtenBytes: 0,
    seconds: result.seconds,
  })
  createBody(response, { format, gzip }).end(result.bytes)
  return { kind: 'result', rows: result.rows }
}

async function streamResult(
  connection: EngineConnection,
  { sql, gzip }: FrontRequest,
  format: string,
  response: ServerResponse,
): Promise<Executed> {
  const body = createBody(response, { format, gzip })
  let chunks = 0
  try {
    for await (const chunk of connection.stream(sql, format)) {
      if (response.destroyed) break
      await body.write(chunk)
      chunks++
    }
  } catch (error) {
    if (!body.begun()) throw error
    body.breakOff(error)
    return { kind: 'stream', rows: chunks }
  }
  body.end()
  return { kind: 'stream', rows: chunks }
}

/** Opens a connection, prepares it, checks that there is one statement, runs the work, closes it. */
async function onConnection<Result>(
  deps: ExecuteDeps,
  gate: Gate,
  request: FrontRequest,
  sql: string,
  work: (connection: EngineConnection, mark: string) => Promise<Result>,
): Promise<Result> {
  const leave = await gate.enter()
  const mark = `holdfast:${randomUUID()}`
  let connection: EngineConnection | null = null
  try {
    connection = deps.engine.open()
    deps.running.add(mark)
    if ((await connection.countStatements(sql)) > 1)
      throw fault(62, 'SYNTAX_ERROR', 'Multi-statements are not allowed')
    const first = `SET log_comment=${sqlString(mark)}`
    await connection.run(request.preamble ? `${first};${request.preamble}` : first, 'TabSeparated')
    return await work(connection, mark)
  } finally {
    deps.running.delete(mark)
    connection?.close()
    leave()
  }
}

/** A native call cannot be interrupted: the engine is told to end it. */
async function killedWhenGone<Result>(
  deps: ExecuteDeps,
  response: ServerResponse,
  mark: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const kill = () => void deps.engine.kill(mark)
  response.once('close', kill)
  try {
    if (response.destroyed) throw fault(210, 'NETWORK_ERROR', 'the client went away')
    return await work()
  } finally {
    response.off('close', kill)
  }
}

/** Data in the statement's own text comes first, then the body. */
async function* pieces(text: string, body: Readable | null): AsyncGenerator<Uint8Array> {
  if (text !== '') yield Buffer.from(text)
  if (body) for await (const chunk of body) yield chunk as Uint8Array
}

async function readAll(body: Readable): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
