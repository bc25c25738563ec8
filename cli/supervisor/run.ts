/** Runs one stack: takes the state folder, starts everything by readiness, does the steps between, and stops it in order. */
// Not here: what runs (plan.ts, stack.ts), the command and its output (cli/up.ts).
import { mkdirSync } from 'node:fs'
import pc from 'picocolors'
import { releasePorts } from '#cli/ports.ts'
import { type ProgressListener, runStep } from '#cli/progress.ts'
import { createGuard } from '#cli/supervisor/guard.ts'
import { endLeftovers, lockHome } from '#cli/supervisor/home-lock.ts'
import { createLogSink, type LogSink } from '#cli/supervisor/log-sink.ts'
import { planStack, type StackChoices, type StackPlan } from '#cli/supervisor/plan.ts'
import { createRuntimeWriter, type RuntimeWriter } from '#cli/supervisor/runtime-writer.ts'
import { createSetupClient, type SetupClient } from '#cli/supervisor/setup-client.ts'
import { SHOWN_ORDER, STOP_ORDER, stackVariables } from '#cli/supervisor/stack.ts'
import { startEverything } from '#cli/supervisor/start-order.ts'
import { createSupervisor, type Supervisor } from '#cli/supervisor/supervisor.ts'
import { createTroubleMemory } from '#cli/supervisor/trouble.ts'
import type { Environment } from '#config/environment.ts'
import { createHome } from '#config/home.ts'
import type { RuntimeFile } from '#config/runtime-file.ts'
import type { Settings } from '#config/schema.ts'
import type { Clock } from '#domain/time.ts'

export interface StackOptions {
  environment: Environment
  settings: Settings
  choices: StackChoices
  /** Start the sessions of the settings. */
  sessions: boolean
  /** Every log line to the console, not only warnings and worse. */
  verbose: boolean
  clock: Clock
  /** When the command was given, on the clock's monotonic scale: what "ready" is measured from. */
  startedAt: number
  progress: ProgressListener
  print(line: string): void
}

export interface RunningStack {
  runtime(): RuntimeFile
  /** Things the user should know, e.g. ports that were taken. */
  notes: readonly string[]
  log: LogSink['log']
}

/** A stack from its first moment on: it can be stopped while it still starts. */
export interface Stack {
  /** Resolves when everything is ready. @throws what kept it from starting; everything is stopped then */
  ready: Promise<RunningStack>
  /** Stops everything in order, ≤ 10 s. Safe to call twice, and during the start. */
  stop(): Promise<void>
  /** Ends everything now. */
  killAll(): void
}

/** Everything concrete of one run. */
export interface StackParts {
  plan: StackPlan
  supervisor: Supervisor
  setup: SetupClient
  writer: RuntimeWriter
  sink: LogSink
}

export function runStack(options: StackOptions): Stack {
  const cleanups: (() => Promise<void> | void)[] = []
  let killAll = (): void => {}
  let stopping: Promise<void> | null = null
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      for (const cleanup of cleanups.reverse()) await cleanup()
    })()
    return stopping
  }
  const begin = async (): Promise<RunningStack> => {
    const parts = await prepareStack(options, cleanups)
    killAll = parts.supervisor.killAll
    const notes = await startEverything(parts, { ...options, progress: logged(options.progress, parts.sink) })
    parts.writer.started(options.clock.monotonicMs() - options.startedAt)
    parts.setup.close()
    return { runtime: parts.writer.read, notes, log: parts.sink.log }
  }
  const ready = begin().catch(async (error: unknown) => {
    await stop()
    throw error
  })
  ready.catch(() => {}) // whoever awaits it hears of it
  return { ready, stop, killAll: () => killAll() }
}

/** Progress goes to the log as well: where a slow start took its time can be read afterwards. */
const logged =
  (progress: ProgressListener, sink: LogSink): ProgressListener =>
  (event) => {
    progress(event)
    if (event.kind === 'done') sink.log('info', `${event.step}: ${event.text}`, { ms: event.ms })
  }

/** Takes the folder and the ports, and makes all parts. Each one's end is put on `cleanups`, which run last to first. */
async function prepareStack(
  options: StackOptions,
  cleanups: (() => Promise<void> | void)[],
): Promise<StackParts> {
  const { environment, settings, clock } = options
  return runStep(options.progress, clock, 'home', async (note) => {
    mkdirSync(environment.home.run, { recursive: true })
    cleanups.push(lockHome(environment.home, clock.now))
    createHome(environment.home)
    const left = await endLeftovers(environment.home, clock)
    if (left.length > 0) note(`ended what an earlier run left behind: ${left.join(', ')}`)
    cleanups.push(releasePorts)
    const plan = await planStack(environment, settings, options.choices)
    for (const text of plan.notes) note(text)
    const parts = assemble(plan, options, cleanups)
    for (const text of plan.notes) parts.sink.log('info', text)
    return { text: environment.home.root, value: parts }
  })
}

function assemble(
  plan: StackPlan,
  options: StackOptions,
  cleanups: (() => Promise<void> | void)[],
): StackParts {
  const { clock } = options
  const trouble = createTroubleMemory()
  const sink = createLogSink({
    folder: plan.facts.home.logs,
    consoleLevel: options.verbose ? 'debug' : 'warn',
    now: clock.now,
    print: options.print,
    onTrouble: trouble.note,
    colors: pc.isColorSupported,
  })
  cleanups.push(sink.close)
  const guard = createGuard()
  cleanups.push(guard.close)
  const supervisor: Supervisor = createSupervisor({
    clock,
    output: sink.feed,
    log: sink.log,
    guard,
    onChange: () => writer.changed(),
    lastTrouble: trouble.of,
    hush: sink.hush,
    stopOrder: STOP_ORDER,
    shownOrder: SHOWN_ORDER,
  })
  const writer = createRuntimeWriter({ plan, clock, services: supervisor.services })
  cleanups.push(writer.close)
  cleanups.push(supervisor.stop)
  const setup = createSetupClient({
    env: () => stackVariables(plan.facts),
    output: (stream, chunk) => sink.feed('setup', stream, chunk),
    guard,
  })
  cleanups.push(() => {
    sink.hush('setup')
    setup.close()
  })
  return { plan, supervisor, setup, writer, sink }
}
