/** `holdfast status`: is everything up, which sessions run, how much memory. Answers also when nothing runs. */
import type { Command } from 'commander'
import pc from 'picocolors'
import { formatBytes, print, printJson, printTable } from '#cli/output.ts'
import type { SessionLine } from '#cli/running-sessions.ts'
import { homeHolder } from '#cli/supervisor/home-lock.ts'
import { proportionalBytes, residentBytes } from '#cli/supervisor/process-table.ts'
import { type Environment, loadEnvironment } from '#config/environment.ts'
import { controlToken } from '#config/home.ts'
import { isSameProcess } from '#config/process-identity.ts'
import { type RuntimeFile, type RuntimeService, readRuntime } from '#config/runtime-file.ts'
import { describeError } from '#domain/errors.ts'

/** The contract with scripts: fields may be added, never renamed. */
export interface StatusReport {
  /** Every service is ready and the start is over. */
  ready: boolean
  home: string
  services: {
    name: string
    state: string
    url: string
    pid: number | null
    restarts: number
    rss_bytes: number
  }[]
  sessions: SessionLine[]
  /** Sum over services and supervisor, bytes: what they share, Node itself above all, counts once for each of them. */
  total_rss_bytes: number
  /** The same with shared pages counted once; null where the system does not tell. */
  total_pss_bytes: number | null
  /** From the command to ready, milliseconds; 0 before. */
  ready_ms: number
  /** Null when no supervisor runs. */
  supervisor: { pid: number; rss_bytes: number } | null
  market: string
  network: string
  exchange_url: string
  clickhouse_url: string
  temporal_address: string
  temporal_ui_url: string
  dashboard_url: string
}

export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('services, sessions and memory of this stack')
    .option('--json', 'one JSON object')
    .action((options: { json?: boolean }) => showStatus({ json: options.json ?? false }))
}

export async function showStatus({ json }: { json: boolean }): Promise<void> {
  const environment = loadEnvironment()
  const runtime = readRuntime(environment.home)
  const isHeld = homeHolder(environment.home) !== null
  const report = currentReport(environment, runtime, isHeld)
  let trouble = ''
  if (
    runtime &&
    report.services.some(({ name, state }) => name === 'temporal' && ['ready', 'external'].includes(state))
  ) {
    try {
      // Loaded here: without a running stack there is no need for the Temporal client.
      const { listSessions } = await import('#cli/running-sessions.ts')
      report.sessions = await listSessions(environment, runtime)
    } catch (error) {
      trouble = describeError(error)
    }
  }
  if (json) return printJson(trouble === '' ? report : { ...report, sessions_error: trouble })
  showPeople(report, environment, trouble)
}

/** What the file says, corrected by what the system says now: the file of a killed supervisor is old. */
function currentReport(environment: Environment, runtime: RuntimeFile | null, isHeld: boolean): StatusReport {
  const services = (runtime?.services ?? []).map((service) => currentService(service, isHeld))
  const supervisor = runtime && isHeld ? runtime.supervisor.pid : null
  const own = supervisor === null ? 0 : residentBytes(supervisor)
  return {
    ready:
      (runtime?.ready ?? false) &&
      isHeld &&
      services.every(({ state }) => ['ready', 'external'].includes(state)),
    home: environment.home.root,
    services,
    sessions: [],
    total_rss_bytes: services.reduce((sum, { rss_bytes }) => sum + rss_bytes, own),
    total_pss_bytes: sharedOnce([supervisor, ...services.map(({ pid }) => pid)]),
    ready_ms: runtime?.ready_ms ?? 0,
    supervisor: supervisor === null ? null : { pid: supervisor, rss_bytes: own },
    market: runtime?.market ?? '',
    network: runtime?.network ?? '',
    exchange_url: runtime?.exchange_url ?? '',
    clickhouse_url: runtime?.clickhouse_url ?? '',
    temporal_address: runtime?.temporal_address ?? '',
    temporal_ui_url: runtime?.temporal_ui_url ?? '',
    dashboard_url: runtime?.dashboard_url ?? '',
  }
}

function sharedOnce(pids: readonly (number | null)[]): number | null {
  let total = 0
  for (const pid of pids) {
    const bytes = pid === null ? 0 : proportionalBytes(pid)
    if (bytes === null) return null
    total += bytes
  }
  return total
}

function currentService(service: RuntimeService, isHeld: boolean): StatusReport['services'][number] {
  const { name, url, restarts, pid, process_started, state } = service
  const alive = pid !== null && isSameProcess(pid, process_started)
  if (state === 'external') return { name, state, url, pid: null, restarts, rss_bytes: 0 }
  if (alive)
    return { name, state: isHeld ? state : 'left behind', url, pid, restarts, rss_bytes: residentBytes(pid) }
  return {
    name,
    state: isHeld && pid === null ? state : isHeld ? 'restarting' : 'stopped',
    url,
    pid: null,
    restarts,
    rss_bytes: 0,
  }
}

function showPeople(report: StatusReport, environment: Environment, trouble: string): void {
  if (report.supervisor === null) {
    const left = report.services.filter(({ pid }) => pid !== null)
    print(`Nothing runs in ${report.home}. Start it with \`npm start\` or \`holdfast up --detach\`.`)
    if (left.length > 0)
      print(
        `Left behind by a killed supervisor: ${left.map(({ name }) => name).join(', ')}; \`holdfast down\` ends them.`,
      )
    return
  }
  print(report.ready ? pc.green('ready') : pc.yellow('not ready'))
  printTable(
    ['service', 'state', 'pid', 'restarts', 'memory', 'url'],
    report.services.map(({ name, state, pid, restarts, rss_bytes, url }) => [
      ...[name, state === 'ready' ? pc.green(state) : pc.yellow(state), pid === null ? '' : String(pid)],
      ...[String(restarts), rss_bytes > 0 ? formatBytes(rss_bytes) : '', url],
    ]),
  )
  print('')
  const once = report.total_pss_bytes
  const shared = once === null ? '' : ` (${formatBytes(once)} with shared pages counted once)`
  if (trouble !== '') print(`  ${pc.yellow('sessions cannot be listed')}: ${trouble}`)
  if (report.sessions.length > 0) {
    printTable(
      ['session', 'engine', 'state', 'equity USD', 'open orders'],
      report.sessions.map(({ id, engine, state, equity_usd, open_orders }) => [
        ...[id, engine, state, equity_usd === null ? '' : equity_usd.toFixed(2)],
        open_orders === null ? '' : String(open_orders),
      ]),
    )
    print('')
  }
  print(
    `  market ${report.market} on ${report.network}; memory ${formatBytes(report.total_rss_bytes)}${shared}; ready after ${(report.ready_ms / 1000).toFixed(1)} s`,
  )
  if (report.dashboard_url)
    print(`  dashboard ${report.dashboard_url}/?token=${controlToken(environment.home)}`)
  print(`  state and logs in ${report.home}`)
}
