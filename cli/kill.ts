/** `holdfast kill`: stops trading now, by every path at once, and says only what was seen at the exchange. */
// Not here: carrying it out (cli/support/kill-run.ts).
import type { Command } from 'commander'
import pc from 'picocolors'
import { print, printJson, printTable } from '#cli/output.ts'
import type { PathResult } from '#cli/support/kill-paths.ts'
import { startKill } from '#cli/support/kill-run.ts'
import type { Verification } from '#cli/support/kill-verify.ts'
import { loadOperator, type Operator, parseScope } from '#cli/support/operator.ts'
import { systemClock } from '#config/clock.ts'
import { InvalidInputError } from '#domain/errors.ts'
import { formatScope, KILL_MODES } from '#domain/session/kill-order.ts'
import type { KillMode, KillOrder } from '#domain/session/types.ts'

interface KillOptions {
  scope: string
  mode: string
  reason: string
  grace: string
  json?: boolean
}

/** What `holdfast kill --json` prints. */
export interface KillOutcome {
  scope: string
  mode: KillMode
  reason: string
  /** The exchange was asked and nothing is left against the kill. For `off`: file and kill switch both lifted it. */
  verified: boolean
  took_ms: number
  /** Sessions whose loop has heard the direct kill. */
  acknowledged: string[]
  paths: PathResult[]
  exchange: Verification | null
}

export function registerKill(program: Command): void {
  program
    .command('kill')
    .description('stop trading now: cancel everything, close or leave positions, verify at the exchange')
    .option('--scope <scope>', 'all, account:NAME or session:ID', 'all')
    .option(
      '--mode <mode>',
      'flatten (cancel and close), halt (cancel, keep positions), close_only, off (lift)',
      'flatten',
    )
    .option('--reason <text>', 'why, for the record', '')
    .option('--grace <seconds>', 'how long sessions may take before this command does it itself', '3')
    .option('--json', 'one JSON object')
    .action(async (options: KillOptions) => {
      const operator = loadOperator()
      const outcome = await runKill(operator, readOrder(operator, options), readGraceMs(options.grace))
      if (options.json) printJson(outcome)
      else show(outcome)
      if (!outcome.verified) process.exitCode = 1
    })
}

function readOrder(operator: Operator, options: KillOptions): KillOrder {
  const mode = KILL_MODES.find((known) => known === options.mode)
  if (!mode) {
    throw new InvalidInputError({
      source: '--mode',
      path: '',
      found: JSON.stringify(options.mode),
      expected: KILL_MODES.join(', '),
    })
  }
  return {
    scope: parseScope(operator, options.scope),
    mode,
    reason: options.reason,
    requested_by: operator.name,
    requested_ts: systemClock.now(),
  }
}

function readGraceMs(text: string): number {
  const seconds = Number(text)
  if (Number.isFinite(seconds) && seconds >= 0 && seconds <= 60) return seconds * 1_000
  throw new InvalidInputError({ source: '--grace', path: '', found: text, expected: 'seconds, 0 to 60' })
}

async function runKill(operator: Operator, order: KillOrder, graceMs: number): Promise<KillOutcome> {
  const clock = systemClock
  const began = clock.monotonicMs()
  const run = startKill(operator, order, clock, graceMs)
  const [store, hosts, temporal, exchange] = await Promise.all([
    run.store,
    run.hosts,
    run.temporal,
    run.exchange,
  ])
  return {
    scope: formatScope(order.scope),
    mode: order.mode,
    reason: order.reason,
    verified: exchange === null ? store.ok && temporal.ok : exchange.verified,
    took_ms: Math.round(clock.monotonicMs() - began),
    acknowledged: hosts.acknowledged,
    paths: [store, ...hosts.results, temporal],
    exchange,
  }
}

function show(outcome: KillOutcome): void {
  const { exchange, mode, scope } = outcome
  print(`${pc.bold(mode === 'off' ? 'kill lifted' : `kill ${mode}`)} for ${scope}`)
  printTable(
    ['path', '', 'ms', 'what it did'],
    outcome.paths.map(({ path, ok, ms, detail }) => [
      path,
      ok ? pc.green('ok') : pc.yellow('failed'),
      String(ms),
      detail,
    ]),
  )
  if (exchange === null) {
    if (!outcome.verified)
      print(pc.yellow('  not lifted everywhere: repeat it when all of the stack answers'))
    return
  }
  print('')
  printTable(
    ['account', 'open orders', 'positions left'],
    exchange.accounts.map(({ account, open_orders, positions }) => [
      account,
      String(open_orders),
      Object.entries(positions)
        .map(([coin, sz]) => `${sz} ${coin}`)
        .join(', ') || (mode === 'flatten' ? 'flat' : 'left as asked'),
    ]),
  )
  if (exchange.taken_over) {
    print(
      `  this command canceled ${exchange.orders_canceled} orders and sent ${exchange.closing_orders} closing orders itself`,
    )
  }
  for (const message of exchange.messages) print(`  ${pc.yellow(message)}`)
  const seconds = (outcome.took_ms / 1_000).toFixed(1)
  print(
    outcome.verified
      ? pc.green(`  verified at the exchange after ${seconds} s`)
      : pc.red(
          `  NOT verified after ${seconds} s: look at the exchange yourself; the watchdog goes on trying`,
        ),
  )
  print(`  sessions in this scope stay blocked until \`holdfast kill --mode off --scope ${scope}\``)
}
