/** A candle session in virtual time over recorded candles: coordinator, segments, fence and close as they are, the paper exchange's engine as the venue, candles turned into prices. */
// Not here: the candles as prices (candle-tape.ts), faults (world.ts), the backtest that has to agree (candle-agreement.test.ts).
import type { BacktestOptions } from '#domain/backtest/options.ts'
import type { CandleSeries } from '#domain/backtest/series.ts'
import { hash32 } from '#domain/ids.ts'
import type { SessionLimits } from '#domain/risk/limit-input.ts'
import { closeSession } from '#domain/session/close.ts'
import { runSession } from '#domain/session/control.ts'
import type { SessionEffects } from '#domain/session/effects.ts'
import { fenceAndReconcile } from '#domain/session/fence.ts'
import { parseSessionInput } from '#domain/session/input.ts'
import type { Journal, SegmentPorts } from '#domain/session/ports.ts'
import { runSegment } from '#domain/session/segment.ts'
import type { ClosedCandle, Decision, SessionReport } from '#domain/session/types.ts'
import { wishBoxFor } from '#domain/session/wishes.ts'
import { candleOpen, type FixedInterval, INTERVAL_MS } from '#domain/time.ts'
import { fakeControl, fakeInbox } from '../support/session-ports.ts'
import { createTape } from './candle-tape.ts'
import { createSource } from './host-inbox.ts'
import { createPaperVenue } from './paper-venue.ts'
import { createProcess } from './process.ts'
import { createScheduler, type Scheduler } from './scheduler.ts'

const START_MS = 1_700_000_000_000
const MANY = 1e9

export interface WorldRun {
  fills: { ts: number; coin: string; side: string; px: number; sz: number; isTrigger: boolean }[]
  decisions: Decision[]
  report: SessionReport | null
  faults: string[]
}

export async function runCandleWorld(
  params: Record<string, unknown>,
  series: readonly CandleSeries[],
  options: BacktestOptions,
  warmUpBars: number,
  limits: Partial<SessionLimits> = {},
): Promise<WorldRun> {
  const scheduler = createScheduler(START_MS)
  const process = createProcess(scheduler, 'host', 0)
  const { clock } = process
  const paper = createPaperVenue(scheduler, series, options.equity_usd)
  const tape = createTape(scheduler, paper, series, options)
  const events = createSource(process, () => true)
  paper.onEvent = (event) => events.push(event)
  tape.onMove = () => events.wake('market')
  const coins = series.map(({ coin }) => coin)
  const caps = { order_usd_max: MANY, position_usd_max: MANY, loss_usd_max: MANY }
  const input = parseSessionInput({
    ...{ session_key: 'unit', engine: 'candles', account: 'unit', coins, params, on_stop: 'halt' },
    limits: { ...caps, open_orders_max: 1_000, orders_per_min_max: 10_000, ...limits },
  })
  const wishes = wishBoxFor(input, null)
  const decisions = new Map<number, Decision>()
  const journal: Journal = {
    decision: (decision) => void decisions.set(decision.seq, decision),
    intent: () => Promise.resolve(),
    ...{ answer: () => undefined, event: () => undefined, quotes: () => undefined, equity: () => undefined },
  }
  const common = { clock, journal, venue: paper.venue }
  let inbox = fakeInbox()
  const waits = createWaits(scheduler)
  let isPlaying = false
  const effects: SessionEffects = {
    now: () => scheduler.nowMs,
    run: hash32('run-1'),
    admit: async () => ({
      size_decimals: Object.fromEntries(series.map((each) => [each.coin, each.sizeDecimals])),
      kill: null,
    }),
    fence: (asked) => fenceAndReconcile(asked, { ...common, commands: { kill: () => null } }),
    history: async ({ coin, interval, bars }) =>
      inInterval(
        tape.closed.filter((each) => each.coin === coin),
        interval as FixedInterval,
      ).slice(-bars),
    targets: () => Promise.reject(new TypeError('no follower here')),
    async runSegment(asked) {
      inbox = fakeInbox()
      const ports: SegmentPorts = {
        ...common,
        market: tape.view,
        events,
        control: fakeControl(clock).control,
        commands: inbox.commands,
      }
      return JSON.parse(JSON.stringify(await runSegment(JSON.parse(JSON.stringify(asked)), ports)))
    },
    stopSegment: () => {
      inbox.state.rotate = 'command'
      inbox.wake()
    },
    close: (asked) =>
      closeSession(asked, { ...common, market: tape.view, attempt: 1, stillRunning: () => undefined }),
    publish({ state }) {
      if (state !== 'RUNNING' || isPlaying) return
      isPlaying = true
      tape.play(warmUpBars, () => void wishes.askStop({ reason: 'the candles are over' }))
    },
    report: () => Promise.resolve(),
    waitFor: waits.waitFor,
    shouldContinueAsNew: () => false,
  }
  tape.warmUp(warmUpBars)
  let report: SessionReport | null = null
  let ended = false
  void runSession(input, effects, wishes).then((end) => {
    report = end.kind === 'closed' ? end.report : null
    ended = true
  })
  await scheduler.run(Number.POSITIVE_INFINITY, () => ended)
  return {
    fills: paper.fills().map(({ coin, fill, ofTrigger }) => ({
      ...{ ts: tape.marketTs(fill.ts, ofTrigger), coin, side: fill.side, isTrigger: ofTrigger },
      px: Number(fill.px),
      sz: Number(fill.sz),
    })),
    decisions: [...decisions.values()].sort((a, b) => a.seq - b.seq),
    report,
    faults: paper.faults(),
  }
}

/** The candles themselves, or the whole longer ones that they make, as a venue publishes them. */
function inInterval(candles: readonly ClosedCandle[], interval: FixedInterval): ClosedCandle[] {
  if (candles[0] === undefined || candles[0].interval === interval) return [...candles]
  const long = new Map<number, ClosedCandle[]>()
  for (const each of candles) {
    const openTs = candleOpen(each.openTs, interval)
    long.set(openTs, [...(long.get(openTs) ?? []), each])
  }
  const perLong = INTERVAL_MS[interval] / INTERVAL_MS[candles[0].interval as FixedInterval]
  return [...long].flatMap(([openTs, parts]) => {
    const [first, last] = [parts[0], parts.at(-1)]
    if (parts.length < perLong || !first || !last) return []
    const high = Math.max(...parts.map((each) => each.high))
    const low = Math.min(...parts.map((each) => each.low))
    const volume = parts.reduce((sum, each) => sum + each.volume, 0)
    return { ...first, interval, openTs, high, low, close: last.close, volume }
  })
}

/** Conditions of the coordinator, looked at after every event. */
function createWaits(scheduler: Scheduler): Pick<SessionEffects, 'waitFor'> {
  let waiting: { condition: () => boolean; resolve: (held: boolean) => void }[] = []
  scheduler.onSettled = () => {
    const held = waiting.filter(({ condition }) => condition())
    waiting = waiting.filter((each) => !held.includes(each))
    for (const { resolve } of held) resolve(true)
    return held.length > 0
  }
  return {
    waitFor(condition, timeoutMs) {
      if (condition()) return Promise.resolve(true)
      return new Promise((resolve) => {
        const waiter = { condition, resolve }
        waiting.push(waiter)
        if (timeoutMs === undefined) return
        scheduler.after(timeoutMs, () => {
          if (!waiting.includes(waiter)) return
          waiting = waiting.filter((each) => each !== waiter)
          resolve(condition())
        })
      })
    },
  }
}
