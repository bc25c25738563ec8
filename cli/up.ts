/** `holdfast up`: starts everything, shows progress and where things are, and stays until Ctrl-C; --detach leaves it running. */
// Not here: what is started and in which order (cli/supervisor).
import type { Command } from 'commander'
import pc from 'picocolors'
import { checkSettings } from '#cli/config.ts'
import { detachUp } from '#cli/detach.ts'
import { exitCodeOf, formatBytes, print, printJson, printTable, reportError } from '#cli/output.ts'
import { jsonProgress, liveProgress, type ProgressListener, plainProgress } from '#cli/progress.ts'
import type { StackChoices } from '#cli/supervisor/plan.ts'
import { runStack, type Stack } from '#cli/supervisor/run.ts'
import { systemClock } from '#config/clock.ts'
import { type Environment, loadEnvironment } from '#config/environment.ts'
import { controlToken } from '#config/home.ts'
import type { RuntimeFile } from '#config/runtime-file.ts'
import { InvalidInputError } from '#domain/errors.ts'

export interface UpOptions {
  detach?: boolean
  market?: string
  speed?: string
  seed?: string
  json?: boolean
  verbose?: boolean
  /** Commander's name for --no-sessions. */
  sessions: boolean
}

/** A terminal sends Ctrl-C to the whole foreground group and npm passes it on as well: that is one wish, not two. */
const SAME_CTRL_C_MS = 1_000
/** Narrower terminals, and such as do not tell their width, get plain lines. */
const COLUMNS_MIN = 40

export function registerUp(program: Command): void {
  program
    .command('up')
    .description('start everything and keep it running until Ctrl-C')
    .option('--detach', 'return when everything is ready and leave it running')
    .option('--market <source>', 'synthetic, replay:FILE, candles:FILES or mirror:URL')
    .option('--speed <x>', 'replay speed, recorded seconds per second')
    .option('--seed <n>', 'seed of the synthetic market')
    .option('--no-sessions', 'start no session')
    .option('--json', 'progress and result as JSON lines')
    .option('--verbose', 'every log line to the console, not only warnings')
    .action((options: UpOptions) => (options.detach ? detachUp(options) : up(options)))
}

export async function up(options: UpOptions): Promise<void> {
  const startedAt = systemClock.monotonicMs()
  const environment = loadEnvironment()
  const { settings } = checkSettings(environment)
  const choices = parseChoices(options)
  const progress = await chooseProgress(options)
  if (!options.json) print(`${pc.bold('Holdfast')} starts; Ctrl-C stops it.`)
  const stack = runStack({
    ...{ environment, settings, choices, startedAt, clock: systemClock },
    ...{ sessions: options.sessions, verbose: options.verbose ?? false },
    progress: progress.listener,
    print: (line) => process.stderr.write(`${line}\n`),
  })
  const stopped = stopOnSignal(stack, options.json ?? false)
  try {
    const running = await stack.ready
    await progress.finish()
    // Detached, whoever waits shows the status; the token in the dashboard's link is not for a file.
    if (process.send) process.send({ kind: 'ready', notes: running.notes })
    else showReady(running.runtime(), running.notes, environment, options.json ?? false)
  } catch (error) {
    await progress.finish()
    if (!stopped.requested()) {
      process.send?.({ kind: 'failed' })
      reportError(error, options.json ?? false)
      process.exit(exitCodeOf(error))
    }
  }
  await stopped.done
  process.exit(0)
}

function parseChoices(options: UpOptions): StackChoices {
  const number = (
    name: string,
    text: string | undefined,
    isValid: (value: number) => boolean,
    expected: string,
  ) => {
    if (text === undefined) return undefined
    const value = Number(text)
    if (text.trim() !== '' && isValid(value)) return value
    throw new InvalidInputError({ source: `--${name}`, path: '', found: JSON.stringify(text), expected })
  }
  const speed = number(
    'speed',
    options.speed,
    (value) => value > 0 && value <= 10_000,
    'a number above 0, at most 10000',
  )
  const seed = number(
    'seed',
    options.seed,
    (value) => Number.isSafeInteger(value) && value >= 0,
    'a whole number ≥ 0',
  )
  return {
    ...(options.market === undefined ? {} : { market: options.market }),
    ...(speed === undefined ? {} : { speed }),
    ...(seed === undefined ? {} : { seed }),
  }
}

