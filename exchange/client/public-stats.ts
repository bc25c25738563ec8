/** Fetches the venue's public statistics documents (12–47 MB each) from the address of the settings, with limits on time and size. */
// Not here: reading them (exchange/wire/public-stats.ts). They are files of a content server: no request weight.
import { HoldfastError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'
import { type PublicFigure, parsePublicStats } from '#exchange/wire/public-stats.ts'

export const DOCUMENTS = ['open_interest', 'liquidity_by_coin', 'daily_notional_liquidated_by_coin'] as const

export const LIMITS = {
  timeoutMs: 60_000,
  bytesMax: 128 * 1024 * 1024,
  attemptsMax: 3,
  /** First pause between attempts; doubles. */
  pauseMs: 2_000,
} as const

/** The document could not be had. */
export class PublicStatsError extends HoldfastError {
  constructor(url: string, why: string, retryable: boolean) {
    super(`${url}: ${why}`, {
      code: 'PUBLIC_STATS',
      retryable,
      hint: 'check `streamers.public_stats_url`; it may be left empty, own figures do not need it',
    })
  }
}

/** Document → what fetches and reads it; {} for an empty base address. */
export function publicDocuments(
  baseUrl: string,
  clock: Pick<Clock, 'sleep'>,
): Readonly<Record<string, () => Promise<PublicFigure[]>>> {
  if (baseUrl === '') return {}
  const base = baseUrl.replace(/\/+$/, '')
  return Object.fromEntries(
    DOCUMENTS.map((name) => [
      name,
      async () => parsePublicStats(name, await fetchPatiently(`${base}/${name}`, clock)),
    ]),
  )
}

async function fetchPatiently(url: string, clock: Pick<Clock, 'sleep'>): Promise<unknown> {
  for (let attempt = 1, pauseMs: number = LIMITS.pauseMs; ; attempt++, pauseMs *= 2) {
    try {
      return await fetchJson(url)
    } catch (error) {
      const failure =
        error instanceof PublicStatsError ? error : new PublicStatsError(url, String(error), true)
      if (!failure.retryable || attempt >= LIMITS.attemptsMax) throw failure
      await clock.sleep(pauseMs)
    }
  }
}

async function fetchJson(url: string): Promise<unknown> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(LIMITS.timeoutMs) })
  if (!answer.ok) throw new PublicStatsError(url, `HTTP ${answer.status}`, answer.status >= 500)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length
    if (bytes > LIMITS.bytesMax) throw new PublicStatsError(url, `more than ${LIMITS.bytesMax} bytes`, false)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new PublicStatsError(url, 'no JSON', false)
  }
}
