/** `npm run where <slug>`: every file of one feature in the order in which an event flows, with its first sentence. */
import { sourceFiles } from './sources.ts'

const FLOW = [
  'domain',
  'config',
  'exchange/wire',
  'exchange/client',
  'exchange/paper',
  'clickhouse',
  'streamers',
  'activities',
  'workflows',
  'workers',
  'cli',
  'dashboard',
  'tests',
  'bench',
  'docs',
]

const rank = (path: string): number => {
  const at = FLOW.findIndex((folder) => path.startsWith(`${folder}/`))
  return at < 0 ? FLOW.length : at
}

const firstSentence = (text: string): string =>
  /^\s*(?:\/\*\*|#)\s*(.+?)(?:\s*\*\/)?$/m.exec(text)?.[1] ?? '(no opening sentence)'

/** Lines `path  sentence` of all files whose path holds the slug. */
export function where(slug: string): string[] {
  return sourceFiles('.ts', '.tsx', '.mjs', '.md', '.yaml')
    .filter(({ path }) => path.includes(slug))
    .sort((a, b) => rank(a.path) - rank(b.path) || a.path.localeCompare(b.path))
    .map(({ path, text }) => `${path.padEnd(56)} ${firstSentence(text)}`)
}

if (import.meta.main) {
  const slug = process.argv[2]
  const lines = slug ? where(slug) : []
  const help = slug
    ? `nothing is called "${slug}"`
    : 'usage: npm run where <slug>, e.g. npm run where trading-session'
  process.stdout.write(`${lines.length > 0 ? lines.join('\n') : help}\n`)
  process.exitCode = lines.length > 0 ? 0 : 2
}
