/** `holdfast config explain|diff` and the check of strategy files: which parameters are in force, where each comes from, what differs. */
// Not here: settings and session files (config.ts), reading and merging (config/strategy-file.ts).
import type { Command } from 'commander'
import { print, printJson, printTable } from '#cli/output.ts'
import { strategyFilePath } from '#cli/support/strategies.ts'
import { diffParams, explainStrategy, inForce } from '#config/strategy-explain.ts'
import { coinsOfFile, loadStrategyFile, resolveStrategy, type StrategyFile } from '#config/strategy-file.ts'
import { loadUserStrategies } from '#config/user-strategies.ts'
import { InvalidInputError } from '#domain/errors.ts'
import type { SessionMode } from '#domain/ids.ts'

interface Options {
  coin?: string
  mode: SessionMode
  changed?: boolean
  json?: boolean
}

const MODES: readonly SessionMode[] = ['paper', 'dry_live', 'live']

function readMode(text: string): SessionMode {
  if ((MODES as readonly string[]).includes(text)) return text as SessionMode
  throw new InvalidInputError({ source: '--mode', path: '', found: text, expected: MODES.join(', ') })
}

export function registerStrategyConfig(config: Command): void {
  config
    .command('explain <file>')
    .description('parameters of a strategy file that are in force, with the layer and line that sets each')
    .option('--coin <coin>', 'for this coin; unset: for coins without differences of their own')
    .option('--mode <mode>', 'paper, dry_live or live', readMode, 'paper')
    .option('--changed', 'only what differs from the defaults')
    .option('--json', 'one JSON object')
    .action(explain)
  config
    .command('diff <a> <b>')
    .description(
      'parameters in which two strategy files differ, or one file for two coins: FILE FILE --coin A --other B',
    )
    .option('--coin <coin>', 'coin of the first file')
    .option('--other <coin>', 'coin of the second file; unset: the same')
    .option('--mode <mode>', 'mode of both: paper, dry_live or live', readMode, 'paper')
    .option('--json', 'one JSON object')
    .action(diff)
}

async function load(name: string): Promise<StrategyFile> {
  await loadUserStrategies()
  return loadStrategyFile(strategyFilePath(name) ?? name)
}

/** Every mode and coin of a strategy file. @throws InvalidInputError with file, line and path of the first fault */
export async function checkStrategyFile(name: string): Promise<{ file: string; coins: string[] }> {
  const file = await load(name)
  for (const mode of MODES) resolveStrategy(file, mode)
  return { file: file.file, coins: coinsOfFile(file) }
}

async function explain(name: string, { coin, mode, changed, json }: Options): Promise<void> {
  const file = await load(name)
  const all = explainStrategy(file, coin ?? null, mode)
  const shown = changed ? all.filter(({ from }) => from !== 'default') : all
  if (json) return printJson({ file: file.file, coin: coin ?? null, mode, params: shown })
  print(`${file.file} for ${coin ?? 'coins without differences of their own'}, mode ${mode}`)
  printTable(
    ['parameter', 'value', 'from', ''],
    shown.map(({ path, value, from, where }) => [path, JSON.stringify(value), from, where]),
  )
}

async function diff(
  a: string,
  b: string,
  { coin, other, mode, json }: Options & { other?: string },
): Promise<void> {
  const [left, right] = [await load(a), await load(b)]
  const changes = diffParams(inForce(left, coin ?? null, mode), inForce(right, other ?? coin ?? null, mode))
  if (json) return printJson({ a: left.file, b: right.file, mode, differences: changes })
  if (changes.length === 0) return print('no difference')
  const text = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value))
  printTable(
    ['parameter', a, b],
    changes.map((change) => [change.path, text(change.a), text(change.b)]),
  )
}
