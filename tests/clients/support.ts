/** Other people's clients, installed on demand into a cache folder of their own: Python packages by pip, Node packages by npm. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const CACHE = join(homedir(), '.cache', 'holdfast', 'clients')
const INSTALL_MS_MAX = 300_000

export interface Run {
  code: number
  output: string
}

/** Runs a program to its end; never throws. */
export function run(
  file: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
): Promise<Run> {
  const { env = process.env, timeoutMs = INSTALL_MS_MAX } = options
  return new Promise((resolve) => {
    execFile(
      file,
      [...args],
      { env, timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0
        resolve({ code, output: `${stdout}${stderr}` })
      },
    )
  })
}

/** Installs once: into a folder beside, renamed when it is whole. @returns the folder, or why it could not be had */
async function once(
  name: string,
  install: (folder: string) => Promise<Run>,
): Promise<{ folder: string } | { missing: string }> {
  const folder = join(CACHE, name)
  if (existsSync(folder)) return { folder }
  mkdirSync(CACHE, { recursive: true })
  const draft = `${folder}.${process.pid}`
  const { code, output } = await install(draft)
  if (code !== 0) {
    rmSync(draft, { recursive: true, force: true })
    return { missing: `skipped: ${name} could not be installed: ${output.trim().split('\n').at(-1) ?? ''}` }
  }
  if (existsSync(folder)) rmSync(draft, { recursive: true, force: true })
  else renameSync(draft, folder)
  return { folder }
}

/** A Python package with its dependencies, for PYTHONPATH. */
export async function pythonPackage(requirement: string): Promise<{ folder: string } | { missing: string }> {
  const version = await run('python3', ['-m', 'pip', '--version'], { timeoutMs: 20_000 })
  if (version.code !== 0) return { missing: 'skipped: python3 with pip is not installed' }
  return once(`python-${requirement.replace(/[^\w.-]/g, '_')}`, (folder) =>
    run('python3', [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-warn-conflicts',
      '--target',
      folder,
      requirement,
    ]),
  )
}

/** A package from npm with its dependencies; `folder` holds node_modules. */
export function nodePackage(spec: string): Promise<{ folder: string } | { missing: string }> {
  return once(`node-${spec.replace(/[^\w.-]/g, '_')}`, async (folder) => {
    mkdirSync(folder, { recursive: true })
    return run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', spec])
  })
}
