/** The coordinator's effects as a fake in virtual time: segments, fences and closes answer what the test says. */
// Not here: the ports of a segment (session-ports.ts).
import { openBook, type SessionBook } from '#domain/session/book.ts'
import type {
  CloseInput,
  CloseResult,
  FenceInput,
  HistoryRequest,
  SessionEffects,
  SessionStatus,
  StopReason,
} from '#domain/session/effects.ts'
import { parseSessionInput, type SessionInput } from '#domain/session/input.ts'
import type { SegmentInput } from '#domain/session/segment-input.ts'
import type { ClosedCandle, KillMode, SegmentOutcome, SessionReport } from '#domain/session/types.ts'
import { createWishBox, type WishBox } from '#domain/session/wishes.ts'
import type { TargetSet } from '#domain/strategies/follow-targets.ts'
import { limitsOf } from './segment-inputs.ts'
import { RUN, SESSION, START_TS } from './session-ports.ts'

type CandleSessionInput = Extract<SessionInput, { engine: 'candles' }>

const common = { session_key: 'unit', account: 'unit', coins: ['BTC'], limits: limitsOf() }

export const makerSession = (change: Record<string, unknown> = {}): SessionInput =>
  parseSessionInput({ ...common, engine: 'maker', params: { strategy: 'touch' }, ...change })

export const candleSession = (change: Record<string, unknown> = {}): CandleSessionInput =>
  parseSessionInput({
    ...common,
    engine: 'candles',
    params: { strategy: 'ema_cross', fast_bars: 2, slow_bars: 4, atr_bars: 3 },
    ...change,
  }) as CandleSessionInput

export const bookOf = (input: SessionInput, change: Partial<SessionBook> = {}): SessionBook => {
  const book = openBook(input, { sessionId: SESSION, run: RUN, now: START_TS, quietMs: 5_150 }, null)
  return Object.assign(book, { sizeDecimals: { BTC: 3 } }, change)
}

/** Candles of one minute from `first` on, closing at these prices. */
export const candlesOf = (closes: readonly number[], first = 1): ClosedCandle[] =>
  closes.map((close, at) => ({
    coin: 'BTC',
    interval: '1m',
    openTs: (first + at) * 60_000,
    open: close,
    high: close + 1,
    low: close - 1,
    close,
    volume: 1,
  }))

export const closeResultOf = (input: CloseInput, change: Partial<CloseResult> = {}): CloseResult => ({
  checkpoint: input.checkpoint,
  clean: true,
  residual: { open_orders: 0, positions: {} },
  unrealized_pnl_usd: '0',
  orders_sent: 0,
  message: '',
  ...change,
})

export function fakeEffects(onKill: 'flatten' | 'halt' = 'flatten') {
  const wishes: WishBox = createWishBox(onKill)
  const state = {
    nowTs: START_TS,
    fences: [] as FenceInput[],
    segments: [] as SegmentInput[],
    closes: [] as CloseInput[],
    stops: [] as { reason: StopReason; mode: KillMode | null; ts: number }[],
    published: [] as SessionStatus[],
    reports: [] as SessionReport[],
    asked: [] as HistoryRequest[],
    waits: [] as (number | undefined)[],
    candles: [] as ClosedCandle[],
    targets: { ts: 0, weights: {}, source: '' } as TargetSet,
    continueAsNew: false,
    /** What happens while the coordinator waits, one entry per wait that does not end at once. */
    meanwhile: [] as (() => void)[],
    segment: async (input: SegmentInput): Promise<SegmentOutcome> => {
      wishes.askStop({ reason: 'enough' })
      return { kind: 'rotated', checkpoint: input.checkpoint, reason: 'age' }
    },
    close: async (input: CloseInput): Promise<CloseResult> => closeResultOf(input),
  }
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
  const effects: SessionEffects = {
    now: () => state.nowTs,
    run: RUN,
    admit: async () => ({ size_decimals: { BTC: 3 }, kill: null }),
    fence: async (input) => {
      state.fences.push(input)
      const checkpoint = input.checkpoint ?? bookOf(makerSession()).checkpoint
      return {
        epoch: input.epoch,
        checkpoint: { ...checkpoint, epoch: input.epoch, unresolved: [] },
        canceled: 0,
        fills_folded: 0,
        kill: null,
      }
    },
    history: async (request) => {
      state.asked.push(request)
      return state.candles
    },
    targets: async () => state.targets,
    runSegment: (input) => {
      state.segments.push(input)
      return state.segment(input)
    },
    stopSegment: (reason, kill) =>
      void state.stops.push({ reason, mode: kill?.mode ?? null, ts: state.nowTs }),
    close: (input) => {
      state.closes.push(input)
      return state.close(input)
    },
    publish: (status) => void state.published.push(status),
    report: async (report) => void state.reports.push(report),
    waitFor: async (condition, timeoutMs) => {
      await settle()
      if (condition()) return true
      state.waits.push(timeoutMs)
      state.meanwhile.shift()?.()
      await settle()
      if (condition()) return true
      if (timeoutMs === undefined) throw new TypeError('the coordinator waits for ever')
      state.nowTs += timeoutMs
      return false
    },
    shouldContinueAsNew: () => state.continueAsNew,
  }
  return { effects, state, wishes }
}
