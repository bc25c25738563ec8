/** What the seeded stack of the dashboard's tests tells: three sessions, their curves, quotes, fills, decisions, streams and services. */
// Not here: the services that tell it (fakes.ts).
import type { DecisionView, EquityPoint, FillView, QuoteView } from '#dashboard/model.ts'
import type { ExchangeAccount, StoredSession } from '#dashboard/services.ts'
import { buildCloid, hash32 } from '#domain/ids.ts'

export const CANDLES = 'session/paper/candles-btc'
export const MAKER = 'session/paper/maker-eth'
export const ENDED = 'session/paper/maker-sol'

const wave = (at: number, step: number): number => Math.sin(at / step) + 0.4 * Math.sin(at / (step / 3.7))

export const equityPoints = (now: number): EquityPoint[] =>
  Array.from({ length: 600 }, (_, at) => ({
    key: String(now - (600 - at) * 1_000),
    ts: now - (600 - at) * 1_000,
    equity_usd: 10_000 + 14 * wave(at, 90) + at / 40,
    net_pnl_usd: Number((14 * wave(at, 90) + at / 40).toFixed(2)),
  }))

export function storedSessions(now: number): StoredSession[] {
  const common = { run: 7, mode: 'paper', state_ts: now - 600_000, started_ts: now - 601_000, report: '' }
  const report = {
    session_id: ENDED,
    state: 'CLOSED',
    reason: 'stop: end of day',
    epochs: 3,
    fills: 212,
    net_pnl_usd: '-7.31',
    residual: { open_orders: 0, positions: {} },
  }
  return [
    {
      ...common,
      session_id: CANDLES,
      engine: 'candles',
      account: 'paper-candles',
      coins: ['BTC'],
      state: 'RUNNING',
      epoch: 2,
      host: 'box-1',
      equity_usd: '10012.42',
      net_pnl_usd: '12.42',
      equity_ts: now - 900,
      position: '{"BTC":"0.0154"}',
    },
    {
      ...common,
      session_id: MAKER,
      engine: 'maker',
      account: 'paper-maker',
      coins: ['ETH'],
      state: 'RUNNING',
      epoch: 1,
      host: 'box-1',
      equity_usd: '9998.10',
      net_pnl_usd: '-1.90',
      equity_ts: now - 400,
      position: '{"ETH":"-0.41"}',
    },
    {
      ...common,
      session_id: ENDED,
      engine: 'maker',
      account: 'paper-maker',
      coins: ['SOL'],
      state: 'CLOSED',
      epoch: 3,
      host: 'box-1',
      equity_usd: '9992.69',
      net_pnl_usd: '-7.31',
      equity_ts: now - 4_000_000,
      position: '{"SOL":"3"}',
      report: JSON.stringify(report),
    },
  ]
}

const own = (id: string, seq: number, leg = 0): string =>
  buildCloid({ tag: hash32(id), epoch: 1, seq, run: 7, leg })

export function exchangeAccounts(now: number): Map<string, ExchangeAccount> {
  const order = (id: string, seq: number, coin: string, side: string, px: string, sz: string) => ({
    key: String(7_000 + seq),
    cloid: own(id, seq),
    oid: 7_000 + seq,
    coin,
    side,
    px,
    sz,
    kind: 'limit',
    reduce_only: false,
    ts: now - 2_000,
  })
  return new Map<string, ExchangeAccount>([
    [
      'paper-candles',
      {
        ts: now,
        equity_usd: '10012.42',
        positions: [
          { coin: 'BTC', sz: '0.0154', entry_px: '64210.0', mark_px: '64398.5', unrealized_usd: '2.90' },
        ],
        orders: [
          { ...order(CANDLES, 1, 'BTC', 'sell', '63820.0', '0.0154'), kind: 'stop', reduce_only: true },
        ],
      },
    ],
    [
      'paper-maker',
      {
        ts: now,
        equity_usd: '9998.10',
        positions: [
          { coin: 'ETH', sz: '-0.41', entry_px: '3120.4', mark_px: '3121.0', unrealized_usd: '-0.25' },
        ],
        orders: [
          order(MAKER, 2, 'ETH', 'buy', '3119.8', '0.08'),
          order(MAKER, 3, 'ETH', 'sell', '3122.3', '0.08'),
          { ...order('session/paper/somebody-else', 4, 'ETH', 'sell', '3200', '1'), key: 'x' },
        ],
      },
    ],
  ])
}

