/** The workflow bundle, the only build artefact of the project: made once per state of the sources, then read from the cache folder. */
// Not here: what is in it (workflows/index.ts).
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import { PROJECT_ROOT } from '#config/environment.ts'
import type { Logger } from '#config/logger.ts'
import { userStrategyFiles } from '#config/user-strategies.ts'
import { HoldfastError } from '#domain/errors.ts'

/** Folders whose sources can be in the bundle: what the workflow layer may import. */
const SOURCE_FOLDERS = ['workflows', 'domain']
/** The script that makes it. */
const MAKER = join(PROJECT_ROOT, 'workers', 'support', 'make-bundle.ts')
/** Packages that are bundled with them, or that do the bundling. */
const PACKAGES = ['@temporalio/workflow', '@temporalio/worker', '@temporalio/common', 'zod']

export interface BundleOptions {
  cacheFolder: string
  log: Logger
  /** Another entry, for tests that replay against changed workflows. */
  workflowsPath?: string
  /** Modules with strategies of the user; unset: those of config/strategies. */
  strategies?: readonly string[]
}

/**
 * Path of a bundle of the present sources; about 1 s when it has to be made, 10 ms when it is cached.
 * @returns for WorkerOptions.workflowBundle
 */
export async function workflowBundle({
  cacheFolder,
  log,
  workflowsPath = join(PROJECT_ROOT, 'workflows', 'index.ts'),
  strategies = userStrategyFiles(),
}: BundleOptions): Promise<{ codePath: string }> {
  const codePath = join(cacheFolder, `workflows-${sourceHash(workflowsPath, strategies)}.js`)
  if (existsSync(codePath)) return { codePath }
  mkdirSync(cacheFolder, { recursive: true })
  for (const old of globSync('workflows-*.js', { cwd: cacheFolder })) rmSync(join(cacheFolder, old))
  await makeBundle([workflowsPath, codePath, ...strategies])
  log.info({ bundle: codePath, bytes: statSync(codePath).size }, 'workflow bundle made')
  return { codePath }
}

/** In a process of its own: the bundler takes 200 MB that this process would never give back. */
async function makeBundle(words: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [MAKER, ...words], { cwd: PROJECT_ROOT })
  } catch (error) {
    throw new HoldfastError(`the workflow code cannot be bundled: ${faultsOf(error)}`, {
      code: 'BUNDLE_FAILED',
      retryable: false,
      hint: 'correct the workflow code that is named; `npm run check` finds most causes',
    })
  }
}

/** The bundler's own words about the first faults, without its pages of search paths. */
function faultsOf(error: unknown): string {
  const { stderr = '', message } = error as Error & { stderr?: string }
  const plain = stripVTControlCharacters(stderr)
  const faults = [...plain.matchAll(/ERROR in (.+\n.+)/g)].map((match) =>
    (match[1] ?? '').replace('\n', ': '),
  )
  return faults.slice(0, 3).join('; ') || plain.slice(-1_000) || message
}

/** Digest of everything that goes into a bundle: sources, their names, package versions. */
function sourceHash(workflowsPath: string, strategies: readonly string[]): string {
  const hash = createHash('sha256').update(workflowsPath).update(readFileSync(MAKER))
  for (const file of strategies) hash.update(`\0${file}\0`).update(readFileSync(file))
  for (const folder of SOURCE_FOLDERS) {
    for (const file of globSync(`${folder}/**/*.ts`, { cwd: PROJECT_ROOT }).sort()) {
      if (file.endsWith('.test.ts')) continue
      hash.update(`\0${file}\0`).update(readFileSync(join(PROJECT_ROOT, file)))
    }
  }
  const require = createRequire(import.meta.url)
  for (const name of PACKAGES) hash.update(`\0${name}@${packageVersion(require, name)}`)
  return hash.digest('hex').slice(0, 16)
}

function packageVersion(require: NodeJS.Require, name: string): string {
  const paths = require.resolve.paths(name) ?? []
  const file = paths.map((path) => join(path, name, 'package.json')).find((path) => existsSync(path))
  return file ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : 'absent'
}
