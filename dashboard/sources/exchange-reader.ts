/** Accounts as the exchange itself shows them: positions, open orders, equity; read only, without any key. */
import type { Home } from '#config/home.ts'
import { readAccounts } from '#config/run-files.ts'
import type { PositionView } from '#dashboard/model.ts'
import type { ExchangeReader } from '#dashboard/services.ts'
import { HoldfastError } from '#domain/errors.ts'
import { formatFixed, mulE8, parseFixed } from '#domain/fixed-point.ts'
import type { OpenOrder, VenuePosition } from '#domain/session/ports.ts'
import type { Clock } from '#domain/time.ts'
import { createTransport } from '#exchange/client/http.ts'
import { createInfo } from '#exchange/client/info.ts'
import { createWeightBudget } from '#exchange/client/weight-budget.ts'

export interface ClosableExchangeReader extends ExchangeReader {
  close(): void
}

/** `home` tells the addresses: the accounts that were provisioned. */
export function createExchangeReader(url: string, home: Home, clock: Clock): ClosableExchangeReader {
  const transport = createTransport(url)
  const info = createInfo({ transport, budget: createWeightBudget(clock), clock })
  const addressOf = (name: string): string => {
    const address = readAccounts(home).find((account) => account.name === name)?.address
    if (address) return address
    throw new HoldfastError(`account ${name} has not been provisioned`, {
      code: 'UNKNOWN_ACCOUNT',
      retryable: true,
      hint: 'see run/accounts.json of the state folder',
    })
  }
  return {
    accounts: () => readAccounts(home).map(({ name }) => name),
    async account(name) {
      const address = addressOf(name)
      const [state, orders, mids] = await Promise.all([
        info.account(address),
        info.openOrders(address),
        info.mids(),
      ])
      return {
        ts: clock.now(),
        equity_usd: state.equityUsd,
        positions: state.positions.map((held) => positionView(held, mids[held.coin] ?? null)),
        orders: orders.map(orderView),
      }
    },
    close: () => transport.close(),
  }
}

function positionView(
  { coin, sz, entryPx }: VenuePosition,
  markPx: string | null,
): Omit<PositionView, 'key'> {
  const gain = markPx === null ? null : mulE8(parseFixed(sz), parseFixed(markPx) - parseFixed(entryPx))
  return {
    coin,
    sz,
    entry_px: entryPx,
    mark_px: markPx,
    unrealized_usd: gain === null ? null : formatFixed(gain),
  }
}

const orderView = (order: OpenOrder) => ({
  key: String(order.oid),
  cloid: order.cloid,
  oid: order.oid,
  coin: order.coin,
  side: order.side,
  px: order.px,
  sz: order.sz,
  kind: order.trigger ? 'stop' : 'limit',
  reduce_only: order.reduceOnly,
  ts: order.ts,
})
