/** prepare.mjs against small clones and a fake npm: when it installs, what it says, how it fails. */
import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PROJECT_ROOT } from '#config/environment.ts'

/** Installs what package.json asks for, and counts its calls; FAKE_NPM_FAILS makes it fail with that text. */
const FAKE_NPM = `
const fs = require('fs'), path = require('path')
fs.appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n')
if (process.env.FAKE_NPM_FAILS) { console.error(process.env.FAKE_NPM_FAILS); process.exit(7) }
const manifest = JSON.parse(fs.readFileSync('package.json', 'utf8'))
for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
  const folder = path.join('node_modules', name)
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name, version }))
}
`

let clone: string

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'holdfast-prepare-'))
  mkdirSync(join(clone, 'cli'))
  for (const file of ['prepare.mjs', 'holdfast.mjs']) {
    cpSync(join(PROJECT_ROOT, 'cli', file), join(clone, 'cli', file))
  }
  writeFileSync(join(clone, 'npm.cjs'), FAKE_NPM)
  writeManifest({ dependencies: { alpha: '1.0.0' }, devDependencies: { beta: '2.0.0' } })
})
afterEach(() => rmSync(clone, { recursive: true, force: true }))

function writeManifest(manifest: Record<string, unknown>): void {
  writeFileSync(join(clone, 'package.json'), JSON.stringify({ name: 'clone', ...manifest }))
}

function run(
  script: string,
  environment: Record<string, string> = {},
): Promise<{ code: number; stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, npm_execpath: join(clone, 'npm.cjs'), ...environment }
    execFile(process.execPath, [join(clone, 'cli', script), 'status'], { env }, (error, _stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stderr })
    })
  })
}

const npmCalls = (): number =>
  existsSync(join(clone, 'npm-calls'))
    ? readFileSync(join(clone, 'npm-calls'), 'utf8').trim().split('\n').length
    : 0

test('a fresh clone is installed once, with a word about why and how long it takes', async () => {
  const first = await run('prepare.mjs')
  expect(first).toMatchObject({ code: 0 })
  expect(first.stderr).toContain('Installing dependencies (node_modules is missing)')
  expect(await run('prepare.mjs')).toEqual({ code: 0, stderr: '' })
  expect(npmCalls()).toBe(1)
})

test('a changed dependency installs again; a changed version of the project does not', async () => {
  await run('prepare.mjs')
  writeManifest({ version: '9.9.9', dependencies: { alpha: '1.0.0' }, devDependencies: { beta: '2.0.0' } })
  expect((await run('prepare.mjs')).stderr).toBe('')
  writeManifest({ dependencies: { alpha: '1.0.1' }, devDependencies: { beta: '2.0.0' } })
  expect((await run('prepare.mjs')).stderr).toContain('alpha not installed in the pinned version')
  writeManifest({
    dependencies: { alpha: '1.0.1' },
    devDependencies: { beta: '2.0.0' },
    overrides: { gamma: '1' },
  })
  expect((await run('prepare.mjs')).stderr).toContain('package.json changed')
  expect(npmCalls()).toBe(3)
})

test('dependencies installed by hand are taken as they are', async () => {
  await run('prepare.mjs')
  rmSync(join(clone, 'node_modules', '.holdfast-stamp'))
  expect(await run('prepare.mjs')).toEqual({ code: 0, stderr: '' })
  expect(npmCalls()).toBe(1)
})

test.each([
  { output: 'npm error code ENOTFOUND registry', says: 'could not be reached' },
  { output: 'npm error code ENOSPC', says: 'the disk is full' },
  { output: 'npm error code E404', says: 'does not have a pinned version' },
  { output: 'npm error something else', says: 'see the lines above' },
])('a failing npm ($output) is explained: $says', async ({ output, says }) => {
  const failed = await run('prepare.mjs', { FAKE_NPM_FAILS: output })
  expect(failed.code).toBe(1)
  expect(failed.stderr).toContain(output)
  expect(failed.stderr).toContain(says)
  expect(failed.stderr).toContain('Nothing was started')
  expect(await run('prepare.mjs')).toMatchObject({ code: 0 }) // the next try is not blocked by the failed one
})

test('two at once install once: the second waits for the first', async () => {
  const both = await Promise.all([run('prepare.mjs'), run('prepare.mjs')])
  expect(both.map(({ code }) => code)).toEqual([0, 0])
  expect(npmCalls()).toBe(1)
})

test('the holdfast command says what to do when nothing is installed', async () => {
  const refused = await run('holdfast.mjs')
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('Run `npm start`')
})

test('the holdfast command passes arguments and the exit code of the command on', async () => {
  mkdirSync(join(clone, 'node_modules', 'commander'), { recursive: true })
  mkdirSync(join(clone, 'node_modules', '.bin'))
  symlinkSync(process.execPath, join(clone, 'node_modules', '.bin', 'node'))
  writeFileSync(join(clone, 'cli', 'main.ts'), 'console.error(process.argv[2] as string); process.exit(5)')
  expect(await run('holdfast.mjs')).toEqual({ code: 5, stderr: 'status\n' })
})
