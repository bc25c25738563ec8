/** `holdfast explain <session> [coin] [--at time]`: what was decided then, and which gate stopped what, with the numbers. */
// Not here: the plain list of decisions (`session explain`, cli/session.ts).
import type { Command } from 'commander'
import { printJson } from '#cli/output.ts'
import { type Explained, latestPerCoin, storedDecisionsAt } from '#cli/support/decisions.ts'
import * as show from '#cli/support/explain-print.ts'
import { loadOperator, resolveSessionId } from '#cli/support/operator.ts'
import { InvalidInputError } from '#domain/errors.ts'

interface Options {
  at?: string
  last: string
  json?: boolean
}

export function registerExplain(program: Command): void {
  program
    .command('explain <session> [coin]')
    .description('what was decided, which gate stopped what, with the numbers')
    .option('--at <time>', 'at or before this time: ISO 8601 or epoch milliseconds; without it now')
    .option('--last <n>', 'decisions to look back over', '50')
    .option('--json', 'one JSON object')
    .action(explain)
}

async function explain(typed: string, coin: string | undefined, options: Options): Promise<void> {
  const operator = loadOperator()
  const session = resolveSessionId(operator, typed)
  const at = options.at === undefined ? null : parseTime(options.at)
  const limit = Number(options.last)
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
    throw new InvalidInputError({ source: '--last', path: '', found: options.last, expected: '1 to 10000' })
  }
  const found = await storedDecisionsAt(operator, session, { at, coin: coin ?? '', limit })
  const explained: Explained[] = latestPerCoin(found)
  if (options.json) printJson({ session_id: session, at, decisions: explained, before: found })
  else show.explained(explained, found)
}

/** @throws InvalidInputError */
export function parseTime(text: string): number {
  const isDate = /^\d{4}-\d{2}-\d{2}/.test(text)
  const ts = /^\d{11,}$/.test(text) ? Number(text) : isDate ? Date.parse(text) : Number.NaN
  if (Number.isFinite(ts) && ts > 0) return ts
  throw new InvalidInputError({
    source: '--at',
    path: '',
    found: text,
    expected: 'a time such as 2026-11-21T14:30:00Z, or epoch milliseconds',
  })
}
