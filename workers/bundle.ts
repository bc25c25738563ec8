/** The workflow bundle, the only build artefact of the project: made once per state of the sources, then read from the cache folder. */
// Not here: what is in it (workflows/index.ts).
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { bundleWorkflowCode } from '@temporalio/worker'
import { PROJECT_ROOT } from '#config/environment.ts'
import type { Logger } from '#config/logger.ts'
import { sdkLogger } from '#workers/bootstrap.ts'

/** Folders whose sources can be in the bundle: what the workflow layer may import. */
const SOURCE_FOLDERS = ['workflows', 'domain']
/** Packages that are bundled with them, or that do the bundling. */
const PACKAGES = ['@temporalio/workflow', '@temporalio/worker', '@temporalio/common', 'zod']

export interface BundleOptions {
  cacheFolder: string
  log: Logger
  /** Another entry, for tests that replay against changed workflows. */
  workflowsPath?: string
}

/**
 * Path of a bundle of the present sources; about 1 s when it has to be made, 10 ms when it is cached.
 * @returns for WorkerOptions.workflowBundle
 */
export async function workflowBundle({
  cacheFolder,
  log,
  workflowsPath = join(PROJECT_ROOT, 'workflows', 'index.ts'),
}: BundleOptions): Promise<{ codePath: string }> {
  const codePath = join(cacheFolder, `workflows-${sourceHash(workflowsPath)}.js`)
  if (existsSync(codePath)) return { codePath }
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: { ...sdkLogger(log), info: () => {} } })
  mkdirSync(cacheFolder, { recursive: true })
  for (const old of globSync('workflows-*.js', { cwd: cacheFolder })) rmSync(join(cacheFolder, old))
  const beside = `${codePath}.${process.pid}.tmp`
  writeFileSync(beside, code)
  renameSync(beside, codePath)
  log.info({ bundle: codePath, bytes: code.length }, 'workflow bundle made')
  return { codePath }
}

/** Digest of everything that goes into a bundle: sources, their names, package versions. */
function sourceHash(workflowsPath: string): string {
  const hash = createHash('sha256').update(workflowsPath)
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
