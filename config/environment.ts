/** The environment variables that Holdfast reads, validated once per process: the only place that touches process.env. */
// Not here: settings of the YAML file (config/schema.ts). The supervisor and docker-compose.yml set the same variables.
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type Home, homeAt } from '#config/home.ts'
import { InvalidInputError } from '#domain/errors.ts'
import { KILL_WORDS_HELP } from '#domain/risk/kill-words.ts'

/** Folder of the project: where package.json lies. */
export const PROJECT_ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '')

const Port = z.coerce.number().int().min(0).max(65_535)

const Variables = z.object({
  HOLDFAST_HOME: z
    .string()
    .min(1)
    .default(`${PROJECT_ROOT}/.holdfast`)
    .describe('state folder; moves all state'),
  HOLDFAST_CONFIG: z
    .string()
    .min(1)
    .default(`${PROJECT_ROOT}/config/holdfast.yaml`)
    .describe('settings file'),
  HOLDFAST_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('lowest level that is logged'),
  HOLDFAST_HOST_ID: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .default(
      hostname()
        .toLowerCase()
        .replace(/[^a-z0-9-]/g, '-')
        .slice(0, 40) || 'local',
    )
    .describe('name of this trading host; its control queue is host-<id>'),
  HOLDFAST_EXCHANGE_URL: z
    .url()
    .optional()
    .describe('base URL of the exchange; the WebSocket is the same host, path /ws'),
  HOLDFAST_LIVE_ENABLE: z.string().optional().describe('1 lets sessions with mode live start'),
  HOLDFAST_LIVE_CONFIRM: z
    .string()
    .optional()
    .describe('I_UNDERSTAND_THIS_CAN_LOSE_MONEY lets sessions with mode live start'),
  HOLDFAST_KILL: z
    .string()
    .optional()
    .describe(`kill of everything from the start on: ${KILL_WORDS_HELP}; any other word halts`),
  TEMPORAL_ADDRESS: z
    .string()
    .min(1)
    .optional()
    .describe('host:port of a Temporal server; unset, an embedded one is started'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default').describe('Temporal namespace'),
  TEMPORAL_CLI_PATH: z.string().min(1).optional().describe('temporal binary to use for the embedded server'),
  HOLDFAST_TEMPORAL_UI_URL: z.url().optional().describe('base URL of the Temporal UI, for links'),
  CLICKHOUSE_URL: z
    .url()
    .optional()
    .describe('base URL of a ClickHouse server; unset, the embedded one is started'),
  CLICKHOUSE_USER: z.string().default('default').describe('user of the ClickHouse server'),
  CLICKHOUSE_PASSWORD: z.string().default('').describe('its password'),
  CLICKHOUSE_DATABASE: z
    .string()
    .regex(/^\w+$/)
    .default('holdfast')
    .describe('database that our tables lie in'),
  HOLDFAST_REMOTE_CLICKHOUSE_URL: z
    .url()
    .optional()
    .describe('base URL of the database that sync copies to; unset, a second embedded one when sync is on'),
  HOLDFAST_REMOTE_CLICKHOUSE_USER: z.string().default('default').describe('user of the remote database'),
  HOLDFAST_REMOTE_CLICKHOUSE_PASSWORD: z.string().default('').describe('its password'),
  HOLDFAST_REMOTE_CLICKHOUSE_DATABASE: z
    .string()
    .regex(/^\w+$/)
    .default('holdfast')
    .describe('database there that the copies lie in'),
  HOLDFAST_ARCHIVE_S3_KEY: z.string().default('').describe('access key id of the archive bucket'),
  HOLDFAST_ARCHIVE_S3_SECRET: z.string().default('').describe('its secret (a password: never logged)'),
  HOLDFAST_CLICKHOUSE_MEMORY_MB: z.coerce
    .number()
    .int()
    .min(300)
    .default(768)
    .describe('memory of the embedded ClickHouse at which queries are refused, megabytes'),
  HOLDFAST_PORT_TEMPORAL: Port.optional().describe(
    'gRPC port of the embedded Temporal server (default 7233)',
  ),
  HOLDFAST_PORT_TEMPORAL_UI: Port.optional().describe('port of its UI (default 8233)'),
  HOLDFAST_PORT_CLICKHOUSE: Port.optional().describe('port of the embedded ClickHouse (default 8123)'),
  HOLDFAST_PORT_CLICKHOUSE_REMOTE: Port.optional().describe(
    'port of the second embedded ClickHouse (default 8124)',
  ),
  HOLDFAST_PORT_PAPER: Port.optional().describe('port of the paper exchange (default 4001)'),
  HOLDFAST_PORT_PAPER_FAULTS: Port.optional().describe(
    'port that injects faults into the paper exchange; unset, it is off',
  ),
  HOLDFAST_PAPER_LATENCY: z
    .string()
    .optional()
    .describe('latency of the paper exchange: milliseconds (50), 20..80 or lognormal:MEDIAN,SIGMA'),
  HOLDFAST_PAPER_LIMITS: z
    .string()
    .optional()
    .describe('1 makes the paper exchange enforce the venue’s rate, connection and address limits'),
  HOLDFAST_PORT_DASHBOARD: Port.optional().describe('port of the dashboard (default 4000)'),
  HOLDFAST_PORT_TRADING: Port.optional().describe('control port of the trading host (default: any free one)'),
  HOLDFAST_MARKET: z.string().optional().describe('overrides exchange.market of the settings'),
  HOLDFAST_MARKET_SPEED: z.coerce.number().positive().optional().describe('overrides exchange.speed'),
  HOLDFAST_MARKET_SEED: z.coerce.number().int().optional().describe('overrides exchange.seed'),
  HOLDFAST_MARKET_HOLD: z
    .string()
    .optional()
    .describe(
      '1 keeps the market of the paper exchange still until POST /admin/market/start (or step, of candles)',
    ),
  HOLDFAST_ALLOWED_HOSTS: z
    .string()
    .default('')
    .describe('host names beside localhost that our ports answer to, comma separated'),
  HOLDFAST_BIND: z.string().default('127.0.0.1').describe('address that our own ports listen on'),
})

/** All variables as they are, to hand on to child processes: whoever needs one of ours reads it from loadEnvironment. */
export const inheritedVariables = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )

/** Validated environment of one process. */
export type Environment = Readonly<z.infer<typeof Variables>> & { readonly home: Home }

/** Names and descriptions, for help texts and docs/config.md. */
export const ENVIRONMENT_SHAPE = Variables.shape

/**
 * Reads the variables. Empty strings count as unset, as docker-compose writes them.
 * @throws InvalidInputError naming the variable, what was found and what was expected
 */
export function loadEnvironment(source: NodeJS.ProcessEnv = process.env): Environment {
  const present = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''))
  const parsed = Variables.safeParse(present)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const name = String(issue?.path[0] ?? '')
    const secret = /PASSWORD|SECRET/.test(name)
    throw new InvalidInputError({
      source: 'environment',
      path: name,
      found: secret ? '(hidden)' : JSON.stringify(present[name] ?? null),
      expected: issue?.message ?? 'a valid value',
    })
  }
  return Object.freeze({ ...parsed.data, home: homeAt(resolve(parsed.data.HOLDFAST_HOME)) })
}
