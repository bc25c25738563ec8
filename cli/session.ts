/** `holdfast session …`: start, stop, pause, resume, update, list, report, explain. */
// Not here: orders of people to it (cli/session-commands.ts), killing (cli/kill.ts), what a session is (domain/session).
import type { Command } from 'commander'
import { printJson } from '#cli/output.ts'
import { registerSessionCommands } from '#cli/session-commands.ts'
import { loadOperator, parseJsonOption, resolveSessionId } from '#cli/support/operator.ts'
import * as show from '#cli/support/session-print.ts'
import { withTemporal } from '#cli/support/with-temporal.ts'
import { HoldfastError, InvalidInputError } from '#domain/errors.ts'
import { parseSessionInput, type SessionInput } from '#domain/session/input.ts'
import type { SessionReport } from '#domain/session/types.ts'
import type { SessionView } from '#workflows/trading-session/messages.ts'

interface JsonOption {
  json?: boolean
}

export function registerSession(program: Command): void {
  const session = program
    .command('session')
    .description('start, stop, command, list, report, explain sessions')
  const verb = (words: string, description: string): Command =>
    session.command(words).description(description).option('--json', 'one JSON object')
  verb('start', 'start a session from a file, or from one JSON object')
    .option('--file <file>', 'session file, YAML or JSON')
    .option('--folder <folder>', 'every session file of a folder, one after the other')
    .option('--engine <engine>', 'candles, maker or follower')
    .option('--input <json>', 'the session as one JSON object')
    .action(start)
  verb('stop <id>', 'end in order by on_stop, and print the report')
    .option('--reason <text>', 'why', '')
    .action(stop)
  verb('pause <id>', 'pull the quotes; the position and its stop stay')
    .option('--reason <text>', 'why', '')
    .action(pause)
  verb('resume <id>', 'go on after pause').action(resume)
  verb('update <id>', 'change parameters and limits of a running session')
    .requiredOption('--input <json>', '{"params": {…}, "limits": {…}}; what is not named stays')
    .action(update)
  verb('list', 'sessions, running ones first').action(list)
  verb('report <id>', 'state and PnL; the final report once it has ended').action(report)
  verb('explain <id>', 'the latest decisions with their reasons')
    .option('--limit <n>', 'how many decisions', '20')
    .action(explain)
  registerSessionCommands(session)
}

interface StartOptions extends JsonOption {
  file?: string
  folder?: string
  engine?: string
  input?: string
}

/** Everything that can be wrong is found before Temporal hears of it. */
async function start(options: StartOptions): Promise<void> {
  if (options.folder !== undefined) return startFolder(options.folder, options)
  const operator = loadOperator()
  const { checkSession, startSession } = await import('#cli/support/session-client.ts')
  const input = await readInput(options)
  await checkSession(operator, input)
  const started = await withTemporal(operator, ({ client }) => startSession(client.workflow, input))
  if (options.json) return printJson({ ...started, engine: input.engine, mode: input.mode })
  show.started(started.session_id, operator)
}

/** All files are read and checked before the first session starts. */
async function startFolder(folder: string, options: JsonOption): Promise<void> {
  const operator = loadOperator()
  const { checkSession, readSessionFolder, startSession } = await import('#cli/support/session-client.ts')
  const inputs = readSessionFolder(folder)
  for (const input of inputs) await checkSession(operator, input)
  const started = await withTemporal(operator, async ({ client }) => {
    const done: string[] = []
    for (const input of inputs) done.push((await startSession(client.workflow, input)).session_id)
    return done
  })
  if (options.json) return printJson({ started })
  for (const id of started) show.started(id, operator)
}

async function readInput({ file, engine, input }: StartOptions): Promise<SessionInput> {
  if (file !== undefined) return (await import('#cli/support/session-client.ts')).readSessionFile(file)
  if (input === undefined) {
    throw new InvalidInputError({
      source: 'session start',
      path: '',
      found: 'neither --file nor --input',
      expected: 'one of them',
    })
  }
  const value = parseJsonOption(input, '--input')
  return parseSessionInput(engine === undefined ? value : { engine, ...(value as object) }, '--input')
}

