/** Writes docs/config.md from the settings schema, the environment and the session inputs, so that the page cannot lag behind them. */
// Not here: the schemas. `node config/docs.ts` writes the page; config/docs.test.ts fails when it is old.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ENVIRONMENT_SHAPE, PROJECT_ROOT } from '#config/environment.ts'
import { Settings } from '#config/schema.ts'
import { SessionInput } from '#domain/session/input.ts'

export const CONFIG_PAGE = join(PROJECT_ROOT, 'docs', 'config.md')

/** The part of JSON Schema that zod writes for our schemas. */
interface Node {
  type?: string
  description?: string
  default?: unknown
  const?: unknown
  enum?: readonly unknown[]
  pattern?: string
  format?: string
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  minItems?: number
  maxItems?: number
  properties?: Readonly<Record<string, Node>>
  required?: readonly string[]
  additionalProperties?: Node | boolean
  items?: Node
  oneOf?: readonly Node[]
  anyOf?: readonly Node[]
}

interface Line {
  key: string
  expected: string
  standard: string
  meaning: string
}

/** The whole page. */
export function configPage(): string {
  const settings = z.toJSONSchema(Settings, { io: 'input' }) as Node
  const session = z.toJSONSchema(SessionInput, { io: 'input', unrepresentable: 'any' }) as Node
  const engines = session.oneOf ?? session.anyOf ?? []
  return [
    '# Configuration',
    '',
    'This page is written by `node config/docs.ts` from the schemas in the code; a test fails when it is old.',
    '`npx holdfast config check` validates everything a start would read; `npx holdfast config show` prints the result.',
    'A value that cannot be used is refused at start, with its file, line, path, what was found and what was expected.',
    '',
    '## Settings file',
    '',
    '`config/holdfast.yaml`, or the file that `HOLDFAST_CONFIG` names. Every key may be left out. Unknown keys are refused.',
    '',
    ...table('key', linesOf(settings, '')),
    '',
    '## Environment',
    '',
    'Read once per process. An empty value counts as unset. `docker-compose.yml` sets the same names.',
    'Besides these, `TEMPORAL_TLS_*` and `TEMPORAL_API_KEY` are read as the Temporal SDK documents them.',
    '',
    ...table('variable', environmentLines()),
    '',
    '## Session inputs',
    '',
    'One JSON object, the same in a session file (YAML), in `holdfast session start` and in the start form of the Temporal UI.',
    ...engines.flatMap((engine) => [
      '',
      `### Engine \`${engineName(engine)}\``,
      '',
      ...table('key', linesOf(engine, '')),
    ]),
    '',
  ].join('\n')
}

const engineName = (engine: Node): string => String(engine.properties?.engine?.const ?? '')

function environmentLines(): Line[] {
  return Object.entries(ENVIRONMENT_SHAPE).map(([key, schema]) => {
    const node = z.toJSONSchema(schema as z.ZodType, { io: 'input', unrepresentable: 'any' }) as Node
    return { key, expected: expected(node), standard: standard(key, node), meaning: node.description ?? '' }
  })
}

/** Some defaults depend on the machine: the page says how, not what they are here. */
const MACHINE_DEFAULTS: Readonly<Record<string, string>> = {
  HOLDFAST_HOME: '`.holdfast` in the project',
  HOLDFAST_CONFIG: '`config/holdfast.yaml` in the project',
  HOLDFAST_HOST_ID: 'the host name',
}

const standard = (key: string, node: Node): string =>
  MACHINE_DEFAULTS[key] ??
  (node.default === undefined || node.default === '' ? '' : code(JSON.stringify(node.default)))

function linesOf(node: Node, path: string): Line[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const key = path === '' ? name : `${path}.${name}`
    if (child.properties) return linesOf(child, key)
    const entry = child.additionalProperties
    if (typeof entry === 'object' && entry.properties) return linesOf(entry, `${key}.<name>`)
    const required =
      (node.required ?? []).includes(name) && child.default === undefined && child.const === undefined
    return [
      {
        key,
        expected: expected(child),
        standard: required ? '**required**' : standard(key, child),
        meaning: child.description ?? (child.const === undefined ? '' : 'always this'),
      },
    ]
  })
}

/** What a value must be, in words. */
function expected(node: Node): string {
  if (node.const !== undefined) return code(JSON.stringify(node.const))
  if (node.enum) return node.enum.map((value) => code(String(value))).join(' \\| ')
  const options = node.oneOf ?? node.anyOf
  if (options) return options.map(expected).join(' or ')
  if (node.type === 'array')
    return `list of ${expected(node.items ?? {})}${bounds('', node.minItems, node.maxItems)}`
  if (node.type === 'integer' || node.type === 'number') {
    const word = node.type === 'integer' ? 'whole number' : 'number'
    const above = node.exclusiveMinimum === undefined ? '' : ` > ${node.exclusiveMinimum}`
    const below = node.exclusiveMaximum === undefined ? '' : ` < ${node.exclusiveMaximum}`
    const { minimum, maximum } = node
    return word + above + below + bounds('', safe(minimum), safe(maximum))
  }
  if (node.format === 'uri') return 'URL'
  if (node.type === 'boolean') return '`true` \\| `false`'
  return 'text'
}

/** zod writes the limits of exact integers where no limit was meant. */
const safe = (limit: number | undefined): number | undefined =>
  limit === undefined || Math.abs(limit) >= Number.MAX_SAFE_INTEGER ? undefined : limit

function bounds(unit: string, least: number | undefined, most: number | undefined): string {
  if (least !== undefined && most !== undefined)
    return least === most ? `, exactly ${least}` : ` ${least}–${most}${unit}`
  if (least !== undefined) return ` ≥ ${least}${unit}`
  return most === undefined ? '' : ` ≤ ${most}${unit}`
}

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``

function table(first: string, lines: readonly Line[]): string[] {
  return [
    `| ${first} | expected | default | meaning |`,
    '|---|---|---|---|',
    ...lines.map(
      ({ key, expected: what, standard: value, meaning }) =>
        `| \`${key}\` | ${what} | ${value} | ${meaning} |`,
    ),
  ]
}

if (import.meta.main) writeFileSync(CONFIG_PAGE, configPage())
