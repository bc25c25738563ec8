/** The check of everything a start reads: good settings pass, and each fault is named by file, path, found and expected. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadEnvironment } from '#config/environment.ts'
import { checkSettings } from './config.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-config-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const check = (text: string) =>
  checkSettings(loadEnvironment({ HOLDFAST_HOME: folder, HOLDFAST_CONFIG: write('holdfast.yaml', text) }))

test('the settings of the project and the sessions they start are good', () => {
  const { files } = checkSettings(loadEnvironment({ HOLDFAST_HOME: folder }))
  expect(files.map((file) => file.split('/').at(-1))).toEqual([
    'holdfast.yaml',
    'candles-btc.yaml',
    'maker-eth.yaml',
  ])
})

test('a missing settings file means all defaults', () => {
  const environment = loadEnvironment({ HOLDFAST_HOME: folder, HOLDFAST_CONFIG: join(folder, 'none.yaml') })
  expect(checkSettings(environment).files[0]).toBe('built-in defaults (no settings file)')
})

test('a wrong value is named with file, line, path, what was found and what was expected', () => {
  expect(() => check('exchange:\n  speed: -1\n')).toThrow(
    /holdfast\.yaml:2: exchange\.speed: found -1, expected .*0/,
  )
})

test('an unknown key is named', () => {
  expect(() => check('exchange:\n  sped: 1\n')).toThrow(/unknown: sped/)
})

test('broken YAML is named with its line', () => {
  expect(() => check('exchange: [1\n')).toThrow(/holdfast\.yaml:\d+: .*expected valid YAML/)
})

test('a session file with a fault is named, though the settings file is good', () => {
  const session = write('s.yaml', 'session_key: x\nengine: maker\n')
  expect(() => check(`sessions:\n  start: [${session}]\n`)).toThrow(/s\.yaml/)
})

test('a session on an account that is not configured is refused, with the accounts there are', () => {
  const session = write(
    's.yaml',
    [
      ...[
        'session_key: x',
        'engine: maker',
        'account: nobody',
        'coins: [ETH]',
        'params: { strategy: touch }',
      ],
      'limits: { order_usd_max: 1, position_usd_max: 1 }',
    ].join('\n'),
  )
  const text = `accounts:\n  somebody: { key: generated }\nsessions:\n  start: [${session}]\n`
  expect(() => check(text)).toThrow(/account: found "nobody", expected an account of .*: somebody/)
})