async function stop(typed: string, options: JsonOption & { reason: string }): Promise<void> {
  const operator = loadOperator()
  const id = resolveSessionId(operator, typed)
  const [{ asking }, { stop: message }] = await Promise.all([
    import('#cli/support/session-client.ts'),
    import('#workflows/trading-session/messages.ts'),
  ])
  const done = await withTemporal(operator, ({ client }) =>
    asking(id, () =>
      client.workflow
        .getHandle(id)
        .executeUpdate<SessionReport, [object]>(message.name, { args: [{ reason: options.reason }] }),
    ),
  )
  if (options.json) printJson(done)
  else show.report(done)
  if (done.state === 'FAILED') process.exitCode = 1
}

async function pause(typed: string, options: JsonOption & { reason: string }): Promise<void> {
  const messages = await import('#workflows/trading-session/messages.ts')
  await tell(typed, options, (handle) => handle.signal(messages.pause, { reason: options.reason }))
}

async function resume(typed: string, options: JsonOption): Promise<void> {
  const messages = await import('#workflows/trading-session/messages.ts')
  await tell(typed, options, (handle) => handle.signal(messages.resume, {}))
}

async function tell(
  typed: string,
  options: JsonOption,
  send: (handle: import('@temporalio/client').WorkflowHandle) => Promise<void>,
): Promise<void> {
  const operator = loadOperator()
  const id = resolveSessionId(operator, typed)
  const { asking } = await import('#cli/support/session-client.ts')
  await withTemporal(operator, ({ client }) => asking(id, () => send(client.workflow.getHandle(id))))
  if (options.json) printJson({ session_id: id, sent: true })
  else show.told(id)
}

async function update(typed: string, options: JsonOption & { input: string }): Promise<void> {
  const operator = loadOperator()
  const id = resolveSessionId(operator, typed)
  const change = parseJsonOption(options.input, '--input') as object
  const [{ asking }, { updateParams }] = await Promise.all([
    import('#cli/support/session-client.ts'),
    import('#workflows/trading-session/messages.ts'),
  ])
  const view = await withTemporal(operator, ({ client }) =>
    asking(id, () =>
      client.workflow
        .getHandle(id)
        .executeUpdate<SessionView, [object]>(updateParams.name, { args: [change] }),
    ),
  )
  if (options.json) printJson(view)
  else show.view(view)
}

async function list(options: JsonOption): Promise<void> {
  const operator = loadOperator()
  const { listSessions } = await import('#cli/running-sessions.ts')
  const { readRuntime } = await import('#config/runtime-file.ts')
  const runtime = readRuntime(operator.environment.home)
  if (runtime === null) {
    throw new HoldfastError(`nothing was ever started in ${operator.environment.home.root}`, {
      code: 'NO_STACK',
      retryable: false,
      hint: 'run `npm start`, or set HOLDFAST_HOME',
    })
  }
  const sessions = await listSessions(operator.environment, runtime)
  if (options.json) printJson({ sessions })
  else show.list(sessions)
}

async function report(typed: string, options: JsonOption): Promise<void> {
  const operator = loadOperator()
  const id = resolveSessionId(operator, typed)
  const [{ asking, finalReport }, { status }] = await Promise.all([
    import('#cli/support/session-client.ts'),
    import('#workflows/trading-session/messages.ts'),
  ])
  await withTemporal(operator, async ({ client }) => {
    const final = await finalReport(client.workflow, id)
    if (final !== null) {
      const { addFunding } = await import('#cli/support/session-funding.ts')
      const funded = await addFunding(operator, final)
      return options.json ? printJson(funded) : show.report(funded)
    }
    const running = await asking(id, () => client.workflow.getHandle(id).query(status))
    const { lookAtExchange } = await import('#cli/support/exchange-look.ts')
    const exchange = await lookAtExchange(operator, running)
    return options.json ? printJson({ ...running, exchange }) : show.view(running, exchange)
  })
}

async function explain(typed: string, options: JsonOption & { limit: string }): Promise<void> {
  const operator = loadOperator()
  const id = resolveSessionId(operator, typed)
  const limit = Number(options.limit)
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
    throw new InvalidInputError({
      source: '--limit',
      path: '',
      found: options.limit,
      expected: 'a number from 1 to 10000',
    })
  }
  const { latestDecisions } = await import('#cli/support/decisions.ts')
  const found = await latestDecisions(operator, id, limit)
  if (options.json) printJson({ session_id: id, decisions: found })
  else show.decisions(found)
}
