/** Order in which a Temporal server is looked for, with fake sources; and the real sources against fake binaries. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  findTemporalServer,
  isNewEnough,
  NoTemporalServerError,
  parseTemporalVersion,
  type TemporalSource,
} from '#cli/temporal-server.ts'
import { temporalSources } from '#cli/temporal-sources.ts'
import { HoldfastError } from '#domain/errors.ts'

const binary = { path: '/x/temporal', version: '1.9.1', source: 'fake' }
const found = (name: string): TemporalSource => ({ name, doing: `trying ${name}`, find: async () => binary })
const missing = (name: string, reason: string): TemporalSource => ({
  name,
  doing: `trying ${name}`,
  find: async () => ({ reason }),
})

test('the first source that has one wins, and later ones are not asked', async () => {
  const lines: string[] = []
  const never: TemporalSource = { name: 'c', doing: 'trying c', find: () => expect.unreachable('asked') }
  expect(await findTemporalServer([missing('a', 'no'), found('b'), never], (line) => lines.push(line))).toBe(
    binary,
  )
  expect(lines).toEqual(['trying a', 'a: no', 'trying b'])
})

test('when all fail, the error lists each one with its reason and says how to get a server', async () => {
  const broken: TemporalSource = {
    name: 'b',
    doing: 'trying b',
    find: () => Promise.reject(new HoldfastError('boom', { code: 'X', retryable: false, hint: '' })),
  }
  const failure = await findTemporalServer([missing('a', 'not there'), broken], () => {}).catch(
    (e: unknown) => e,
  )
  expect(failure).toBeInstanceOf(NoTemporalServerError)
  expect((failure as NoTemporalServerError).message).toContain('  - a: not there\n  - b: boom')
  expect((failure as NoTemporalServerError).hint).toContain('TEMPORAL_CLI_PATH')
})

test.each([
  { version: '1.7.9', enough: false },
  { version: '1.8.0', enough: true },
  { version: '1.10.0', enough: true },
  { version: '2.0.0', enough: true },
  { version: '0.0.0-DEV', enough: false },
])('version $version on PATH is new enough: $enough', ({ version, enough }) => {
  expect(isNewEnough(version)).toBe(enough)
})

test('the version is read from what the CLI prints, and other programs have none', () => {
  expect(parseTemporalVersion('temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)')).toBe('1.9.1')
  expect(parseTemporalVersion('temporal version 0.0.0-DEV (Server 1.29.1)')).toBe('0.0.0-DEV')
  expect(parseTemporalVersion('GNU temporal 3')).toBeNull()
})

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-temporal-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function fakeBinary(name: string, output: string): string {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, `#!/bin/sh\necho '${output}'\n`)
  chmodSync(path, 0o755)
  return path
}
const localSources = (options: { cliPath?: string; searchPath?: string }): TemporalSource[] =>
  temporalSources({
    cliPath: options.cliPath,
    searchPath: options.searchPath ?? '',
    cacheFolder: join(folder, 'cache'),
  }).filter(({ name }) => ['TEMPORAL_CLI_PATH', 'PATH', 'cache folder'].includes(name))

test('the configured binary comes before PATH, and PATH before the cache', async () => {
  const configured = fakeBinary('own/temporal', 'temporal version 1.5.0 (Server)')
  const onPath = fakeBinary('bin/temporal', 'temporal version 1.8.0 (Server)')
  const cached = fakeBinary('cache/temporal-1.9.1/temporal', 'temporal version 1.9.1 (Server)')
  const searchPath = [join(folder, 'empty'), join(folder, 'bin')].join(delimiter)
  const quiet = (): void => {}
  expect((await findTemporalServer(localSources({ cliPath: configured, searchPath }), quiet)).path).toBe(
    configured,
  )
  expect((await findTemporalServer(localSources({ searchPath }), quiet)).path).toBe(onPath)
  expect((await findTemporalServer(localSources({}), quiet)).path).toBe(cached)
})

test('an old one on PATH is passed over with its version named', async () => {
  fakeBinary('bin/temporal', 'temporal version 1.7.2 (Server)')
  const failure = await findTemporalServer(localSources({ searchPath: join(folder, 'bin') }), () => {}).catch(
    (e: unknown) => String(e),
  )
  expect(failure).toContain('is 1.7.2, older than 1.8')
})

test('a configured binary that is none is refused, not replaced by another', async () => {
  fakeBinary('bin/temporal', 'temporal version 1.9.1 (Server)')
  const sources = localSources({ cliPath: join(folder, 'nowhere'), searchPath: join(folder, 'bin') })
  await expect(findTemporalServer(sources, () => {})).rejects.toMatchObject({ code: 'INVALID_INPUT' })
})

test('the sources stand in the order of the design', () => {
  const names = temporalSources({ cliPath: '/x', searchPath: '', cacheFolder: folder }).map(
    ({ name }) => name,
  )
  expect(names).toEqual([
    'TEMPORAL_CLI_PATH',
    'PATH',
    'cache folder',
    'official download',
    'Python wheel',
    'Go build',
  ])
})

test('a source whose tool is not installed says so and leaves nothing half-made behind', async () => {
  const path = process.env.PATH
  process.env.PATH = join(folder, 'empty')
  try {
    const sources = temporalSources({
      cliPath: undefined,
      searchPath: '',
      cacheFolder: join(folder, 'cache'),
    })
    const results = await Promise.all(
      sources.filter(({ name }) => /wheel|Go/.test(name)).map(async (source) => source.find()),
    )
    expect(results).toEqual([{ reason: 'python is not installed' }, { reason: 'go is not installed' }])
    expect(readdirSync(join(folder, 'cache'))).toEqual([])
  } finally {
    process.env.PATH = path
  }
})
