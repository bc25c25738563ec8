/** Connections to Temporal as every process of ours makes them: patient at the start, quick to reconnect, with the lease's needs in mind. */
// Not here: workers (workers/bootstrap.ts), the server itself (cli/temporal-server.ts).
import { setTimeout as delay } from 'node:timers/promises'
import { Client, Connection, isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import type { NativeConnection } from '@temporalio/worker'
import type { Environment } from '#config/environment.ts'
import type { Logger } from '#config/logger.ts'
import { describeError } from '#domain/errors.ts'

/** Default gRPC back-off grows to minutes; a lease of seconds cannot wait for that. Measured: with these, a 4 s outage ends no lease. */
export const QUICK_RECONNECT = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 500,
} as const

const ATTEMPT_MS = 5_000
const BACKOFF_MS_MIN = 100
const BACKOFF_MS_MAX = 2_000

export interface TemporalSettings {
  address: string
  namespace: string
  /** TLS and API key of TEMPORAL_TLS_*, TEMPORAL_API_KEY; {} for a local server. */
  options: ReturnType<typeof loadClientConnectConfig>['connectionOptions']
}

/** What the environment says about the server. Only variables count: a TOML profile of the user must not redirect our processes. */
export function temporalSettings(environment: Environment): TemporalSettings {
  const { connectionOptions } = loadClientConnectConfig({ disableFile: true })
  return {
    address: environment.TEMPORAL_ADDRESS ?? '127.0.0.1:7233',
    namespace: environment.TEMPORAL_NAMESPACE,
    options: connectionOptions,
  }
}

export interface TemporalClient {
  client: Client
  connection: Connection
  close(): Promise<void>
}

/** Connects a client, one try: for commands, which must say soon that nobody answers. @throws the SDK's connection error */
export async function connectClient(environment: Environment): Promise<TemporalClient> {
  const { address, namespace, options } = temporalSettings(environment)
  const connection = await Connection.connect({
    ...options,
    address,
    connectTimeout: ATTEMPT_MS,
    channelArgs: QUICK_RECONNECT,
  })
  return { client: new Client({ connection, namespace }), connection, close: () => connection.close() }
}

/** Connects a client and waits for the server as long as it takes: for processes, which may start before it. */
export const connectClientPatiently = (environment: Environment, log: Logger): Promise<TemporalClient> =>
  untilConnected(() => connectClient(environment), temporalSettings(environment).address, log)

/** Connects the native side, which workers poll through, as patiently. */
export async function connectNativePatiently(
  environment: Environment,
  log: Logger,
): Promise<NativeConnection> {
  // Loaded here: commands connect a client only, and the native side costs them a quarter of a second.
  const { NativeConnection } = await import('@temporalio/worker')
  const { address, options } = temporalSettings(environment)
  const { tls, apiKey } = options
  return untilConnected(
    () =>
      NativeConnection.connect({
        address,
        ...(tls === undefined ? {} : { tls }),
        ...(typeof apiKey === 'string' ? { apiKey } : {}),
      }),
    address,
    log,
  )
}

/** gRPC status of an unknown workflow, where the SDK does not translate it. */
const NOT_FOUND = 5

/** True when the server does not know the workflow, or not any more. */
export const isWorkflowAbsent = (error: unknown): boolean =>
  error instanceof WorkflowNotFoundError || (isGrpcServiceError(error) && error.code === NOT_FOUND)

async function untilConnected<T>(connect: () => Promise<T>, address: string, log: Logger): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await connect()
    } catch (error) {
      const waitMs = Math.min(BACKOFF_MS_MIN * 2 ** (attempt - 1), BACKOFF_MS_MAX)
      const line = { address, attempt, wait_ms: waitMs, why: describeError(error) }
      if (attempt === 1 || attempt % 10 === 0) log.warn(line, 'Temporal does not answer; trying again')
      else log.debug(line, 'Temporal does not answer; trying again')
      await delay(waitMs)
    }
  }
}
