/** Reads the leaderboard document of the stats host piece by piece, with limits: it is 25 MB on a good day. */
// Not here: what its rows mean (domain/traders).
import { get as httpGet, type IncomingMessage } from 'node:http'
import { get as httpsGet } from 'node:https'
import { createGunzip } from 'node:zlib'
import { HoldfastError } from '#domain/errors.ts'

export const LIMITS = {
  /** Silence of the host that ends the attempt, milliseconds. */
  silenceMs: 60_000,
  /** Longer documents are cut off; the reader then sees that the list was not closed. */
  bytesMax: 512 * 1024 * 1024,
} as const

/** Where the document lies for each network. The paper exchange serves its own. */
export function leaderboardUrl(network: 'paper' | 'testnet' | 'mainnet', exchangeUrl: string): string {
  if (network === 'mainnet') return 'https://stats-data.hyperliquid.xyz/Mainnet/leaderboard'
  if (network === 'testnet') return 'https://stats-data.hyperliquid-testnet.xyz/Testnet/leaderboard'
  return `${exchangeUrl.replace(/\/+$/, '')}/Mainnet/leaderboard`
}

export class LeaderboardUnreachableError extends HoldfastError {
  constructor(url: string, why: string, cause?: unknown) {
    super(`the leaderboard at ${url} was not read: ${why}`, {
      code: 'LEADERBOARD_UNREACHABLE',
      retryable: true,
      hint: 'nothing to do while it is for a while: the traders of the last selection stay; else check traders.leaderboard_url',
      ...(cause === undefined ? {} : { cause }),
    })
  }
}

/** Hands over the document as text, in order. @throws LeaderboardUnreachableError also when it breaks off half-way */
export function readLeaderboard(url: string, onText: (text: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown): void =>
      reject(new LeaderboardUnreachableError(url, why, cause))
    const get = url.startsWith('https:') ? httpsGet : httpGet
    const request = get(
      url,
      { headers: { accept: 'application/json', 'accept-encoding': 'gzip' } },
      (response) => {
        if (response.statusCode !== 200) {
          response.resume()
          return fail(`status ${response.statusCode}`)
        }
        take(response, onText, { done: resolve, fail, stop: () => request.destroy() })
      },
    )
    request.setTimeout(LIMITS.silenceMs, () =>
      request.destroy(new LeaderboardUnreachableError(url, 'silence')),
    )
    request.on('error', (error) => fail(error.message, error))
  })
}

function take(
  response: IncomingMessage,
  onText: (text: string) => void,
  end: { done(): void; fail(why: string, cause?: unknown): void; stop(): void },
): void {
  const decoder = new TextDecoder()
  const isPacked = response.headers['content-encoding'] === 'gzip'
  const body = isPacked ? response.pipe(createGunzip()) : response
  let bytes = 0
  response.on('aborted', () => end.fail('the connection broke off'))
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= LIMITS.bytesMax) return onText(decoder.decode(chunk, { stream: true }))
    end.done()
    end.stop()
  })
  body.on('error', (error: Error) => end.fail(error.message, error))
  body.on('end', () => end.done())
}
