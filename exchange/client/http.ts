/** JSON over kept-alive HTTP to one venue: time limits, and an error that says whether the request can have been heard. */
// Not here: what is asked (info.ts, actions.ts), retries (they differ by kind of request).
import { Agent as HttpAgent, request as httpRequest, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { HoldfastError } from '#domain/errors.ts'

export interface HttpAnswer {
  status: number
  text: string
  /** Milliseconds that the server asks to wait (Retry-After), or null. */
  retryAfterMs: number | null
}

/**
 * No answer came. `heard` tells what that means: `no` = the request cannot have reached the venue (nothing listens there),
 * `maybe` = it may have been executed, and only asking can tell.
 */
export class NoAnswerError extends HoldfastError {
  readonly heard: 'no' | 'maybe'
  /** True when a kept-alive connection died under the request: the venue had closed it as idle, most likely before reading. */
  readonly staleSocket: boolean

  constructor(fault: {
    url: string
    why: string
    heard: 'no' | 'maybe'
    staleSocket?: boolean
    cause?: unknown
  }) {
    super(`no answer from ${fault.url}: ${fault.why}`, {
      code: 'VENUE_NO_ANSWER',
      retryable: true,
      hint: 'check that the exchange at HOLDFAST_EXCHANGE_URL is up and reachable',
      ...(fault.cause === undefined ? {} : { cause: fault.cause }),
    })
    this.heard = fault.heard
    this.staleSocket = fault.staleSocket ?? false
  }
}

export interface Transport {
  /** Base URL without a final slash. */
  readonly url: string
  /** @throws NoAnswerError; every HTTP status is an answer */
  post(
    path: string,
    body: string,
    timeoutMs: number,
    headers?: Readonly<Record<string, string>>,
  ): Promise<HttpAnswer>
  close(): void
}

export const LIMITS = { socketsMax: 32, answerBytesMax: 64 * 1024 * 1024 } as const
/** Failures before a byte was sent. */
const UNHEARD = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** Opens a transport; connections are made on first use and kept. */
export function createTransport(baseUrl: string): Transport {
  const url = baseUrl.replace(/\/+$/, '')
  const target = new URL(url)
  const secure = target.protocol === 'https:'
  const options = { keepAlive: true, maxSockets: LIMITS.socketsMax, scheduling: 'lifo' } as const
  const agent = secure ? new HttpsAgent(options) : new HttpAgent(options)
  const send = secure ? httpsRequest : httpRequest
  const base: RequestOptions = {
    agent,
    hostname: target.hostname.replace(/^\[|\]$/g, ''),
    port: target.port || (secure ? 443 : 80),
    method: 'POST',
  }
  // As a list they are written in one go: what node:http keeps about single headers is a quarter of a request's time here.
  const fixed = ['Host', target.host, 'Content-Type', 'application/json']
  const prefix = target.pathname === '/' ? '' : target.pathname
  return {
    url,
    close: () => agent.destroy(),
    post: (path, body, timeoutMs, headers) => {
      const length = ['Content-Length', String(Buffer.byteLength(body))]
      const own = headers === undefined ? [] : Object.entries(headers).flat()
      const options = { ...base, path: prefix + path, headers: [...fixed, ...own, ...length] }
      return exchangeMessage(send, options, { body, timeoutMs, url: url + path })
    },
  }
}

function exchangeMessage(
  send: typeof httpRequest,
  options: RequestOptions,
  call: { body: string; timeoutMs: number; url: string },
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const request = send(options)
    const timer = setTimeout(() => fail('no answer in time', 'maybe'), call.timeoutMs)
    const fail = (why: string, heard: 'no' | 'maybe', cause?: unknown): void => {
      clearTimeout(timer)
      const staleSocket = heard === 'maybe' && request.reusedSocket && isReset(cause)
      reject(
        new NoAnswerError({
          url: call.url,
          why,
          heard,
          staleSocket,
          ...(cause === undefined ? {} : { cause }),
        }),
      )
      request.destroy()
    }
    request.on('error', (error: NodeJS.ErrnoException) => {
      fail(error.code ?? error.message, UNHEARD.has(error.code ?? '') ? 'no' : 'maybe', error)
    })
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > LIMITS.answerBytesMax) fail(`answer over ${LIMITS.answerBytesMax} bytes`, 'maybe')
        else chunks.push(chunk)
      })
      response.on('error', (error) => fail(error.message, 'maybe', error))
      response.on('end', () => {
        clearTimeout(timer)
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(chunks).toString('utf8'),
          retryAfterMs: retryAfter(response.headers['retry-after']),
        })
      })
    })
    request.end(call.body) // as text it goes out with the headers in one piece
  })
}

const isReset = (cause: unknown): boolean =>
  ['ECONNRESET', 'EPIPE'].includes((cause as NodeJS.ErrnoException | undefined)?.code ?? '')

function retryAfter(header: string | undefined): number | null {
  const seconds = Number(header)
  return header !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null
}
