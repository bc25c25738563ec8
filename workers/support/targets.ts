/** Target weights of follower sessions, read from the database: built for the data worker. */
// Not here: what is made of the rows (activities/trading-session/targets.ts).
import { createTargetsActivities } from '#activities/trading-session/targets.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { runQuery } from '#clickhouse/query.ts'
import { accountValues, newestTargets, statesOfTraders } from '#clickhouse/tables/follow-queries.ts'
import { modelTargets } from '#clickhouse/tables/models.ts'
import { latestSignals, marksNow } from '#clickhouse/tables/signals-queries.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import { type Clock, HOUR_MS } from '#domain/time.ts'

export function targetActivities(parts: { clickhouse: ClickHouseClient; writer: Writer; clock: Clock }) {
  const { clickhouse, writer, clock } = parts
  return createTargetsActivities({
    clock,
    modelTargets: (model, now) => runQuery(clickhouse, newestTargets, { model, now }),
    latestSignals: () => runQuery(clickhouse, latestSignals, {}),
    async basket(addresses, coins) {
      const wanted = { addresses: [...addresses] }
      const [values, states] = await Promise.all([
        runQuery(clickhouse, accountValues, wanted),
        runQuery(clickhouse, statesOfTraders, wanted),
      ])
      const rows = new Map(states.map((state) => [`${state.address} ${state.coin}`, state]))
      const known = values.flatMap(({ address, account_value }) => {
        const account = rows.get(`${address} `)
        if (!account || account.status === 'unknown') return []
        const sizes = coins.map((coin): [string, number | null] => {
          const state = rows.get(`${address} ${coin}`)
          if (!state) return [coin, 0]
          return [coin, state.status === 'unknown' ? null : Number(state.sz)]
        })
        return [
          { address, accountValue: account_value, sizes: Object.fromEntries(sizes), readTs: account.base_at },
        ]
      })
      const readTs = known.length === 0 ? 0 : Math.min(...known.map((each) => each.readTs))
      return { traders: known, readTs }
    },
    marks: async () =>
      Object.fromEntries(
        (await runQuery(clickhouse, marksNow, { since: clock.now() - HOUR_MS })).map(({ coin, price }) => [
          coin,
          price,
        ]),
      ),
    async saveTargets(rows) {
      writer.write(modelTargets, rows)
      await writer.flush()
    },
  })
}
