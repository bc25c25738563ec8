/** The watchlist's activities, bound to Temporal and the exchange. */
import type { Client } from '@temporalio/client'
import { createWatchlistActivities } from '#activities/watchlist.ts'
import type { Logger } from '#config/logger.ts'
import { parseCoinContexts } from '#exchange/wire/coin-contexts.ts'
import type { KeptExchange } from '#workers/support/kept-exchange.ts'
import { runningStatuses } from '#workers/support/sessions.ts'
import { updateParams } from '#workflows/trading-session/messages.ts'

export const watchlistActivities = (parts: { client: Client; exchange: KeptExchange; log: Logger }) =>
  createWatchlistActivities({
    running: () => runningStatuses(parts.client),
    volumes: async () => parseCoinContexts(await (await parts.exchange()).info.ask('metaAndAssetCtxs')),
    async update(session, change) {
      await parts.client.workflow.getHandle(session).executeUpdate(updateParams, { args: [change] })
    },
    warn: (facts, text) => parts.log.warn(facts, text),
  })
