/** What the exchange says of one account now, without any key: a running session's own figures are as old as its last segment. */
import type { Operator } from '#cli/support/operator.ts'
import { systemClock } from '#config/clock.ts'
import { isOwnCloid } from '#domain/ids.ts'
import { exchangeUrl } from '#exchange/client/connect.ts'
import { createTransport } from '#exchange/client/http.ts'
import { createInfo } from '#exchange/client/info.ts'
import { masterAddress } from '#exchange/client/keys.ts'
import { createWeightBudget } from '#exchange/client/weight-budget.ts'

export interface ExchangeLook {
  /** Of the whole account. */
  equity_usd: string
  /** Signed coins by coin, of the whole account. */
  positions: Record<string, string>
  /** Of this session alone. */
  open_orders: number
}

/** Null when the exchange does not answer, or the account is not known here. */
export async function lookAtExchange(
  { settings, environment }: Operator,
  session: { session_id: string; account: string },
): Promise<ExchangeLook | null> {
  const transport = createTransport(exchangeUrl(settings, environment))
  try {
    const info = createInfo({ transport, clock: systemClock, budget: createWeightBudget(systemClock) })
    const address = masterAddress(settings, environment.home, session.account)
    const [account, orders] = await Promise.all([info.account(address), info.openOrders(address)])
    return {
      equity_usd: account.equityUsd,
      positions: Object.fromEntries(account.positions.map(({ coin, sz }) => [coin, sz])),
      open_orders: orders.filter(({ cloid }) => isOwnCloid(cloid, session.session_id)).length,
    }
  } catch {
    return null
  } finally {
    transport.close()
  }
}
