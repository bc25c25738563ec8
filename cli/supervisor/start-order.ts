/** The order of a start: what waits for what, and the steps between the services. */
// Not here: the services themselves (stack.ts), how the steps' work is done (cli/setup.ts).
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type ProgressListener, runStep, type StepName } from '#cli/progress.ts'
import type { StackParts } from '#cli/supervisor/run.ts'
import { type ProcessName, processSpec, temporalSpec } from '#cli/supervisor/stack.ts'
import { findTemporalServer, type TemporalBinary } from '#cli/temporal-server.ts'
import type { Environment } from '#config/environment.ts'
import { controlToken } from '#config/home.ts'
import type { Settings } from '#config/schema.ts'
import { HoldfastError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'
import { RETENTION_HOURS } from '#workers/support/temporal-flags.ts'

export interface StartOptions {
  environment: Environment
  settings: Settings
  sessions: boolean
  clock: Clock
  progress: ProgressListener
}

const PAPER_ANSWER_MS_MAX = 5_000

/** Starts all services and does all steps. Returns what the user should know. @throws the first failure */
export async function startEverything(parts: StackParts, options: StartOptions): Promise<string[]> {
  const { plan, supervisor, setup } = parts
  const notes: string[] = [...plan.notes]
  const step = <T>(name: StepName, work: Parameters<typeof runStep<T>>[3]): Promise<T> =>
    runStep(options.progress, options.clock, name, work)
  const setupStep = (name: 'tables' | 'accounts' | 'schedules' | 'sessions', files: readonly string[] = []) =>
    step(name, async (note) => {
      const done = await setup.run({ step: name, files })
      for (const line of done.notes) note(line)
      return { text: done.text, value: done.notes }
    })
  const services = processNames(parts)
  for (const name of services) supervisor.add(processSpec(name, plan.facts))

  await Promise.all([
    startTemporal(parts, options, step),
    step('clickhouse', () =>
      startOne(parts, 'clickhouse', plan.embedded.clickhouse, plan.facts.clickhouseUrl),
    ).then(() => setupStep('tables')),
    step('exchange', () =>
      startOne(parts, 'paper-exchange', plan.embedded.paper, plan.facts.exchangeUrl),
    ).then(() => setupStep('accounts')),
  ])
  const rest = services.filter((name) => name !== 'clickhouse' && name !== 'paper-exchange')
  await Promise.all([
    step('services', async () => {
      await supervisor.start(rest)
      return { text: `${rest.length} processes`, value: undefined }
    }),
    setupStep('schedules'),
  ])
  await step('market', async () => {
    if (plan.embedded.paper) await releaseMarket(parts)
    return { text: plan.market, value: undefined }
  })
  if (options.sessions) notes.push(...(await setupStep('sessions', options.settings.sessions.start)))
  else await step('sessions', async () => ({ text: 'none, as asked', value: undefined }))
  return notes
}

type RunStep = <T>(name: StepName, work: Parameters<typeof runStep<T>>[3]) => Promise<T>

function processNames({ plan }: StackParts): ProcessName[] {
  const { clickhouse, clickhouseRemote, paper, dashboard } = plan.embedded
  return [
    ...(clickhouse ? (['clickhouse'] as const) : []),
    ...(clickhouseRemote ? (['clickhouse-remote'] as const) : []),
    ...(paper ? (['paper-exchange'] as const) : []),
    ...(['streamers', 'worker-orchestrator', 'worker-trading', 'worker-data', 'watchdog'] as const),
    ...(dashboard ? (['dashboard'] as const) : []),
  ]
}

async function startOne(
  { supervisor }: StackParts,
  name: ProcessName,
  isEmbedded: boolean,
  url: string,
): Promise<{ text: string; value: undefined }> {
  if (isEmbedded) await supervisor.start([name])
  else supervisor.addExternal(name === 'paper-exchange' ? 'exchange' : name, url)
  return { text: isEmbedded ? url : `${url} (external)`, value: undefined }
}

async function startTemporal(parts: StackParts, options: StartOptions, step: RunStep): Promise<void> {
  const { plan, supervisor } = parts
  const { temporalAddress, temporalUiUrl } = plan.facts
  if (!plan.embedded.temporal) {
    supervisor.addExternal('temporal', temporalUiUrl || temporalAddress)
    await step('temporal-binary', async () => ({
      text: 'not needed (TEMPORAL_ADDRESS is set)',
      value: undefined,
    }))
    await step('temporal', async () => ({ text: `${temporalAddress} (external)`, value: undefined }))
    return
  }
  const binary = await step('temporal-binary', async (note) => {
    const found = await findBinary(options.environment, parts, note)
    return { text: `${found.version} from ${found.source}`, value: found }
  })
  await step('temporal', async () => {
    supervisor.add(temporalSpec(binary.path, plan.facts))
    await supervisor.start(['temporal'])
    await keepClosedWorkflows(binary, temporalAddress, plan.facts.namespace)
    return { text: `${temporalAddress}, UI ${temporalUiUrl}`, value: undefined }
  })
}

async function findBinary(
  environment: Environment,
  { sink, plan }: StackParts,
  note: (text: string) => void,
): Promise<TemporalBinary> {
  // Loaded here: it brings a process library that the rest of the supervisor's life does not need.
  const { temporalSources, userCacheFolder } = await import('#cli/temporal-sources.ts')
  const sources = temporalSources({
    cliPath: environment.TEMPORAL_CLI_PATH,
    searchPath: plan.facts.inherited.PATH ?? '',
    cacheFolder: userCacheFolder(),
  })
  return findTemporalServer(sources, (line) => {
    note(line)
    sink.log('info', line)
  })
}

/** The server forgets closed workflows after a day unless told otherwise; the setting survives restarts, and repeating it is harmless. */
async function keepClosedWorkflows(
  { path }: TemporalBinary,
  address: string,
  namespace: string,
): Promise<void> {
  const args = ['operator', 'namespace', 'update', '-n', namespace, '--retention', `${RETENTION_HOURS}h`]
  await promisify(execFile)(path, [...args, '--address', address])
}

async function releaseMarket({ plan }: StackParts): Promise<void> {
  plan.releaseMarket()
  const url = `${plan.facts.exchangeUrl}/admin/market/start`
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${controlToken(plan.facts.home)}`, 'content-type': 'application/json' },
    body: '{}',
    signal: AbortSignal.timeout(PAPER_ANSWER_MS_MAX),
  })
  if (!response.ok) {
    throw new HoldfastError(`the paper exchange answers ${response.status} to ${url}`, {
      code: 'MARKET_HELD',
      retryable: true,
      hint: 'see logs/paper-exchange.log in the state folder',
    })
  }
}
