/** Small JSON files that other processes read at any moment: written whole or not at all, read with a verdict instead of a throw. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { z } from 'zod'

let written = 0

/** Writes the value beside the file and renames it into place, so that a reader never sees half of it. */
export function writeJsonAtomic(file: string, value: unknown, options: { mode?: number } = {}): void {
  const beside = `${file}.${process.pid}.${written++}.tmp`
  mkdirSync(dirname(file), { recursive: true })
  try {
    writeFileSync(beside, `${JSON.stringify(value, null, 2)}\n`, options.mode ? { mode: options.mode } : {})
    renameSync(beside, file)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
}

/** What a read found: the value, nothing, or a file that is not what it should be. */
export type JsonRead<Value> =
  | { kind: 'value'; value: Value }
  | { kind: 'absent' }
  | { kind: 'broken'; why: string }

/** Reads and validates one JSON file. Never throws: a broken file is an answer that the caller has to judge. */
export function readJson<Schema extends z.ZodType>(file: string, schema: Schema): JsonRead<z.infer<Schema>> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? { kind: 'absent' } : { kind: 'broken', why: message }
  }
  try {
    const parsed = schema.safeParse(JSON.parse(text))
    if (parsed.success) return { kind: 'value', value: parsed.data }
    const issue = parsed.error.issues[0]
    return {
      kind: 'broken',
      why: `${issue?.path.map(String).join('.') || '(root)'}: ${issue?.message ?? ''}`,
    }
  } catch (error) {
    return { kind: 'broken', why: (error as Error).message }
  }
}
