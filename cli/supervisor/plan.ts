/** What will run, before anything is started: which parts are embedded, on which ports, and which market. Faults in the settings end here. */
// Not here: starting it (run.ts).
import { existsSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { type ChosenPort, choosePort, type PortRequest } from '#cli/ports.ts'
import type { StackFacts } from '#cli/supervisor/stack.ts'
import { type Environment, inheritedVariables } from '#config/environment.ts'
import { NETWORK_URL } from '#config/networks.ts'
import { MarketSource, type Settings } from '#config/schema.ts'
import { InvalidInputError } from '#domain/errors.ts'
import { candleFiles } from '#exchange/paper/sources/candle-files.ts'

/** What the command line may choose. */
export interface StackChoices {
  market?: string
  speed?: number
  seed?: number
}

export interface StackPlan {
  facts: StackFacts
  /** Parts that this stack runs itself; the others are only used. */
  embedded: {
    temporal: boolean
    clickhouse: boolean
    /** A second one to copy to: only while copying is switched on and no remote is named. */
    clickhouseRemote: boolean
    paper: boolean
    dashboard: boolean
  }
  /** For people: `synthetic`, `replay:FILE`, `mirror:URL`, or the network's name. */
  market: string
  network: string
  /** Lets the market of a paper exchange that starts from now on run at once. */
  releaseMarket(): void
  /** Defaults that were taken: what to tell the user. */
  notes: string[]
}

const DEFAULT_PORTS = {
  ...{ temporal: 7233, temporalUi: 8233, clickhouse: 8123, clickhouseRemote: 8124 },
  ...{ paper: 4001, dashboard: 4000 },
}
type PortName = keyof typeof DEFAULT_PORTS
const PORT_VARIABLES = {
  temporal: 'HOLDFAST_PORT_TEMPORAL',
  temporalUi: 'HOLDFAST_PORT_TEMPORAL_UI',
  clickhouse: 'HOLDFAST_PORT_CLICKHOUSE',
  clickhouseRemote: 'HOLDFAST_PORT_CLICKHOUSE_REMOTE',
  paper: 'HOLDFAST_PORT_PAPER',
  dashboard: 'HOLDFAST_PORT_DASHBOARD',
} as const satisfies Record<PortName, keyof Environment>

/** @throws InvalidInputError for a bad market; PortTakenError for a configured port that is taken */
export async function planStack(
  environment: Environment,
  settings: Settings,
  choices: StackChoices,
): Promise<StackPlan> {
  const { network } = settings.exchange
  const embedded = {
    temporal: environment.TEMPORAL_ADDRESS === undefined,
    clickhouse: environment.CLICKHOUSE_URL === undefined,
    clickhouseRemote: settings.sync.enabled && environment.HOLDFAST_REMOTE_CLICKHOUSE_URL === undefined,
    paper: network === 'paper' && environment.HOLDFAST_EXCHANGE_URL === undefined,
    dashboard: settings.dashboard.enabled,
  }
  const notes: string[] = []
  const ports = await choosePorts(environment, embedded, notes)
  const market = embedded.paper ? chooseMarket(environment, settings, choices) : null
  const host = reachableHost(environment.HOLDFAST_BIND)
  const at = (port: number): string => `http://${host}:${port}`
  let held = true
  const facts: StackFacts = {
    home: environment.home,
    configFile: environment.HOLDFAST_CONFIG,
    bind: environment.HOLDFAST_BIND,
    exchangeUrl: embedded.paper
      ? at(ports.paper)
      : (environment.HOLDFAST_EXCHANGE_URL ?? NETWORK_URL[network]),
    clickhouseUrl: environment.CLICKHOUSE_URL ?? at(ports.clickhouse),
    remoteUrl: embedded.clickhouseRemote
      ? at(ports.clickhouseRemote)
      : (environment.HOLDFAST_REMOTE_CLICKHOUSE_URL ?? ''),
    temporalAddress: environment.TEMPORAL_ADDRESS ?? `${host}:${ports.temporal}`,
    temporalUiUrl: environment.HOLDFAST_TEMPORAL_UI_URL ?? (embedded.temporal ? at(ports.temporalUi) : ''),
    namespace: environment.TEMPORAL_NAMESPACE,
    ports,
    market: market?.variables ?? {},
    isMarketHeld: () => held,
    inherited: inheritedVariables(),
  }
  return {
    facts,
    embedded,
    market: market?.label ?? network,
    network,
    notes,
    releaseMarket: () => {
      held = false
    },
  }
}

/** What to put into a URL for an address that is listened on. */
function reachableHost(bind: string): string {
  if (bind === '0.0.0.0' || bind === '::') return '127.0.0.1'
  return bind.includes(':') ? `[${bind}]` : bind
}

/** The trading host chooses its port itself; one that was asked for must be free all the same. */
const tradingPort = ({ HOLDFAST_PORT_TRADING }: Environment): PortRequest => ({
  ...{ variable: 'HOLDFAST_PORT_TRADING', configured: HOLDFAST_PORT_TRADING, fallback: 0 },
})

async function choosePorts(
  environment: Environment,
  embedded: StackPlan['embedded'],
  notes: string[],
): Promise<StackFacts['ports']> {
  const isNeeded = {
    ...embedded,
    temporalUi: embedded.temporal,
  } satisfies Record<PortName, boolean>
  const ports = { ...DEFAULT_PORTS }
  if (environment.HOLDFAST_PORT_TRADING) await choosePort(environment.HOLDFAST_BIND, tradingPort(environment))
  for (const name of Object.keys(DEFAULT_PORTS) as PortName[]) {
    if (!isNeeded[name]) continue
    const variable = PORT_VARIABLES[name]
    const request: PortRequest = {
      variable,
      configured: environment[variable],
      fallback: DEFAULT_PORTS[name],
    }
    const chosen: ChosenPort = await choosePort(environment.HOLDFAST_BIND, request)
    ports[name] = chosen.port
    if (chosen.instead_of !== undefined) {
      notes.push(
        `port ${chosen.instead_of} is taken: ${variable.slice('HOLDFAST_PORT_'.length).toLowerCase().replace('_', ' ')} uses ${chosen.port}`,
      )
    }
  }
  return ports
}

/** Command line before environment before settings file. A relative file is looked for where the command was typed. */
function chooseMarket(
  environment: Environment,
  settings: Settings,
  choices: StackChoices,
): { label: string; variables: Record<string, string> } {
  const [source, text] =
    choices.market !== undefined
      ? ['--market', choices.market]
      : environment.HOLDFAST_MARKET !== undefined
        ? ['HOLDFAST_MARKET', environment.HOLDFAST_MARKET]
        : [environment.HOLDFAST_CONFIG, settings.exchange.market]
  const parsed = MarketSource.safeParse(text)
  if (!parsed.success) {
    throw new InvalidInputError({
      source,
      path: source === environment.HOLDFAST_CONFIG ? 'exchange.market' : '',
      found: JSON.stringify(text),
      expected: 'synthetic, replay:FILE, candles:FILES or mirror:URL',
    })
  }
  const market = withPaths(source, parsed.data)
  const speed = choices.speed ?? environment.HOLDFAST_MARKET_SPEED ?? settings.exchange.speed
  const seed = choices.seed ?? environment.HOLDFAST_MARKET_SEED ?? settings.exchange.seed
  return {
    label: market,
    variables: {
      HOLDFAST_MARKET: market,
      HOLDFAST_MARKET_SPEED: String(speed),
      HOLDFAST_MARKET_SEED: String(seed),
    },
  }
}

/** The same market with whole paths: of a recording, or of files of candles, of which a time may follow. */
function withPaths(source: string, market: string): string {
  if (market.startsWith('replay:')) return `replay:${recordingPath(source, 'replay', market.slice(7))}`
  if (!market.startsWith('candles:')) return market
  const { files } = candleFiles(market.slice(8))
  const whole = files.map((file) => recordingPath(source, 'candles', file))
  return `candles:${whole.join(',')}${market.slice(8 + files.join(',').length)}`
}

function recordingPath(source: string, kind: 'replay' | 'candles', file: string): string {
  const typedIn = inheritedVariables().INIT_CWD ?? process.cwd() // npm runs scripts in the project's folder
  const candidates = isAbsolute(file) ? [file] : [resolve(typedIn, file), join(process.cwd(), file)]
  const found = candidates.find((path) => existsSync(path))
  if (found !== undefined) return found
  throw new InvalidInputError({
    source,
    path: '',
    found: `${kind}:${file}, and there is no such file (looked for ${candidates.join(' and ')})`,
    expected: `${kind}:FILE with a recording that exists`,
  })
}
