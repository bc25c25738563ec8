/** Session files: the input of a session as YAML; a candle session may take its parameters from a strategy file, with its own `params` laid over them. */
// Not here: strategy files (config/strategy-file.ts), watching both for edits (workers/support/watch-session-files.ts).
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { loadYaml } from '#config/load.ts'
import { loadStrategyFile, resolveStrategy } from '#config/strategy-file.ts'
import { strategyFolder } from '#config/user-strategies.ts'
import { InvalidInputError } from '#domain/errors.ts'
import type { SessionMode } from '#domain/ids.ts'
import { SessionInput } from '#domain/session/input.ts'
import { isTree, merge, type Tree } from '#domain/strategies/overlay.ts'

const MODES: readonly unknown[] = ['paper', 'dry_live', 'live'] satisfies SessionMode[]

/**
 * Reads a session file. With `strategy_file` the parameters are defaults ← the file's `global` ← `symbols` ← (dry_live, live) `live`
 * ← `params` here; the session itself gets the outcome and knows of no file.
 * @throws InvalidInputError with file, line and path, in the file that holds the fault
 */
export function loadSessionFile(file: string): SessionInput {
  return loadYaml(
    file,
    z.preprocess((value) => withStrategy(file, value), SessionInput),
  )
}

/** Everything that the session of the file depends on: the file itself first, then the strategy file that it names, there or not. */
export function sessionFileParts(file: string): string[] {
  const named = strategyFileIn(file, readTree(file))
  return named === null ? [file] : [file, named]
}

function withStrategy(file: string, value: unknown): unknown {
  const strategyFile = isTree(value) ? strategyFileIn(file, value) : null
  if (strategyFile === null) return value
  const { strategy_file: _, mode, params, ...rest } = value as Tree
  if (!existsSync(strategyFile)) {
    throw new InvalidInputError({
      source: file,
      path: 'strategy_file',
      found: `${strategyFile}, which is absent`,
      expected: 'a strategy file, from the folder of this file or a name in config/strategies',
    })
  }
  const known = MODES.includes(mode) ? (mode as SessionMode) : 'paper' // a wrong mode is told by the schema
  const resolved = resolveStrategy(loadStrategyFile(strategyFile), known)
  return { ...rest, ...(mode === undefined ? {} : { mode }), params: merge(resolved, params) }
}

/** Its path: from the folder of the session file, or by its name in config/strategies. Null where the file names none. */
function strategyFileIn(file: string, { engine, strategy_file: name }: Tree): string | null {
  if (engine !== 'candles' || typeof name !== 'string') return null
  const beside = resolve(dirname(file), name)
  const candidates = [beside, join(strategyFolder(), name), join(strategyFolder(), `${name}.yaml`)]
  return candidates.find((path) => /\.ya?ml$/.test(path) && existsSync(path)) ?? beside
}

function readTree(file: string): Tree {
  try {
    const value: unknown = parse(readFileSync(file, 'utf8'))
    return isTree(value) ? value : {}
  } catch {
    return {} // broken or absent: loadSessionFile says how
  }
}
