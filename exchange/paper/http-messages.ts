/** Bodies in and out: JSON requests with a limit, JSON answers, plain-text errors, CORS. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { RequestError } from '#exchange/paper/request-errors.ts'

/** Largest request body and socket message, bytes. */
export const BODY_BYTES_MAX = 1024 * 1024

const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'POST, GET, OPTIONS',
  'Access-Control-Allow-Headers': 'content-type',
  'Access-Control-Max-Age': '86400',
} as const

function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > BODY_BYTES_MAX) {
        reject(new RequestError(413, 'Payload too large'))
        request.destroy()
        return
      }
      chunks.push(chunk)
    })
    request.on('end', () =>
      resolve(
        chunks.length === 1 ? (chunks[0] as Buffer).toString('utf8') : Buffer.concat(chunks).toString('utf8'),
      ),
    )
    request.on('error', reject)
    request.on('aborted', () => reject(new RequestError(400, 'Request aborted')))
  })
}

export async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new RequestError(415, 'Expected request with `Content-Type: application/json`')
  }
  const raw = await readBody(request)
  try {
    return JSON.parse(raw)
  } catch {
    throw new RequestError(400, 'Failed to parse the request body as JSON')
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    ...CORS,
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(text)
}

/** Error bodies stay plain text: the Python SDK reads a JSON one and stumbles. */
export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    ...CORS,
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(text)
}
