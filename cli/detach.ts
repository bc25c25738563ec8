/** `holdfast up --detach`: starts the supervisor as a process of its own, shows its progress, and returns when all is ready. */
import { spawn } from 'node:child_process'
import { mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkSettings } from '#cli/config.ts'
import { print } from '#cli/output.ts'
import { jsonProgress, type ProgressEvent, plainProgress } from '#cli/progress.ts'
import type { UpOptions } from '#cli/up.ts'
import { inheritedVariables, loadEnvironment, PROJECT_ROOT } from '#config/environment.ts'

type Message =
  | { kind: 'progress'; event: ProgressEvent }
  | { kind: 'ready'; notes: readonly string[] }
  | { kind: 'failed' }

/** As in the scripts of package.json: the supervisor allocates little and lives long. */
const SMALL_HEAP = ['--max-semi-space-size=1']

/** Resolves when everything is ready; ends the process with the supervisor's exit code when it could not start. */
export async function detachUp(options: UpOptions): Promise<void> {
  const environment = loadEnvironment()
  checkSettings(environment) // a fault in it is better told here than in a log file
  mkdirSync(environment.home.logs, { recursive: true })
  const outFile = join(environment.home.logs, 'up.out')
  const out = openSync(outFile, 'w', 0o600)
  const child = spawn(
    process.execPath,
    [...SMALL_HEAP, join(PROJECT_ROOT, 'cli', 'main.ts'), 'up', ...passedOn(options)],
    {
      detached: true,
      env: inheritedVariables(),
      stdio: ['ignore', out, out, 'ipc'],
    },
  )
  const show = options.json ? jsonProgress(print) : plainProgress(print)
  const ready = Promise.withResolvers<number>()
  child.on('message', (message: Message) => {
    if (message.kind === 'progress') show(message.event)
    if (message.kind === 'ready') {
      if (!options.json) for (const note of message.notes) print(`  note ${note}`)
      ready.resolve(0)
    }
  })
  child.on('error', () => ready.resolve(1))
  child.on('exit', (code) => ready.resolve(code ?? 1))
  const code = await ready.promise
  if (code !== 0) {
    process.stderr.write(readFileSync(outFile, 'utf8'))
    process.exit(code)
  }
  child.disconnect()
  child.unref()
  const { showStatus } = await import('#cli/status.ts')
  await showStatus({ json: options.json ?? false })
}

function passedOn(options: UpOptions): string[] {
  return [
    ...(options.market === undefined ? [] : ['--market', options.market]),
    ...(options.speed === undefined ? [] : ['--speed', options.speed]),
    ...(options.seed === undefined ? [] : ['--seed', options.seed]),
    ...(options.sessions ? [] : ['--no-sessions']),
    ...(options.json ? ['--json'] : []),
    ...(options.verbose ? ['--verbose'] : []),
  ]
}
