/** Strategies of the user: modules in config/strategies (or HOLDFAST_STRATEGIES) that export `strategy`, found, loaded and registered. */
// Not here: the registry that sessions ask (domain/strategies/user.ts), the workflow bundle (workers/support/make-bundle.ts).
import { existsSync, readdirSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PROJECT_ROOT } from '#config/environment.ts'
import { HoldfastError } from '#domain/errors.ts'
import { registerUserStrategies, type UserStrategy } from '#domain/strategies/user.ts'

const MODULE = /^[a-z0-9-]+\.(?:ts|mts|js|mjs)$/

/** The folder of strategy files and modules. */
export const strategyFolder = (): string => join(PROJECT_ROOT, 'config', 'strategies')

/** Modules of the folder, by name: the same list in every process, so that the same bundle comes of it. */
export function userStrategyFiles(folder = strategyFolder()): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => MODULE.test(name) && !/\.test\./.test(name))
    .sort()
    .map((name) => join(folder, name))
}

export class BadStrategyModuleError extends HoldfastError {
  constructor(file: string, problem: string, cause?: unknown) {
    super(`${file}: ${problem}`, {
      code: 'BAD_STRATEGY_MODULE',
      retryable: false,
      hint: 'see docs/features/write-a-strategy.md: export const strategy = { name, schema, warmUpBars, init, observe, decide }',
      cause,
    })
  }
}

const FUNCTIONS = ['warmUpBars', 'init', 'observe', 'decide'] as const

/** @throws BadStrategyModuleError unless the module exports a whole strategy */
export function checkedStrategy(file: string, module: Readonly<Record<string, unknown>>): UserStrategy {
  const { strategy } = module
  if (typeof strategy !== 'object' || strategy === null)
    throw new BadStrategyModuleError(file, 'no export named strategy')
  const given = strategy as Readonly<Record<string, unknown>>
  if (typeof given.name !== 'string' || !/^[a-z][a-z0-9_]{0,40}$/.test(given.name)) {
    throw new BadStrategyModuleError(
      file,
      'strategy.name has to be lower-case letters, digits and underscores',
    )
  }
  const missing = FUNCTIONS.filter((name) => typeof given[name] !== 'function')
  if (missing.length > 0) throw new BadStrategyModuleError(file, `strategy lacks ${missing.join(', ')}`)
  const schema = given.schema as { safeParse?: unknown } | undefined
  if (typeof schema?.safeParse !== 'function')
    throw new BadStrategyModuleError(file, 'strategy.schema is no zod schema')
  return strategy as UserStrategy
}

/** Loads all modules of the folder into this process. @returns their names @throws BadStrategyModuleError */
export async function loadUserStrategies(folder = strategyFolder()): Promise<string[]> {
  const strategies: UserStrategy[] = []
  for (const file of userStrategyFiles(folder)) strategies.push(await loadOne(file))
  registerUserStrategies(strategies)
  return strategies.map(({ name }) => name)
}

async function loadOne(file: string): Promise<UserStrategy> {
  const path = isAbsolute(file) ? file : join(PROJECT_ROOT, file)
  let module: Record<string, unknown>
  try {
    module = (await import(pathToFileURL(path).href)) as Record<string, unknown>
  } catch (error) {
    throw new BadStrategyModuleError(file, 'it does not load', error)
  }
  return checkedStrategy(file, module)
}
