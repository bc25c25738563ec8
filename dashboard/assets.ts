/** Bundles the page with esbuild when the server starts, kept in HOME/cache under a hash of its sources. */
// Not here: the page's code (dashboard/page/*). Nothing of it is loaded from other hosts.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { AssetPaths } from '#dashboard/shell.ts'
import { assert, HoldfastError } from '#domain/errors.ts'

export interface Assets {
  paths: AssetPaths
  /** Body and type of one asset; null for a name that is none. */
  read(name: string): { body: string; type: string } | null
}

export interface AssetOptions {
  projectRoot: string
  cacheFolder: string
}

/** What the page may import besides its own folder; a change of any of it makes a new bundle. */
const SOURCES = [
  'dashboard/page',
  'dashboard/delta.ts',
  'dashboard/model.ts',
  'dashboard/topic-states.ts',
  'domain',
  'package.json',
]

/** Builds or finds the bundle. @throws HoldfastError PAGE_BUILD when the page does not compile */
export async function loadAssets(options: AssetOptions): Promise<Assets> {
  const hash = hashSources(options.projectRoot)
  const folder = join(options.cacheFolder, 'dashboard', hash)
  if (!existsSync(folder)) await build(options.projectRoot, folder)
  const files = new Map([
    [`page.${hash}.js`, { file: 'main.js', type: 'text/javascript; charset=utf-8' }],
    [`page.${hash}.css`, { file: 'style.css', type: 'text/css; charset=utf-8' }],
  ])
  const bodies = new Map(
    [...files].map(([name, { file, type }]) => [
      name,
      { body: readFileSync(join(folder, file), 'utf8'), type },
    ]),
  )
  return {
    paths: { script: `/assets/page.${hash}.js`, style: `/assets/page.${hash}.css` },
    read: (name) => bodies.get(name) ?? null,
  }
}

async function build(projectRoot: string, folder: string): Promise<void> {
  const esbuild = await import('esbuild') // 10 MB that a cached start does not need
  const beside = `${folder}.${process.pid}.tmp`
  mkdirSync(beside, { recursive: true })
  try {
    await esbuild.build({
      entryPoints: ['main.tsx', 'style.css'].map((file) => join(projectRoot, 'dashboard', 'page', file)),
      outdir: beside,
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      legalComments: 'none',
      logLevel: 'silent',
    })
  } catch (error) {
    throw new HoldfastError('the page of the dashboard does not compile', {
      code: 'PAGE_BUILD',
      retryable: false,
      hint: 'run `npx tsc -p .`',
      cause: error,
    })
  } finally {
    await esbuild.stop()
  }
  try {
    renameSync(beside, folder)
  } catch {
    assert(existsSync(folder), `neither this process nor another could write ${folder}`) // another one was faster
  }
}

function hashSources(projectRoot: string): string {
  const hash = createHash('sha256')
  for (const file of SOURCES.flatMap((source) => listFiles(projectRoot, source)).sort()) {
    hash.update(file).update(readFileSync(join(projectRoot, file)))
  }
  return hash.digest('hex').slice(0, 16)
}

function listFiles(root: string, path: string): string[] {
  if (/\.\w+$/.test(path)) return [path]
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
}
