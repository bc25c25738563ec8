/** One service: started, waited for, started again when it ends, stopped on request. */
// Not here: which services there are (stack.ts), their order (supervisor.ts), when a restart is due (back-off.ts).
import { type ChildProcess, spawn } from 'node:child_process'
import { countEnd, restartDelayMs } from '#cli/supervisor/back-off.ts'
import { residentBytes, signalProcess } from '#cli/supervisor/process-table.ts'
import type { ReadyMessage } from '#config/process.ts'
import { processStarted } from '#config/process-identity.ts'
import type { RuntimeService, ServiceState } from '#config/runtime-file.ts'
import { HoldfastError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'

/** What is needed to run one service. */
export interface ServiceSpec {
  name: string
  command: string
  args: readonly string[]
  /** Asked before every start: a restarted service may need other variables than a first one. */
  env: () => Readonly<Record<string, string>>
  /** `message`: it says so over its IPC channel. A function: asked again and again until it says where it answers. */
  ready: 'message' | ((signal: AbortSignal) => Promise<ReadyMessage | null>)
}

export interface ChildDeps {
  clock: Clock
  output(service: string, stream: 'stdout' | 'stderr', chunk: string): void
  log(level: 'info' | 'warn' | 'error', text: string, fields?: Readonly<Record<string, unknown>>): void
  guard: { add(pid: number): void; drop(pid: number): void }
  /** Called after every change of state, pid or restarts. */
  onChange(): void
  /** What the service last said about its trouble, to explain a start that failed. */
  lastTrouble(service: string): string
}

export const START = {
  /** A service that does not say that it is ready for so long is ended and tried again. */
  readyMsMax: 60_000,
  /** Ends before it was ready for the first time: then the whole start fails. */
  attemptsMax: 3,
  probeMs: 50,
} as const

/** Exit code of a service that found its settings wrong: another try cannot help. */
const EXIT_BAD_INPUT = 2

export class ServiceStartError extends HoldfastError {
  constructor(service: string, how: string, said: string) {
    super(`${service} could not be started: it ${how}${said === '' ? '' : `; it said: ${said}`}`, {
      code: 'SERVICE_START',
      retryable: true,
      hint: `see logs/${service}.log in the state folder`,
    })
  }
}

export class Child {
  readonly spec: ServiceSpec
  readonly #deps: ChildDeps
  #state: ServiceState = 'waiting'
  #process: ChildProcess | null = null
  #processStarted: string | null = null
  #ready: ReadyMessage = { kind: 'ready', url: '' }
  #readySince: number | null = null
  #everReady = false
  #restarts = 0
  #endsInARow = 0
  #lastExit = ''
  #stopping = new AbortController()
  /** Settles when the service is ready for the first time or can not be started. */
  #first = Promise.withResolvers<void>()
  #ended: Promise<void> = Promise.resolve()

  constructor(spec: ServiceSpec, deps: ChildDeps) {
    this.spec = spec
    this.#deps = deps
    this.#first.promise.catch(() => {}) // whoever starts it hears of it; nobody else has to
  }

  /** Starts the service. @throws ServiceStartError when it did not become ready; it is not running then */
  start(): Promise<void> {
    if (this.#state !== 'waiting') return this.#first.promise
    void this.#run()
    return this.#first.promise
  }

  status(): RuntimeService {
    const pid = this.#process?.pid ?? null
    return {
      name: this.spec.name,
      state: this.#state,
      url: this.#ready.url,
      pid,
      process_started: this.#processStarted,
      restarts: this.#restarts,
      rss_bytes: pid === null ? 0 : residentBytes(pid),
      facts: this.#ready.facts ?? {},
      last_exit: this.#lastExit,
    }
  }

  /** Asks the service to stop; after `msMax` it is killed. Resolves when the process is gone. */
  async stop(msMax: number): Promise<void> {
    this.#stopping.abort()
    const child = this.#process
    if (child === null) {
      if (this.#state !== 'failed') this.#setState('stopped')
      this.#first.reject(new ServiceStartError(this.spec.name, 'was stopped', ''))
      return
    }
    this.#setState('stopping')
    child.kill('SIGTERM')
    const patience = new AbortController()
    const late = this.#deps.clock.sleep(msMax, patience.signal).then(() => {
      if (patience.signal.aborted) return
      this.#deps.log('warn', `${this.spec.name} did not stop within ${Math.round(msMax)} ms: killed`)
      this.#killNow()
    })
    await this.#ended
    patience.abort()
    await late
  }

  /** Ends the process group at once. */
  killNow(): void {
    this.#stopping.abort()
    this.#killNow()
  }

  #killNow(): void {
    const pid = this.#process?.pid
    if (pid !== undefined && !signalProcess(-pid, 'SIGKILL')) signalProcess(pid, 'SIGKILL')
  }

  #setState(state: ServiceState): void {
    this.#state = state
    this.#deps.onChange()
  }

  /** Runs the process again and again until it is stopped or cannot be started at all. */
  async #run(): Promise<void> {
    const { clock, log } = this.#deps
    const { name } = this.spec
    while (!this.#stopping.signal.aborted) {
      this.#setState('starting')
      const exit = await this.#runOnce()
      const readyMs = this.#readySince === null ? 0 : clock.monotonicMs() - this.#readySince
      this.#readySince = null
      this.#lastExit = exit.how
      if (this.#stopping.signal.aborted) break
      this.#endsInARow = countEnd(this.#endsInARow, readyMs)
      if (!this.#everReady && (exit.code === EXIT_BAD_INPUT || this.#endsInARow >= START.attemptsMax)) {
        this.#setState('failed')
        this.#first.reject(new ServiceStartError(name, exit.how, this.#deps.lastTrouble(name)))
        return
      }
      const delay = restartDelayMs(this.#endsInARow)
      log('warn', `${name} ${exit.how}: starting it again${delay > 0 ? ` in ${delay} ms` : ''}`)
      this.#setState('restarting')
      await clock.sleep(delay, this.#stopping.signal)
      if (this.#everReady && !this.#stopping.signal.aborted) this.#restarts += 1
    }
    this.#setState('stopped')
    this.#first.reject(new ServiceStartError(name, 'was stopped', ''))
  }

  async #runOnce(): Promise<{ code: number | null; how: string }> {
    const deps = this.#deps
    const child = this.#spawn()
    const exited = Promise.withResolvers<{ code: number | null; how: string }>()
    child.on('error', (error) => exited.resolve({ code: null, how: `could not be run: ${error.message}` }))
    child.on('exit', () => {
      // Whatever it has started itself: it would hold the pipes open, and nobody would stop it.
      if (child.pid !== undefined) signalProcess(-child.pid, 'SIGKILL')
    })
    child.on('close', (code, signal) => {
      exited.resolve({ code, how: signal ? `was ended by ${signal}` : `ended with exit code ${code}` })
    })
    this.#process = child
    const { pid } = child
    if (pid !== undefined) {
      this.#processStarted = processStarted(pid)
      deps.guard.add(pid)
      deps.onChange()
    }
    this.#ended = exited.promise.then(() => {})
    const over = new AbortController()
    const watch = this.#watchReadiness(child, over.signal)
    const exit = await exited.promise
    over.abort()
    await watch
    if (pid !== undefined) deps.guard.drop(pid)
    this.#process = null
    this.#processStarted = null
    return exit
  }

  /** Its own process group: a Ctrl-C in the terminal reaches the supervisor alone, which then stops all in order. */
  #spawn(): ChildProcess {
    const { name, command, args, env, ready } = this.spec
    const stdio: ('ignore' | 'pipe' | 'ipc')[] = ['ignore', 'pipe', 'pipe']
    if (ready === 'message') stdio.push('ipc')
    const child = spawn(command, args, { env: env(), detached: true, stdio })
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding('utf8').on('data', (chunk: string) => this.#deps.output(name, stream, chunk))
    }
    return child
  }

  /** Marks the service ready when it says so; ends it when it never does. */
  async #watchReadiness(child: ChildProcess, over: AbortSignal): Promise<void> {
    const { clock, log } = this.#deps
    const { ready } = this.spec
    const said = Promise.withResolvers<ReadyMessage>()
    const message = (value: unknown) => {
      if ((value as ReadyMessage | null)?.kind === 'ready') said.resolve(value as ReadyMessage)
    }
    if (ready === 'message') child.on('message', message)
    else void this.#probe(ready, over, said.resolve)
    const answered = new AbortController()
    const patience = clock.sleep(START.readyMsMax, AbortSignal.any([over, answered.signal])).then(() => null)
    const first = await Promise.race([said.promise, patience])
    answered.abort()
    if (over.aborted) return
    if (first === null) {
      log('error', `${this.spec.name} was not ready after ${START.readyMsMax / 1000} s: killed`)
      this.#killNow()
      return
    }
    this.#ready = first
    this.#readySince = clock.monotonicMs()
    this.#everReady = true
    this.#setState('ready')
    this.#first.resolve()
  }

  async #probe(
    ask: (signal: AbortSignal) => Promise<ReadyMessage | null>,
    over: AbortSignal,
    found: (message: ReadyMessage) => void,
  ): Promise<void> {
    while (!over.aborted) {
      const message = await ask(over).catch(() => null)
      if (message !== null) return found(message)
      await this.#deps.clock.sleep(START.probeMs, over)
    }
  }
}
