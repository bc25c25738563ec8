/** `holdfast config import`: JSON configurations of the original market maker as session files. */
// Not here: what becomes of each key (domain/strategies/maker/import-original.ts).
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { stringify } from 'yaml'
import { print, printJson } from '#cli/output.ts'
import { describeError, InvalidInputError } from '#domain/errors.ts'
import { parseSessionInput } from '#domain/session/input.ts'
import { importOriginal } from '#domain/strategies/maker/import-original.ts'

interface ImportOptions {
  out: string
  account: string
  force?: boolean
  json?: boolean
}

export function registerConfigImport(config: Command): void {
  config
    .command('import <source>')
    .description('one JSON configuration of the original market maker, or a folder of them, as session files')
    .option('--out <folder>', 'where the session files go', 'config/makers')
    .option('--account <account>', 'account of the settings that shall trade', 'paper-maker')
    .option('--force', 'overwrite files that are there')
    .option('--json', 'one JSON object')
    .action(run)
}

function run(source: string, { out, account, force, json }: ImportOptions): void {
  const found = sourcesOf(source).map((file) => importFile(file, account))
  mkdirSync(out, { recursive: true })
  const written = found.map(({ file, session, notes }) => {
    const target = join(out, `${String(session.session_key)}.yaml`)
    if (existsSync(target) && !force)
      throw refused(target, 'it is there already', 'another --out, or --force')
    const comments = notes.map((note) => `# ${note}\n`).join('')
    writeFileSync(target, `# Imported from ${file}.\n${comments}${stringify(session)}`)
    return { from: file, to: target, notes }
  })
  if (json) {
    printJson({ imported: written })
    return
  }
  for (const { from, to, notes } of written) {
    print(`${from} → ${to}`)
    for (const note of notes) print(`  ${note}`)
  }
}

function sourcesOf(source: string): string[] {
  if (!existsSync(source)) throw refused(source, 'absent', 'a JSON file or a folder')
  if (!statSync(source).isDirectory()) return [source]
  const files = readdirSync(source).filter((name) => name.endsWith('.json'))
  if (files.length === 0) throw refused(source, 'no JSON files', 'a folder of configurations')
  return files.sort().map((name) => join(source, name))
}

function importFile(file: string, account: string): ReturnType<typeof importOriginal> & { file: string } {
  try {
    const imported = importOriginal(JSON.parse(readFileSync(file, 'utf8')), account)
    parseSessionInput(imported.session, file)
    return { file, ...imported }
  } catch (error) {
    if (error instanceof InvalidInputError) throw error
    throw refused(file, describeError(error), 'a configuration with bot_id and coins')
  }
}

const refused = (source: string, found: string, expected: string): InvalidInputError =>
  new InvalidInputError({ source, path: '', found, expected })
