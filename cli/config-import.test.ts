/** Configurations of the original are written as session files, none over another, and a bad one is named. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseSessionInput } from '#domain/session/input.ts'
import { registerConfigImport } from './config-import.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-import-'))
const run = (...args: string[]): void => {
  const program = new Command().exitOverride()
  registerConfigImport(program)
  program.parse(['import', ...args], { from: 'user' })
}
const write = (name: string, value: unknown): string => {
  writeFileSync(join(folder, name), JSON.stringify(value))
  return join(folder, name)
}

test('a file becomes a session file with its notes as comments, and is not overwritten', () => {
  const source = write('one.json', { bot_id: 'one', coins: ['ETH'], telemetry_db: false })
  run(source, '--out', folder, '--json')
  const text = readFileSync(join(folder, 'one.yaml'), 'utf8')
  expect(text).toContain('# telemetry_db: left out')
  expect(parseSessionInput(parse(text))).toMatchObject({ engine: 'maker', coins: ['ETH'] })
  expect(() => run(source, '--out', folder)).toThrow('there already')
  expect(() => run(source, '--out', folder, '--force', '--json')).not.toThrow()
})

test('a file that is no configuration is named', () => {
  expect(() => run(write('bad.json', { coins: [] }), '--out', folder)).toThrow('bad.json')
  expect(() => run(join(folder, 'absent'), '--out', folder)).toThrow('absent')
})
