/** The command from outside, without a stack: what it refuses and how, what it says when nothing runs. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { inheritedVariables, PROJECT_ROOT } from '#config/environment.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-commands-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

interface Result {
  code: number
  stdout: string
  stderr: string
}

function holdfast(words: readonly string[], variables: Record<string, string> = {}): Promise<Result> {
  // CI=true would colour the output.
  const env = { ...inheritedVariables(), NO_COLOR: '1', HOLDFAST_HOME: home, ...variables }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(PROJECT_ROOT, 'cli', 'main.ts'), ...words],
      { env },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr })
      },
    )
  })
}

test('a malformed settings file is refused before anything starts, with file, line, path, found and expected', async () => {
  const file = join(home, 'bad.yaml')
  writeFileSync(file, 'exchange:\n  seed: many\n')
  for (const words of [['up'], ['up', '--detach'], ['config', 'check']]) {
    const { code, stderr } = await holdfast(words, { HOLDFAST_CONFIG: file })
    expect(code).toBe(2)
    expect(stderr).toContain('bad.yaml:2: exchange.seed: found "many", expected ')
  }
})

test('a malformed variable is refused by its name, its value and what was expected', async () => {
  const { code, stderr } = await holdfast(['up'], { HOLDFAST_PORT_PAPER: '99999' })
  expect(code).toBe(2)
  expect(stderr).toContain('HOLDFAST_PORT_PAPER: found "99999"')
})

test('scripts get errors as one JSON object, without a stack trace', async () => {
  const { code, stderr, stdout } = await holdfast(['up', '--json', '--speed', 'fast'])
  expect([code, stdout]).toEqual([2, ''])
  expect(JSON.parse(stderr)).toEqual({
    error: {
      ...{ code: 'INVALID_INPUT', retryable: false, hint: expect.any(String) },
      message: '--speed: (root): found "fast", expected a number above 0, at most 10000',
      details: expect.anything(),
    },
  })
})

test('an unusable TEMPORAL_CLI_PATH ends the start with what is wrong, and nothing stays', async () => {
  const { code, stderr } = await holdfast(['up', '--no-sessions'], { TEMPORAL_CLI_PATH: '/nowhere/temporal' })
  expect(code).toBe(2)
  expect(stderr).toContain('TEMPORAL_CLI_PATH: found "/nowhere/temporal", which does not exist')
  expect(JSON.parse((await holdfast(['status', '--json'])).stdout)).toMatchObject({
    ready: false,
    supervisor: null,
  })
})

test('status of a folder where nothing ever ran has all fields and no services', async () => {
  const { code, stdout } = await holdfast(['status', '--json'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ ready: false, home, services: [], sessions: [], total_rss_bytes: 0, ready_ms: 0 },
  })
})

test('down with nothing to stop is no error', async () => {
  expect(await holdfast(['down'])).toEqual({ code: 0, stdout: 'Nothing was running.\n', stderr: '' })
})

test('doctor checks the machine, and a fault in the settings makes it fail', async () => {
  const good = await holdfast(['doctor', '--json'])
  expect(good.code).toBe(0)
  const { checks } = JSON.parse(good.stdout) as { checks: { name: string }[] }
  expect(checks.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['Node', 'settings', 'state folder', 'disk', 'memory', 'Temporal server']),
  )
  const bad = await holdfast(['doctor'], { HOLDFAST_CONFIG: home }) // a folder is no file
  expect(bad.code).toBe(1)
  expect(bad.stdout).toContain('✗ settings')
})

test('an unknown verb is refused, and help lists every verb', async () => {
  expect((await holdfast(['fly'])).code).toBe(2)
  const { code, stdout } = await holdfast(['--help'])
  expect(code).toBe(0)
  for (const verb of [
    'up',
    'down',
    'status',
    'session',
    'kill',
    'replay',
    'pnl',
    'schedules',
    'paper',
    'migrate',
  ])
    expect(stdout).toMatch(new RegExp(`^ {2}${verb} `, 'm'))
})

test('every verb shows its own help', async () => {
  const { stdout } = await holdfast(['--help'])
  const verbs = [...stdout.matchAll(/^ {2}([a-z-]+) {2,}/gm)]
    .map(([, verb]) => verb ?? '')
    .filter((verb) => verb !== 'help')
  for (const verb of verbs) {
    const help = await holdfast([verb, '--help'])
    expect([verb, help.code, help.stderr]).toEqual([verb, 0, ''])
    expect(help.stdout).toContain(`Usage: holdfast ${verb}`)
  }
})
