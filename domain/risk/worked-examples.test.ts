/** Worked examples N11 and N12 of the engine: what a live start needs, words of kills, pace of orders, drawdown. Where a defect is repaired, both values are named. */
// Not here: orders under a kill and after a drawdown (domain/session/worked-examples.test.ts), kill files on disk (config/kill-store.test.ts).
import { describe, expect, test } from 'vitest'
import { fromNumber } from '#domain/fixed-point.ts'
import type { KillMode, OrderIntent } from '#domain/session/types.ts'
import { killOfText, killOfWord } from './kill-words.ts'
import { SessionLimits } from './limit-input.ts'
import { LIVE_CONFIRMATION, type LiveFacts, liveGate } from './live-gates.ts'
import { isDrawnDown, managerGate, type RiskFacts } from './manager.ts'
import { notePace } from './pace.ts'
import { NO_STANDING, observeRisk, type RiskStanding } from './standing.ts'

describe('N11: gates of live', () => {
  const limits = SessionLimits.parse({
    ...{ order_usd_max: 15, position_usd_max: 15, gross_usd_max: 15, loss_usd_max: 15 },
  })
  const { order_usd_max, position_usd_max, loss_usd_max } = limits
  const facts = (enable: string, confirm: string, kill: KillMode): LiveFacts => ({
    ...{ network: 'mainnet', key: 'file:secrets/agent', limits, enable, confirm, kill },
    caps: { order_usd_max, position_usd_max, gross_usd_max: 15, loss_usd_max },
  })
  // Original: orders/entries. Its hard kill and its kill are one switch with modes here, and any of them keeps a session from starting.
  test.each([
    { enable: '1', confirm: `${LIVE_CONFIRMATION} `, kill: '', original: 'yes/yes', gate: null },
    {
      ...{ enable: 'yes', confirm: LIVE_CONFIRMATION.toLowerCase(), kill: '' },
      ...{ original: 'no/no', gate: 'LIVE_ENABLE' },
    },
    {
      enable: '1',
      confirm: LIVE_CONFIRMATION.toLowerCase(),
      kill: '',
      original: 'no/no',
      gate: 'LIVE_CONFIRM',
    },
    { enable: '1', confirm: LIVE_CONFIRMATION, kill: 'full', original: 'no/no', gate: 'LIVE_KILL' }, // HARD=on
    { enable: '1', confirm: LIVE_CONFIRMATION, kill: '1', original: 'yes/no', gate: 'LIVE_KILL' },
    // The original let entries pass until its risk manager looked; here the word halts at once.
    { enable: '1', confirm: LIVE_CONFIRMATION, kill: 'halt', original: 'yes/yes', gate: 'LIVE_KILL' },
    // Only one spelling enables; the original took any truthy word.
    { enable: 'true', confirm: LIVE_CONFIRMATION, kill: '', original: 'yes/yes', gate: 'LIVE_ENABLE' },
  ])(
    'ENABLE=$enable, CONFIRM="$confirm", KILL="$kill": $gate (original $original)',
    ({ enable, confirm, kill, gate }) => {
      expect(liveGate(facts(enable, confirm, killOfWord(kill).mode))?.gate ?? null).toBe(gate)
    },
  )
})

describe('N11: words of kills', () => {
  test.each([
    { word: '1', original: 'close_only', mode: 'close_only' },
    { word: 'close', original: 'close_only', mode: 'close_only' },
    { word: 'halt', original: 'halt_all', mode: 'halt' },
    { word: '2', original: 'halt_all', mode: 'halt' },
    { word: '0', original: 'off', mode: 'off' },
    { word: 'false', original: 'off', mode: 'off' },
    { word: 'maybe', original: 'off', mode: 'halt' }, // whoever wrote it wanted to stop something
  ])('the variable "$word" is $mode (original $original)', ({ word, mode }) => {
    expect(killOfWord(word).mode).toBe(mode)
  })
  test.each([
    { text: '', original: 'close_only', mode: 'close_only' },
    { text: 'resume', original: 'close_only', mode: 'close_only' },
    { text: 'HALT now', original: 'halt_all', mode: 'halt' },
    { text: 'full stop', original: 'halt_all', mode: 'halt' },
  ])('the file "$text" is $mode (original $original)', ({ text, mode }) => {
    expect(killOfText(text)).toBe(mode)
  })
})

