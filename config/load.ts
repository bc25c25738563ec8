/** Settings file → one frozen, validated object; errors carry file, path, what was found and what was expected. */
// Not here: the schema (config/schema.ts), environment variables (config/environment.ts).
import { existsSync, readFileSync } from 'node:fs'
import { LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { Settings } from '#config/schema.ts'
import { InvalidInputError } from '#domain/errors.ts'

/** Reads config/holdfast.yaml (or HOLDFAST_CONFIG); a missing file means all defaults. @throws InvalidInputError */
export function loadSettings(file: string): Settings {
  return existsSync(file) ? loadYaml(file, Settings) : Settings.parse({})
}

/** Reads any YAML file against a schema. @throws InvalidInputError with `file:line` and the path of the first fault */
export function loadYaml<Schema extends z.ZodType>(file: string, schema: Schema): z.infer<Schema> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new InvalidInputError({
      source: file,
      path: '',
      found: (error as Error).message,
      expected: 'a readable YAML file',
    })
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const broken = document.errors[0]
  if (broken) {
    const at = lines.linePos(broken.pos[0])
    throw new InvalidInputError({
      source: `${file}:${at.line}`,
      path: '',
      found: broken.message.split('\n')[0] ?? '',
      expected: 'valid YAML',
    })
  }
  const value: unknown = document.toJS() ?? {}
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const path = issue?.path.map(String) ?? []
  const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined
  const line = node?.range ? `:${lines.linePos(node.range[0]).line}` : ''
  const unknownKeys = issue?.code === 'unrecognized_keys' ? ` (unknown: ${issue.keys.join(', ')})` : ''
  throw new InvalidInputError({
    source: `${file}${line}`,
    path: path.join('.'),
    found: `${JSON.stringify(document.getIn(path) ?? null)?.slice(0, 80) ?? 'nothing'}${unknownKeys}`,
    expected: issue?.message ?? 'a valid value',
  })
}