export function quoteRows(now: number): QuoteView[] {
  return Array.from({ length: 300 }, (_, at) => {
    const mid = 3_121 + 2.2 * wave(at, 40)
    return {
      key: String(at),
      ts: now - (300 - at) * 1_000,
      coin: 'ETH',
      bid_px: at % 97 < 4 ? '0' : (mid - 1.2).toFixed(1),
      bid_sz: '0.08',
      ask_px: (mid + 1.3).toFixed(1),
      ask_sz: '0.08',
      mid: mid.toFixed(2),
      position_sz: (0.4 * wave(at, 70)).toFixed(2),
      gate: at % 97 < 4 ? 'BUDGET' : '',
    }
  })
}

export function fillRows(now: number): FillView[] {
  return Array.from({ length: 24 }, (_, at) => {
    const age = (24 - at) * 12
    const mid = 3_121 + 2.2 * wave(300 - age, 40)
    const side = at % 3 === 1 ? 'sell' : 'buy'
    return {
      key: `f${at}`,
      ts: now - age * 1_000,
      coin: 'ETH',
      side,
      px: (mid + (side === 'buy' ? -1.2 : 1.3)).toFixed(1),
      sz: '0.08',
      direction: side === 'buy' ? 'Close Short' : 'Open Short',
      closed_pnl: side === 'buy' ? (0.1 * wave(at, 3)).toFixed(4) : '0',
      fee: '0.03744',
      crossed: at % 7 === 0,
      cloid: own(MAKER, at),
    }
  })
}

export function decisionRows(now: number): DecisionView[] {
  return Array.from({ length: 14 }, (_, at) => {
    const enter = at === 5
    const held = at > 5
    return {
      key: String(at),
      seq: at,
      ts: now - (14 - at) * 60_000,
      epoch: at < 9 ? 1 : 2,
      coin: 'BTC',
      kind: enter ? 'enter' : held && at % 4 === 0 ? 'move_stop' : 'hold',
      reason: at < 3 ? 'WARMING_UP' : enter ? 'EMA_CROSS_UP' : at === 4 ? 'EMA_CROSS_UP' : 'NO_CROSS',
      gate: at === 4 ? 'RISK_MAX_POSITION' : '',
      inputs: {
        close: 64_200 + 12.5 * at,
        ema_fast: 64_190.123456 + 11 * at,
        ema_slow: 64_180 + 9 * at,
        atr: 96.4,
        position_sz: held ? '0.0154' : '0',
        warm: at >= 3,
      },
    }
  })
}

export const streamRows = (now: number) =>
  ['trades', 'l2_snapshots', 'bbo', 'candles', 'asset_contexts'].flatMap((stream, at) =>
    ['BTC', 'ETH', 'SOL'].map((coin, which) => ({
      key: `${stream} ${coin}`,
      stream,
      coin,
      rows: 1_203 * (at + 1) * (which + 2),
      first_ts: now - 3_600_000,
      last_ts: now - 800 * (which + 1),
      received_ts: which === 2 && at === 1 ? now - 75_000 : now - 700 * (which + 1),
    })),
  )

export const serviceRows = () =>
  [
    ['temporal', 'http://127.0.0.1:8233', 217],
    ['clickhouse', 'http://127.0.0.1:8123', 310],
    ['paper-exchange', 'http://127.0.0.1:4001', 96],
    ['worker-orchestrator', '', 170],
    ['worker-trading', 'http://127.0.0.1:4002', 148],
    ['worker-data', '', 92],
    ['streamers', '', 88],
    ['watchdog', '', 71],
    ['dashboard', 'http://127.0.0.1:4000', 102],
  ].map(([key, url, mib], at) => ({
    key: String(key),
    state: key === 'watchdog' ? 'restarting' : 'ready',
    url: String(url),
    pid: 4_100 + at,
    restarts: key === 'watchdog' ? 2 : 0,
    rss_bytes: Number(mib) * 1_048_576,
  }))
