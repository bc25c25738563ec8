/** What the dashboard asks of the outside, as narrow interfaces: tests bring fakes, dashboard/server.ts the real bodies. */
// Not here: the bodies (dashboard/sources/*), what the page gets (dashboard/model.ts).
import type {
  DecisionView,
  EquityPoint,
  FillView,
  GapView,
  KillStep,
  KillView,
  MidView,
  OrderView,
  PositionView,
  QuoteView,
  ServiceView,
  SessionEventView,
  StreamView,
} from '#dashboard/model.ts'
import type { ReportSources } from '#dashboard/reports/report.ts'
import type { Decimal } from '#domain/fixed-point.ts'
import type { KillMode, KillScope } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'

/** The last stored word about a session: newest run only. */
export interface StoredSession {
  session_id: string
  /** hash32 of the first run id, as in client order ids. */
  run: number
  engine: string
  mode: string
  account: string
  coins: readonly string[]
  state: string
  state_ts: EpochMs
  /** First stored event of the run. */
  started_ts: EpochMs
  epoch: number
  host: string
  /** Final report as JSON, '' before the end. */
  report: string
  equity_usd: Decimal | null
  net_pnl_usd: Decimal | null
  equity_ts: EpochMs | null
  /** JSON object coin → signed size, '' before the first equity row. */
  position: string
}

/** One run of a session: what its rows are found by. */
export interface SessionRun {
  session_id: string
  run: number
  engine: string
  account: string
  coins: readonly string[]
  started_ts: EpochMs
}

/** Facts in ClickHouse, through named queries. */
export interface FactStore {
  sessions(): Promise<StoredSession[]>
  /** At most ~1,500 points, the last of each interval. */
  equity(of: SessionRun): Promise<EquityPoint[]>
  fills(of: SessionRun): Promise<FillView[]>
  quotes(of: SessionRun): Promise<QuoteView[]>
  /** Market of its first coin since the run began, at most ~1,500 points. */
  mids(of: SessionRun): Promise<MidView[]>
  decisions(of: SessionRun): Promise<DecisionView[]>
  events(of: SessionRun): Promise<SessionEventView[]>
  streams(): Promise<StreamView[]>
  gaps(): Promise<GapView[]>
}

/** One session that runs, as the workflow engine lists it. */
export interface ListedSession {
  session_id: string
  state: string
  engine: string
  mode: string
  account: string
  coin: string
  host: string
  started_ts: EpochMs
}

export type SessionAction = 'stop' | 'pause' | 'resume'

/** Sessions through the workflow engine. */
export type SessionCommand = 'forceEntry' | 'forceClose' | 'reduce' | 'updateParams'

export interface SessionControl {
  /** Those that run now. */
  list(): Promise<ListedSession[]>
  status(sessionId: string): Promise<Readonly<Record<string, unknown>>>
  /** Resolves once the engine took it; `stop` does not wait for the report. */
  act(sessionId: string, action: SessionAction, reason: string): Promise<void>
  /** An order of a person; resolves with the session's answer. @throws HoldfastError SESSION_REFUSED with the session's own words */
  command(
    sessionId: string,
    command: SessionCommand,
    body: Readonly<Record<string, unknown>>,
  ): Promise<Record<string, unknown>>
}

/** One account as the exchange itself sees it. */
export interface ExchangeAccount {
  ts: EpochMs
  equity_usd: Decimal
  positions: readonly Omit<PositionView, 'key'>[]
  orders: readonly OrderView[]
}

/** The exchange, read only. */
export interface ExchangeReader {
  /** Names of the accounts that it can be asked about. */
  accounts(): readonly string[]
  account(name: string): Promise<ExchangeAccount>
}

/** What the supervisor has written down about this stack. */
export interface RuntimeFacts {
  market: string
  services: readonly ServiceView[]
}

export interface RuntimeReader {
  /** Null where no supervisor runs this stack, as in Docker. */
  read(): Promise<RuntimeFacts | null>
  /** Leases on file: written by the trading hosts themselves, whoever else is down. */
  leases(): readonly LeaseView[]
}

export interface KillRequest {
  scope: KillScope
  mode: Exclude<KillMode, 'off'>
  reason: string
  requested_by: string
}

export interface KillResult {
  /** True when the exchange was asked and shows what the mode promises. */
  verified: boolean
  residual: { open_orders: number; positions: Readonly<Record<string, Decimal>> } | null
}

/** Where a session's loop holds its lease now. */
export interface LeaseView {
  session_id: string
  host_id: string
}

/** The same kill as `holdfast kill`. */
export interface KillService {
  engaged(): readonly KillView[]
  /** @throws InvalidInputError for a scope that names nothing: a kill must not miss silently */
  check(scope: KillScope): void
  kill(request: KillRequest, progress: (step: KillStep) => void): Promise<KillResult>
  /** Lifts the engaged kill of a scope, so that new sessions may trade; what a kill has ended stays ended. */
  release(scope: KillScope, requestedBy: string): Promise<void>
}

export interface DashboardServices {
  facts: FactStore
  /** What the report pages read; absent in a dashboard without a database. */
  reports?: ReportSources
  control: SessionControl
  exchange: ExchangeReader
  runtime: RuntimeReader
  kills: KillService
}
