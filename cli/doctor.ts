/** `holdfast doctor`: checks what a start needs and what runs now, one line each, with a hint where something is wrong. */
import { readFile, statfs } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Command } from 'commander'
import pc from 'picocolors'
import { checkSettings } from '#cli/config.ts'
import { print, printJson } from '#cli/output.ts'
import { isFree } from '#cli/ports.ts'
import { temporalServes } from '#cli/supervisor/grpc-health.ts'
import { homeHolder } from '#cli/supervisor/home-lock.ts'
import { findTemporalServer } from '#cli/temporal-server.ts'
import { temporalSources, userCacheFolder } from '#cli/temporal-sources.ts'
import { type Environment, inheritedVariables, loadEnvironment } from '#config/environment.ts'
import { createHome } from '#config/home.ts'
import { type RuntimeFile, readRuntime } from '#config/runtime-file.ts'
import { describeError, HoldfastError } from '#domain/errors.ts'

interface Check {
  name: string
  /** `warn` does not keep anything from working. */
  verdict: 'ok' | 'warn' | 'fail'
  found: string
  hint: string
}

const DISK_BYTES_MIN = 2e9
const MEMORY_BYTES_MIN = 2e9
const ANSWER_MS_MAX = 2_000
/** Sources that look without fetching anything: a doctor must not download. */
const LOCAL_SOURCES = ['TEMPORAL_CLI_PATH', 'PATH', 'cache folder']

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check this machine and this stack')
    .option('--json', 'one JSON object')
    .action(async (options: { json?: boolean }) => {
      const checks = await runChecks()
      const failed = checks.some(({ verdict }) => verdict === 'fail')
      if (options.json) printJson({ healthy: !failed, checks })
      else for (const check of checks) printCheck(check)
      process.exitCode = failed ? 1 : 0
    })
}

function printCheck({ name, verdict, found, hint }: Check): void {
  const mark = { ok: pc.green('✓'), warn: pc.yellow('!'), fail: pc.red('✗') }[verdict]
  print(`${mark} ${name}: ${found}`)
  if (verdict !== 'ok' && hint !== '') print(`  ${pc.dim(hint)}`)
}

async function runChecks(): Promise<Check[]> {
  const checks = [await check('Node', () => process.versions.node)]
  let environment: Environment
  try {
    environment = loadEnvironment()
    checks.push(await check('settings', () => checkSettings(environment).files.join(', ')))
  } catch (error) {
    return [...checks, failed('environment', error)]
  }
  checks.push(await check('state folder', () => writableHome(environment)))
  checks.push(await diskCheck(environment), await memoryCheck())
  const runtime = homeHolder(environment.home) ? readRuntime(environment.home) : null
  if (environment.TEMPORAL_ADDRESS === undefined && runtime === null)
    checks.push(await temporalCheck(environment))
  if (runtime === null) checks.push(...(await portChecks(environment)))
  else checks.push(...(await serviceChecks(runtime)))
  return checks
}

async function check(name: string, look: () => Promise<string> | string): Promise<Check> {
  try {
    return { name, verdict: 'ok', found: await look(), hint: '' }
  } catch (error) {
    return failed(name, error)
  }
}

const failed = (name: string, error: unknown): Check => ({
  name,
  verdict: 'fail',
  found: describeError(error),
  hint: error instanceof HoldfastError ? error.hint : '',
})

function writableHome({ home }: Environment): string {
  createHome(home)
  return home.root
}

async function diskCheck({ home }: Environment): Promise<Check> {
  const { bavail, bsize } = await statfs(home.root)
  const free = bavail * bsize
  return {
    name: 'disk',
    verdict: free < DISK_BYTES_MIN ? 'warn' : 'ok',
    found: `${(free / 1e9).toFixed(1)} GB free`,
    hint: 'market data needs room: free some, or move HOLDFAST_HOME',
  }
}

async function memoryCheck(): Promise<Check> {
  const info = await readFile('/proc/meminfo', 'utf8').catch(() => '')
  const kilobytes = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(info)?.[1] ?? Number.NaN)
  if (Number.isNaN(kilobytes))
    return { name: 'memory', verdict: 'ok', found: 'not known on this system', hint: '' }
  return {
    name: 'memory',
    verdict: kilobytes * 1024 < MEMORY_BYTES_MIN ? 'warn' : 'ok',
    found: `${((kilobytes * 1024) / 1e9).toFixed(1)} GB available`,
    hint: 'the whole stack takes up to 1.5 GB',
  }
}

async function temporalCheck(environment: Environment): Promise<Check> {
  const all = temporalSources({
    cliPath: environment.TEMPORAL_CLI_PATH,
    searchPath: inheritedVariables().PATH ?? '',
    cacheFolder: userCacheFolder(),
  })
  const local = all.filter(({ name }) => LOCAL_SOURCES.includes(name))
  try {
    const { path, version } = await findTemporalServer(local, () => {})
    return { name: 'Temporal server', verdict: 'ok', found: `${version} at ${path}`, hint: '' }
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'INVALID_INPUT')
      return failed('Temporal server', error)
    return {
      name: 'Temporal server',
      verdict: 'warn',
      found: 'not on this machine yet',
      hint: 'the first `npm start` fetches it: from its official site, by pip, or by building it with Go',
    }
  }
}

async function portChecks(environment: Environment): Promise<Check[]> {
  const configured = Object.entries(environment).flatMap(([name, value]) =>
    name.startsWith('HOLDFAST_PORT_') && typeof value === 'number' && value > 0
      ? [{ name, port: value }]
      : [],
  )
  return Promise.all(
    configured.map(async ({ name, port }): Promise<Check> => {
      const free = await isFree(environment.HOLDFAST_BIND, port)
      return {
        name,
        verdict: free ? 'ok' : 'fail',
        found: `port ${port} is ${free ? 'free' : 'taken by another process'}`,
        hint: `free it or set ${name} to another port`,
      }
    }),
  )
}

async function serviceChecks(runtime: RuntimeFile): Promise<Check[]> {
  const services = runtime.services.map(
    ({ name, state, restarts, last_exit }): Check => ({
      name,
      verdict: state === 'ready' || state === 'external' ? (restarts > 0 ? 'warn' : 'ok') : 'fail',
      found:
        restarts > 0 ? `${state}, started again ${restarts} times; the last time it ${last_exit}` : state,
      hint: `see logs/${name}.log in ${runtime.home}`,
    }),
  )
  const answers = [
    await answerCheck('Temporal answers', runtime.temporal_address, temporalServes),
    await answerCheck('ClickHouse answers', `${runtime.clickhouse_url}/ping`, httpAnswers),
    await answerCheck('exchange answers', runtime.exchange_url, portAnswers),
  ]
  return [...services, ...answers]
}

async function answerCheck(name: string, at: string, ask: (at: string) => Promise<boolean>): Promise<Check> {
  const answers = await ask(at)
  return {
    name,
    verdict: answers ? 'ok' : 'fail',
    found: answers ? at : `${at} does not answer`,
    hint: 'see its log file',
  }
}

const httpAnswers = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX) }).then(
    ({ ok }) => ok,
    () => false,
  )

function portAnswers(url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname,
      port: Number(port) || (protocol === 'https:' ? 443 : 80),
      timeout: ANSWER_MS_MAX,
    })
    const finish = (answers: boolean) => {
      socket.destroy()
      resolve(answers)
    }
    socket
      .once('connect', () => finish(true))
      .once('error', () => finish(false))
      .once('timeout', () => finish(false))
  })
}