/** Opening orders at these seconds; what is allowed counts as sent. The original never recorded what it sent, so most of these limits never bit. */
function run(
  limits: Record<string, number>,
  orders: readonly { s: number; coin?: string; usd?: number }[],
): string[] {
  const given = SessionLimits.parse({ order_usd_max: 10_000, position_usd_max: 10_000, ...limits })
  let standing: RiskStanding = NO_STANDING
  return orders.map(({ s, coin = 'AVAX', usd = 10 }) => {
    const order: OrderIntent = {
      ...{ cloid: '0x1', coin, side: 'buy', px: '1', sz: String(usd), tif: 'ioc' },
      ...{ reduce_only: false, purpose: 'entry' },
    }
    const facts: RiskFacts = {
      ...{ ts: s * 1_000, ageMs: 0, bidE8: null, askE8: null, oracleE8: null, grossE8: 0n, othersE8: 0n },
      ...{ coinsHeld: 0, isCoinHeld: false, shrinks: false, netPnlE8: 0n },
    }
    const gate = managerGate(order, facts, given, standing)
    if (gate === null) standing = notePace(standing, order, facts.ts, given)
    return gate ?? 'ok'
  })
}

describe('N12: pace of opening orders', () => {
  test('three a minute', () => {
    const gates = run(
      { orders_per_min_max: 3 },
      [0, 1, 2, 3, 21, 22.5, 43].map((s) => ({ s })),
    )
    const no = 'RISK_ORDER_RATE' // original: entry_rate
    expect(gates).toEqual(['ok', 'ok', 'ok', no, 'ok', no, 'ok'])
  })
  test('two a minute of one coin', () => {
    const orders = [
      { s: 0 },
      { s: 10 },
      { s: 20 },
      { s: 21, coin: 'LINK' },
      { s: 59.5 },
      { s: 60.5 },
      { s: 61 },
    ]
    const no = 'RISK_COIN_ORDER_RATE'
    expect(run({ coin_orders_per_min_max: 2 }, orders)).toEqual(['ok', 'ok', no, 'ok', no, 'ok', no])
  })
  test('120 USD in 30 s', () => {
    const sent = [
      [70, 0],
      [60, 5],
      [50, 6],
      [1, 29],
      [60, 30.5],
      [61, 31],
    ] as const
    const orders = sent.map(([usd, s]) => ({ usd, s }))
    const no = 'RISK_WINDOW_USD'
    expect(run({ window_usd_max: 120, window_s: 30 }, orders)).toEqual(['ok', no, 'ok', no, 'ok', no])
  })
  test('a gap of 150 ms', () => {
    const gates = run(
      { order_gap_ms_min: 150 },
      [0, 0.1, 0.2, 0.3, 0.36].map((s) => ({ s })),
    )
    expect(gates).toEqual(['ok', 'RISK_ORDER_GAP', 'ok', 'RISK_ORDER_GAP', 'ok'])
  })
})

test('N12: 8 % from the peak of 1050 are reached between 966.1 and 965.9, and the peak is not forgotten at 1100', () => {
  const limits = SessionLimits.parse({ order_usd_max: 1, position_usd_max: 1, drawdown_pct_max: 8 })
  let standing = NO_STANDING
  const at = (equity: number): boolean => {
    const netPnlE8 = fromNumber(equity - 1_000)
    standing = observeRisk(standing, { ts: 1, positions: [], netPnlE8, equityE8: fromNumber(equity) })
    return isDrawnDown(limits, standing, netPnlE8)
  }
  expect([1_000, 1_050, 1_000, 966.1].map(at)).toEqual([false, false, false, false])
  expect(at(965.9)).toBe(true) // 8.01 %; original: close_only
})
