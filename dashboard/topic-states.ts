/** The states of the live topics, made of the views: what the server takes, the stream carries as deltas, and the page draws. */
// Not here: the views (dashboard/model.ts), how a state is taken (dashboard/topics/topics.ts).
import type {
  DecisionView,
  EquityPoint,
  ExposureView,
  FillView,
  GapView,
  KillJobView,
  KillView,
  MidView,
  OrderView,
  PositionView,
  QuoteView,
  ServiceView,
  SessionEventView,
  SessionView,
  SourceView,
  StreamView,
  SystemView,
} from '#dashboard/model.ts'
import type { EpochMs } from '#domain/time.ts'

/** What a topic consists of: single values, replaced as a whole, and lists of keyed rows, changed row by row. */
export interface TopicState {
  values: Readonly<Record<string, unknown>>
  lists: Readonly<Record<string, readonly KeyedRow[]>>
}

export interface KeyedRow {
  key: string
}

/** Topic `overview`. */
export interface OverviewState extends TopicState {
  /** `exposure` is null while the exchange has not answered for every account. */
  values: { system: SystemView | null; exposure: ExposureView | null }
  lists: {
    sources: readonly SourceView[]
    services: readonly ServiceView[]
    sessions: readonly SessionView[]
    kills: readonly KillView[]
    kill_jobs: readonly KillJobView[]
  }
}

/** Topic `session/<mode>/<key>`. */
export interface SessionDetailState extends TopicState {
  values: {
    session: SessionView | null
    /** What the workflow itself answers to the `status` query; null while it cannot be asked. */
    status: Readonly<Record<string, unknown>> | null
    report: Readonly<Record<string, unknown>> | null
    /** Time of the exchange's answer that positions and orders come from; 0 before the first. */
    exchange_ts: EpochMs
  }
  lists: {
    positions: readonly PositionView[]
    orders: readonly OrderView[]
    equity: readonly EquityPoint[]
    fills: readonly FillView[]
    quotes: readonly QuoteView[]
    mids: readonly MidView[]
    decisions: readonly DecisionView[]
    events: readonly SessionEventView[]
  }
}

/** Topic `data`. */
export interface DataState extends TopicState {
  values: { as_of_ts: EpochMs }
  lists: { streams: readonly StreamView[]; gaps: readonly GapView[] }
}
