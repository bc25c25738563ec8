/** The questions that the health job asks each minute; each answers with facts or rejects with what is wrong. */
// Not here: storing the answers (activities/health.ts).
import { statfs } from 'node:fs/promises'
import type { HealthDeps } from '#activities/health.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import type { Home } from '#config/home.ts'
import { readHosts, readLeases } from '#config/run-files.ts'
import { HoldfastError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'
import type { KeptExchange } from '#workers/support/kept-exchange.ts'

const ANSWER_MS_MAX = 5_000
const FREE_BYTES_MIN = 1_000_000_000

export interface HealthParts {
  exchange: KeptExchange
  clickhouse: ClickHouseClient
  writer: Writer
  home: Home
  clock: Clock
}

export const healthChecks = (parts: HealthParts): HealthDeps['checks'] => ({
  exchange: async () => ({ mids: Object.keys(await (await parts.exchange()).info.mids()).length }),
  clickhouse: async () => {
    const answer = await parts.clickhouse.ping()
    if (!answer.success) throw unhealthy(`ClickHouse does not answer: ${answer.error.message}`)
    return { ...parts.writer.stats() }
  },
  trading_hosts: async () => {
    const hosts = readHosts(parts.home)
    if (hosts.length === 0) throw unhealthy('no trading host is registered')
    await Promise.all(hosts.map(({ url }) => fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX) })))
    return { hosts: hosts.map(({ host_id }) => host_id) }
  },
  leases: async () => {
    const now = parts.clock.now()
    const leases = readLeases(parts.home)
    const stale = leases.filter(({ lease_until_ts }) => lease_until_ts < now)
    if (stale.length > 0)
      throw unhealthy(
        `leases ended without their segment: ${stale.map((each) => each.session_id).join(', ')}`,
      )
    return { leases: leases.length }
  },
  disk: async () => {
    const { bavail, bsize } = await statfs(parts.home.root)
    const freeBytes = bavail * bsize
    if (freeBytes < FREE_BYTES_MIN) throw unhealthy(`${Math.round(freeBytes / 1e6)} MB are free on the disk`)
    return { free_bytes: freeBytes }
  },
})

const unhealthy = (message: string): HoldfastError =>
  new HoldfastError(message, {
    code: 'UNHEALTHY',
    retryable: true,
    hint: 'look at `holdfast status` and the log of the part that is named',
  })
