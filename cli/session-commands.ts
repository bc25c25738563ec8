/** `holdfast session force-entry | force-close | reduce | set | history`: orders of people to a running session, and the record of them. */
// Not here: starting and stopping (cli/session.ts), what an order may say (domain/session/command.ts).
import { type Command, InvalidArgumentError } from 'commander'
import { printJson } from '#cli/output.ts'
import { loadOperator, resolveSessionId } from '#cli/support/operator.ts'
import * as show from '#cli/support/session-command-print.ts'
import { withTemporal } from '#cli/support/with-temporal.ts'
import { InvalidInputError } from '#domain/errors.ts'
import type { CommandAnswer, SessionView } from '#workflows/trading-session/messages.ts'

interface Who {
  json?: boolean
  by?: string
  reason: string
}

const number = (text: string): number => {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('a number')
  return value
}

export function registerSessionCommands(session: Command): void {
  const verb = (words: string, description: string): Command =>
    session
      .command(words)
      .description(description)
      .option('--by <name>', 'who orders it (you)')
      .requiredOption('--reason <text>', 'why; it is recorded')
      .option('--json', 'one JSON object')
  verb('force-entry <id>', 'open or enlarge a position now: past the strategy, through every gate')
    .requiredOption('--coin <coin>', 'coin of the session')
    .requiredOption('--side <side>', 'buy or sell')
    .requiredOption('--usd <usd>', 'notional, USD', number)
    .option('--stop-bps <bps>', 'distance of the protective stop, basis points (300)', number)
    .option('--slippage-bps <bps>', 'how far beyond the touch it may pay, basis points (50)', number)
    .option('--leverage <n>', 'set at the venue first', number)
    .action((id, options) => order(id, 'forceEntry', options))
  verb('force-close <id>', 'close one coin, or every coin of the session, now')
    .option('--coin <coin>', 'coin; without it all')
    .option('--slippage-bps <bps>', 'how far beyond the touch it may pay, basis points (100)', number)
    .action((id, options) => order(id, 'forceClose', options))
  verb('reduce <id>', 'close a part of one position now')
    .requiredOption('--coin <coin>', 'coin of the session')
    .requiredOption('--pct <percent>', 'share of the position, per cent', number)
    .option('--slippage-bps <bps>', 'how far beyond the touch it may pay, basis points (100)', number)
    .action((id, options) => order(id, 'reduce', options))
  verb(
    'set <id> <changes...>',
    'change parameters, limits or coins: params.slow_bars=12 limits.order_usd_max=500 coins=BTC,ETH',
  ).action(set)
  session
    .command('history <id>')
    .description('what people asked of it, who and why, and what was changed')
    .option('--json', 'one JSON object')
    .action(history)
}

interface OrderOptions extends Who {
  coin?: string
  side?: string
  usd?: number
  pct?: number
  stopBps?: number
  slippageBps?: number
  leverage?: number
}

async function order(
  typed: string,
  name: 'forceEntry' | 'forceClose' | 'reduce',
  { json, stopBps, slippageBps, ...rest }: OrderOptions,
): Promise<void> {
  const body = {
    ...rest,
    ...(stopBps === undefined ? {} : { stop_bps: stopBps }),
    ...(slippageBps === undefined ? {} : { slippage_bps: slippageBps }),
  }
  const answer = await update<CommandAnswer>(typed, name, body)
  if (json) printJson(answer)
  else show.commandAnswer(answer)
  if (answer.result.status !== 'done') process.exitCode = 1
}

async function set(typed: string, changes: readonly string[], { json, by, reason }: Who): Promise<void> {
  const view = await update<SessionView>(typed, 'updateParams', {
    ...parseChanges(changes),
    ...(by === undefined ? {} : { by }),
    reason,
  })
  if (json) printJson(view)
  else show.changed(view, changes)
}

async function update<Answer>(typed: string, name: string, body: object): Promise<Answer> {
  const operator = loadOperator()
  const id = resolveSessionId(operator, typed)
  const { asking } = await import('#cli/support/session-client.ts')
  const args: [object] = [{ by: operator.name, ...body }]
  return withTemporal(operator, ({ client }) =>
    asking(id, () => client.workflow.getHandle(id).executeUpdate<Answer, [object]>(name, { args })),
  )
}

/** `params.a.b=1` → {params: {a: {b: 1}}}; a value is JSON where it can be read as such, `null` takes a limit away. */
export function parseChanges(changes: readonly string[]): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const change of changes) {
    const at = change.indexOf('=')
    const path = change.slice(0, Math.max(at, 0)).split('.')
    const [part = ''] = path
    const isKnown =
      part === 'coins' ? path.length === 1 : ['params', 'limits'].includes(part) && path.length > 1
    if (at < 1 || !isKnown || path.includes('') || path.includes('__proto__')) {
      throw new InvalidInputError({
        source: 'session set',
        path: path.join('.'),
        found: change,
        expected: 'params.NAME=VALUE, limits.NAME=VALUE or coins=A,B',
      })
    }
    const text = change.slice(at + 1)
    assign(result, path, part === 'coins' ? text.split(',').filter((coin) => coin !== '') : readValue(text))
  }
  return result
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function assign(into: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first = '', ...rest] = path
  if (rest.length === 0) {
    into[first] = value
    return
  }
  const inner = (into[first] ?? {}) as Record<string, unknown>
  into[first] = inner
  assign(inner, rest, value)
}

async function history(typed: string, { json }: { json?: boolean }): Promise<void> {
  const operator = loadOperator()
  const id = resolveSessionId(operator, typed)
  const { readMessages } = await import('#cli/support/session-history.ts')
  const { readOwnChanges } = await import('#cli/support/own-changes.ts')
  const messages = await withTemporal(operator, ({ client }) => readMessages(client, id))
  const changes = await readOwnChanges(operator, id)
  if (json) return printJson({ session_id: id, messages, own_changes: changes })
  show.messages(messages)
  show.ownChanges(id, changes)
}
