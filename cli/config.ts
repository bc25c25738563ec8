/** `holdfast config check` and `config show`: are the settings good, and what do they amount to. */
// Not here: docs/config.md (config/docs.ts writes it).
import { existsSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import type { Command } from 'commander'
import { stringify } from 'yaml'
import { registerConfigImport } from '#cli/config-import.ts'
import { checkStrategyFile, registerStrategyConfig } from '#cli/config-strategy.ts'
import { print, printJson } from '#cli/output.ts'
import { ENVIRONMENT_SHAPE, type Environment, loadEnvironment, PROJECT_ROOT } from '#config/environment.ts'
import { loadSettings } from '#config/load.ts'
import type { Settings } from '#config/schema.ts'
import { loadSessionFile } from '#config/session-file.ts'
import { InvalidInputError } from '#domain/errors.ts'

export function registerConfig(program: Command): void {
  const config = program.command('config').description('check or show the settings, import configurations')
  registerConfigImport(config)
  config
    .command('check [strategy_file]')
    .description('validate environment, settings file and the session files it names; or one strategy file')
    .option('--json', 'one JSON object')
    .action(async (strategyFile: string | undefined, options: { json?: boolean }) => {
      if (strategyFile !== undefined) {
        const { file, coins } = await checkStrategyFile(strategyFile)
        if (options.json) return printJson({ valid: true, files: [file], coins })
        return print(`valid: ${file}${coins.length > 0 ? ` (differences for ${coins.join(', ')})` : ''}`)
      }
      const environment = loadEnvironment()
      const checked = checkSettings(environment)
      if (options.json) return printJson({ valid: true, files: checked.files })
      for (const file of checked.files) print(`valid: ${file}`)
    })
  registerStrategyConfig(config)
  config
    .command('show')
    .description('print settings and environment with all defaults filled in; secrets are hidden')
    .option('--json', 'one JSON object')
    .action((options: { json?: boolean }) => {
      const environment = loadEnvironment()
      const shown = {
        settings_file: environment.HOLDFAST_CONFIG,
        settings: loadSettings(environment.HOLDFAST_CONFIG),
        environment: shownEnvironment(environment),
      }
      if (options.json) return printJson(shown)
      print(stringify(shown).trimEnd())
    })
}

/** A session file of the settings: relative names start at the project's folder. */
export const sessionFile = (name: string): string => (isAbsolute(name) ? name : join(PROJECT_ROOT, name))

/**
 * Reads everything that a start would read.
 * @throws InvalidInputError of the first fault, with file, line, path, what was found and what was expected
 */
export function checkSettings(environment: Environment): { settings: Settings; files: string[] } {
  const settings = loadSettings(environment.HOLDFAST_CONFIG)
  const files = [
    existsSync(environment.HOLDFAST_CONFIG)
      ? environment.HOLDFAST_CONFIG
      : 'built-in defaults (no settings file)',
  ]
  for (const [index, name] of settings.sessions.start.entries()) {
    const file = sessionFile(name)
    const input = loadSessionFile(file)
    if (settings.accounts[input.account] === undefined) {
      throw new InvalidInputError({
        source: file,
        path: 'account',
        found: `"${input.account}"`,
        expected: `an account of ${environment.HOLDFAST_CONFIG}: ${Object.keys(settings.accounts).join(', ') || 'none there'}`,
        hint: `add it to accounts there, or correct sessions.start[${index}]`,
      })
    }
    files.push(file)
  }
  return { settings, files }
}

function shownEnvironment(environment: Environment): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(ENVIRONMENT_SHAPE).map((name) => {
      const value = environment[name as keyof Environment]
      const secret = name.includes('PASSWORD') || name.includes('TOKEN')
      return [name, value === undefined ? null : secret && value !== '' ? '(hidden)' : value]
    }),
  )
}
