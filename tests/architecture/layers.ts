/** Which folder may import what: the one table of the house, and the reader of import lines that checks it. */
// Not here: the tests over it (layers.test.ts), file-level habits (tidy.ts).
import { dirname, join } from 'node:path'

/** `code` may be imported as values; `types` only with `import type`. A trailing `/` marks a folder; `node:` all of Node's own modules. */
export interface LayerRule {
  code: readonly string[]
  types?: readonly string[]
}

/** Longest matching folder wins. Roots (see ROOTS) are judged by ROOT_FORBIDDEN instead. */
export const LAYERS: Readonly<Record<string, LayerRule>> = {
  'domain/': { code: ['domain/', 'zod'] },
  'config/': { code: ['config/', 'domain/', 'zod', 'yaml', 'pino', 'chokidar', 'node:'] },
  'exchange/wire/': { code: ['exchange/wire/', 'domain/', 'zod'] },
  'exchange/client/': {
    code: [
      'exchange/client/',
      'exchange/wire/',
      'config/',
      'domain/',
      'zod',
      '@nktkas/',
      'viem',
      'ws',
      '@noble/',
      'hash-wasm',
      '@msgpack/',
      'secp256k1',
      'p-retry',
      'node:',
    ],
  },
  'exchange/paper/': {
    code: [
      'exchange/paper/',
      'exchange/wire/',
      'config/',
      'domain/',
      'zod',
      'ws',
      'viem',
      '@noble/',
      '@msgpack/',
      'secp256k1',
      'hono',
      '@hono/',
      'node:',
    ],
  },
  // The engine is a library in virtual time: the simulator runs it too.
  'exchange/paper/engine/': { code: ['exchange/paper/engine/', 'domain/'] },
  'clickhouse/': {
    code: [
      'clickhouse/',
      'config/',
      'domain/',
      'zod',
      '@clickhouse/',
      'chdb',
      '@chdb/',
      'proper-lockfile',
      'node:',
    ],
  },
  'streamers/': {
    code: ['streamers/', 'exchange/wire/', 'config/', 'domain/', 'zod', 'ws', 'prom-client', 'node:'],
    types: ['clickhouse/', 'exchange/client/'],
  },
  'activities/': {
    code: [
      'activities/',
      'exchange/wire/',
      'config/',
      'domain/',
      'zod',
      '@temporalio/activity',
      '@temporalio/common',
      'node:',
    ],
    types: ['clickhouse/', 'exchange/client/', 'streamers/', '@temporalio/client', 'workflows/'],
  },
  'workflows/': {
    code: ['workflows/', 'domain/', 'zod', '@temporalio/workflow', '@temporalio/common'],
    types: ['activities/', '@temporalio/client'],
  },
}

/** Process and command entries: they build everything concrete, so they may import anything but each other and workflow code. */
export const ROOTS: readonly RegExp[] = [
  /^workers\/[^/]+\.ts$/,
  /^cli\/[^/]+\.ts$/,
  /^dashboard\/server\.ts$/,
  /^streamers\/main\.ts$/,
  /^exchange\/paper\/server\.ts$/,
  /^clickhouse\/front\/server\.ts$/,
]

/** What code that is no root must not reach into: tests, benches, and the entries themselves. */
const NOBODY_IMPORTS = ['tests/', 'bench/'] as const
/** The only workflow files a root may import as values. */
const WORKFLOW_FACE = /^workflows\/(?:[^/]+\/messages|names|schedules|policies)\.ts$/

const IMPORT =
  /^(?:import|export)\s+(type\s)?(?:[^'"]*?from\s+)?['"]([^'"]+)['"]|()\bimport\(\s*['"]([^'"]+)['"]/gm

export interface ImportLine {
  /** Path from the project's root, or the package's specifier. */
  to: string
  isType: boolean
}

/** Every import and re-export of a source text. `import { type X }` counts as code, because it keeps the import at run time. */
export function importsOf(file: string, source: string): ImportLine[] {
  return [...source.matchAll(IMPORT)].map((match) => {
    const specifier = match[2] ?? match[4] ?? ''
    const to = specifier.startsWith('.') ? join(dirname(file), specifier) : specifier.replace(/^#/, '')
    return { to, isType: match[1] !== undefined }
  })
}

const matches = (to: string, prefix: string): boolean =>
  prefix.endsWith('/') || prefix.endsWith(':')
    ? to.startsWith(prefix)
    : to === prefix || to.startsWith(`${prefix}/`)

const isOurs = (to: string): boolean =>
  /^(?:domain|config|exchange|clickhouse|streamers|activities|workflows|workers|cli|dashboard|tests|bench)\//.test(
    to,
  )

/** Sentences that name each forbidden import of one file; empty when it keeps to its layer. */
export function breachesOf(file: string, source: string): string[] {
  if (/^(?:tests|bench)\//.test(file) || file.endsWith('.test.ts') || file.endsWith('.config.ts')) return []
  const folder = Object.keys(LAYERS)
    .filter((prefix) => file.startsWith(prefix))
    .sort((a, b) => b.length - a.length)[0]
  const isRoot = ROOTS.some((root) => root.test(file))
  const rule = folder === undefined || isRoot ? null : LAYERS[folder]
  return importsOf(file, source)
    .filter(({ to, isType }) => !(rule ? allowedByRule(rule, to, isType) : allowedForRoot(file, to, isType)))
    .map(
      ({ to, isType }) => `${file} imports ${isType ? 'types of ' : ''}${to}, which its layer does not allow`,
    )
}

function allowedByRule(rule: LayerRule, to: string, isType: boolean): boolean {
  const prefixes = isType ? [...rule.code, ...(rule.types ?? [])] : rule.code
  return prefixes.some((prefix) => matches(to, prefix))
}

/** Roots and their supporting folders (cli/supervisor, workers/support, dashboard): anything ours but tests and workflow code. */
function allowedForRoot(file: string, to: string, isType: boolean): boolean {
  if (!isOurs(to) || isType) return !NOBODY_IMPORTS.some((prefix) => to.startsWith(prefix))
  if (NOBODY_IMPORTS.some((prefix) => to.startsWith(prefix))) return false
  if (to.startsWith('workflows/') && !WORKFLOW_FACE.test(to)) return false
  const sameFolder = file.split('/')[0] === to.split('/')[0]
  return sameFolder || !ROOTS.some((root) => root.test(to))
}
