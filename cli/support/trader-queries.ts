/** What `holdfast traders` reads. */
// Not here: the queries themselves (clickhouse/tables).
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { runQuery } from '#clickhouse/query.ts'
import { accuracyByDay } from '#clickhouse/tables/trader-accuracy-queries.ts'
import {
  latestSelections,
  openOrdersOfTraders,
  positionsOf,
  statesOfTracked,
  topTraders,
  trackedNow,
  trackingOf,
} from '#clickhouse/tables/traders-queries.ts'
import { InvalidInputError } from '#domain/errors.ts'
import { isoDay } from '#domain/time.ts'

const TRACKED_MAX = 10_000

export async function readTop(client: ClickHouseClient, limit: number) {
  const [selections, traders] = await Promise.all([
    runQuery(client, latestSelections, { limit: 1 }),
    runQuery(client, topTraders, { limit: Math.max(1, Math.min(TRACKED_MAX, Math.trunc(limit) || 20)) }),
  ])
  const [newest] = selections
  return { selection: newest ? { ...newest, day: isoDay(newest.day_ts) } : null, traders }
}

/** A whole address as it is; a beginning must fit exactly one tracked trader. @throws InvalidInputError */
export async function resolveTrader(client: ClickHouseClient, typed: string): Promise<string> {
  const wanted = typed.toLowerCase()
  if (/^0x[0-9a-f]{40}$/.test(wanted)) return wanted
  const tracked = await runQuery(client, trackedNow, { limit: TRACKED_MAX })
  const found = tracked.filter(({ address }) => address.startsWith(wanted))
  if (found.length === 1 && found[0]) return found[0].address
  throw new InvalidInputError({
    source: 'address',
    path: '',
    found: `"${typed}", which fits ${found.length} tracked traders`,
    expected: 'an address, or the beginning of exactly one of those in `holdfast traders`',
  })
}

export async function readTrader(client: ClickHouseClient, address: string) {
  const [states, changes, orders] = await Promise.all([
    runQuery(client, statesOfTracked, { address, limit: 10_000 }),
    runQuery(client, positionsOf, { address, limit: 200 }),
    runQuery(client, openOrdersOfTraders, { address, limit: 1_000 }),
  ])
  return { states, changes, orders }
}

export const readWhy = (client: ClickHouseClient, address: string) =>
  runQuery(client, trackingOf, { address, limit: 60 })

export const readAccuracy = (client: ClickHouseClient) => runQuery(client, accuracyByDay, { limit: 60 })
