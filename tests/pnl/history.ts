/** Invented account histories for tests and benches: fills along real position chains, funding, sessions. */
import type { FillRow, FundingPaymentRow, SessionRow } from '#clickhouse/tables/trading.ts'
import { formatFixed } from '#domain/fixed-point.ts'
import { buildCloid, hash32 } from '#domain/ids.ts'
import { DAY_MS, HOUR_MS } from '#domain/time.ts'

export const START_TS = Date.UTC(2026, 8, 28)

/** mulberry32: the same numbers for the same seed on every machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export interface HistoryPlan {
  seed: number
  accounts: readonly string[]
  coins: readonly string[]
  days: number
  fillsADay: number
  sessions: readonly string[]
}

/** Fills and funding payments; every fill starts where its account and coin stand. */
export function inventHistory(plan: HistoryPlan): { fills: FillRow[]; funding: FundingPaymentRow[] } {
  const random = seeded(plan.seed)
  const fills: FillRow[] = []
  const funding: FundingPaymentRow[] = []
  let tid = 1
  for (const account of plan.accounts)
    for (const [at, coin] of plan.coins.entries()) {
      let held = 0n
      let px = 20 * 10 ** at
      for (let day = 0; day < plan.days; day++) {
        const times = Array.from({ length: plan.fillsADay }, () => Math.floor(random() * 500) * 172_800).sort(
          (a, b) => a - b,
        )
        for (const time of times) {
          px = Math.max(0.01, px * (1 + (random() - 0.5) * 0.01))
          const sz = BigInt(1 + Math.floor(random() * 400)) * 1_000_000n
          const side = random() < (held > 0n ? 0.35 : 0.65) ? 'buy' : 'sell'
          const session = plan.sessions[Math.floor(random() * (plan.sessions.length + 1))]
          const named = random() < 0.5
          fills.push({
            ...{
              account,
              coin,
              ts: START_TS + day * DAY_MS + time,
              tid: Math.floor(random() * 2 ** 40),
              oid: tid,
            },
            cloid:
              session && !named
                ? buildCloid({ tag: hash32(session), epoch: 1, seq: tid % 2 ** 31, run: 1, leg: 0 })
                : '',
            session_id: session && named ? session : '',
            ...{
              side,
              px: px.toFixed(2),
              sz: formatFixed(sz),
              start_position: formatFixed(held),
              direction: '',
            },
            ...{
              closed_pnl: (random() < 0.5 ? random() * 3 : 0).toFixed(6),
              fee: (random() * 0.02 - 0.002).toFixed(6),
            },
            ...{
              crossed: random() < 0.5,
              hash: '',
              received_ts: START_TS,
              builder_fee: '0',
              fee_token: 'USDC',
            },
          })
          held += side === 'buy' ? sz : -sz
          tid += 1
        }
        for (let hour = 0; hour < 24; hour += 8)
          if (held !== 0n)
            funding.push({
              ...{ account, coin, ts: START_TS + day * DAY_MS + hour * HOUR_MS + 1, rate: '0.0000125' },
              ...{ usd: (random() * 0.02 - 0.01).toFixed(6), position_sz: formatFixed(held) },
            })
      }
    }
  return { fills, funding }
}

export const sessionRow = (sessionId: string, account: string): SessionRow => ({
  ...{
    session_id: sessionId,
    run: 1,
    engine: 'maker',
    mode: 'paper',
    account,
    coins: ['ETH'],
    state: 'RUNNING',
  },
  ...{ state_ts: START_TS, epoch: 1, host: 'h', report: '' },
})
