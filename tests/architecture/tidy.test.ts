/** The whole tree keeps the habits that a machine can check, type-checks, and passes the linter. */
import { execFileSync } from 'node:child_process'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT_ROOT } from '#config/environment.ts'
import { sourceFiles } from './sources.ts'
import { untidyPlaces } from './tidy.ts'

const run = (bin: string, ...args: string[]): string => {
  try {
    return execFileSync(process.execPath, [join(PROJECT_ROOT, 'node_modules', ...bin.split('/')), ...args], {
      cwd: PROJECT_ROOT,
      encoding: 'utf8',
      stdio: 'pipe',
    })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    return `FAILED\n${stdout}${stderr}`.slice(0, 4_000)
  }
}

test('every file is short, opens with its purpose and uses no banned word', () => {
  expect(sourceFiles('.ts', '.tsx', '.mjs').flatMap(({ path, text }) => untidyPlaces(path, text))).toEqual([])
})

test('every domain file has a sibling test', () => {
  const paths = new Set(sourceFiles('.ts').map(({ path }) => path))
  const typeOnly = new Set([
    'domain/events.ts',
    'domain/pnl/types.ts',
    'domain/session/types.ts',
    'domain/session/ports.ts',
    'domain/session/effects.ts',
    'domain/session/follow-state.ts',
    'domain/session/segment-input.ts',
    'domain/strategies/strategy.ts',
  ])
  const untested = [...paths].filter(
    (path) =>
      path.startsWith('domain/') &&
      !path.endsWith('.test.ts') &&
      !typeOnly.has(path) &&
      !paths.has(path.replace(/\.ts$/, '.test.ts')),
  )
  expect(untested).toEqual([])
})

test('file names are kebab-case', () => {
  const odd = sourceFiles('.ts', '.tsx', '.mjs')
    .map(({ path }) => basename(path))
    .filter((name) => !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)+$/.test(name))
  expect(odd).toEqual([])
})

test('the project type-checks', { timeout: 120_000 }, () => {
  expect(run('typescript/bin/tsc', '-p', 'tsconfig.json')).toBe('')
})

test('the linter and formatter find nothing', { timeout: 60_000 }, () => {
  expect(run('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.')).not.toContain('FAILED')
})

test.each([
  ['a thrown plain Error', 'domain/a.ts', `/** A. */\nexport const f = () => { throw new Error('x') }\n`],
  ['a clock in the domain', 'domain/a.ts', `/** A. */\nexport const f = () => Date.now()\n`],
  ['no opening sentence', 'cli/a.ts', `import 'x'\n`],
  ['251 lines', 'cli/a.ts', `/** A. */\n${'export {}\n'.repeat(250)}`],
])('a planted untidiness is caught: %s', (_what, path, text) => {
  expect(untidyPlaces(path, text)).toHaveLength(1)
})

test('250 lines, and a clock in a comment, are fine', () => {
  expect(
    untidyPlaces('domain/a.ts', `/** A. */\n// never Date.now() here\n${'export {}\n'.repeat(248)}`),
  ).toEqual([])
})