async function chooseProgress(
  options: UpOptions,
): Promise<{ listener: ProgressListener; finish(): Promise<void> }> {
  const finish = async () => {}
  if (process.send) {
    // Started by --detach: the command that waits shows the progress.
    return { listener: (event) => process.send?.({ kind: 'progress', event }), finish }
  }
  if (options.json) return { listener: jsonProgress(print), finish }
  const isTerminal = process.stdout.isTTY && (process.stdout.columns ?? 0) >= COLUMNS_MIN
  if (isTerminal && !options.verbose) return liveProgress()
  return { listener: plainProgress(print), finish }
}

/** The table of services with their URLs, which market runs, and what the user should know. */
export function showReady(
  runtime: RuntimeFile,
  notes: readonly string[],
  environment: Environment,
  json: boolean,
): void {
  if (json) {
    printJson({ event: 'ready', ...publicFacts(runtime), notes })
    return
  }
  const token = controlToken(environment.home)
  print('')
  printTable(
    ['service', 'state', 'url', 'memory'],
    runtime.services.map(({ name, state, url, rss_bytes }) => [
      name,
      state === 'ready' ? pc.green(state) : state,
      url,
      rss_bytes > 0 ? formatBytes(rss_bytes) : '',
    ]),
  )
  print('')
  if (runtime.dashboard_url) print(`  ${pc.bold('Dashboard')}    ${runtime.dashboard_url}/?token=${token}`)
  if (runtime.temporal_ui_url) print(`  ${pc.bold('Temporal UI')}  ${runtime.temporal_ui_url}`)
  print(`  ${pc.bold('ClickHouse')}   ${runtime.clickhouse_url}`)
  print(
    `  ${pc.bold('Exchange')}     ${runtime.exchange_url} ${pc.dim(`(${runtime.network}, market ${runtime.market})`)}`,
  )
  for (const note of notes) print(`  ${pc.yellow('note')} ${note}`)
  const total = runtime.services.reduce((sum, { rss_bytes }) => sum + rss_bytes, runtime.supervisor.rss_bytes)
  print(
    `\n  Ready after ${(runtime.ready_ms / 1000).toFixed(1)} s, ${formatBytes(total)} of memory; state and logs in ${runtime.home}`,
  )
}

/** What scripts get: no token, nothing that the status command does not show too. */
function publicFacts(runtime: RuntimeFile): Record<string, unknown> {
  const { ready, ready_ms, home, market, network, services } = runtime
  return {
    ...{ ready, ready_ms, home, market, network },
    exchange_url: runtime.exchange_url,
    clickhouse_url: runtime.clickhouse_url,
    temporal_address: runtime.temporal_address,
    temporal_ui_url: runtime.temporal_ui_url,
    dashboard_url: runtime.dashboard_url,
    services: services.map(({ name, state, url, pid, restarts, rss_bytes }) => ({
      name,
      state,
      url,
      pid,
      restarts,
      rss_bytes,
    })),
  }
}

/** The first signal stops in order; a second one, later than an echo of the first, ends everything at once. */
function stopOnSignal(stack: Stack, json: boolean): { done: Promise<void>; requested(): boolean } {
  const done = Promise.withResolvers<void>()
  let first: number | null = null
  const onSignal = (signal: NodeJS.Signals) => {
    const now = systemClock.monotonicMs()
    if (first === null) {
      first = now
      if (!json) process.stderr.write(`\n${signal}: stopping everything in order (again: at once)\n`)
      void stack.stop().then(
        () => {
          if (!json)
            process.stderr.write(
              `Stopped in ${((systemClock.monotonicMs() - now) / 1000).toFixed(1)} s. Start again to go on.\n`,
            )
          done.resolve()
        },
        (error: unknown) => done.reject(error),
      )
    } else if (now - first > SAME_CTRL_C_MS) stack.killAll()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  // A terminal that is gone must not end the supervisor in the middle of its work.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  return { done: done.promise, requested: () => first !== null }
}
