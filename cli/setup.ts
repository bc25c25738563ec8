/** The helper process of a start: loads its modules while the services start, does the steps it is asked for, and leaves. */
// Not here: the steps (cli/setup-steps.ts), who asks (cli/supervisor/setup-client.ts).
import { runSetupStep } from '#cli/setup-steps.ts'
import type { SetupAnswer, SetupRequest } from '#cli/supervisor/setup-client.ts'
import { loadEnvironment } from '#config/environment.ts'
import { createLogger } from '#config/logger.ts'
import { describeError, HoldfastError } from '#domain/errors.ts'

const environment = loadEnvironment()
const log = createLogger('setup', environment.HOLDFAST_LOG_LEVEL)

async function answer(request: SetupRequest): Promise<SetupAnswer> {
  const { step } = request
  try {
    return { kind: 'done', step, ...(await runSetupStep(request, { environment, log })) }
  } catch (error) {
    log.error({ err: error, step }, `step failed: ${describeError(error)}`)
    const known = error instanceof HoldfastError
    return {
      ...{ kind: 'failed', step, message: describeError(error) },
      ...{ code: known ? error.code : 'UNEXPECTED', retryable: known && error.retryable },
      hint: known ? error.hint : 'see logs/setup.log in the state folder',
    }
  }
}

process.on('message', (request: SetupRequest) => {
  // A supervisor that is gone meanwhile needs no answer; 'disconnect' follows.
  void answer(request).then((done) => process.send?.(done, undefined, {}, () => {}))
})
process.once('disconnect', () => process.exit(0))
process.once('SIGTERM', () => process.exit(0))
// What the steps need, loaded before they are asked for: the services take their time to start anyway.
await Promise.allSettled([
  import('#clickhouse/migrate.ts'),
  import('#exchange/client/provision.ts'),
  import('#workers/support/temporal-client.ts'),
])
