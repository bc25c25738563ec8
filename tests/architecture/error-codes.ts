/** Collects every error code with its hint and where it is raised, and prints docs/errors.md from them. */
// `node tests/architecture/error-codes.ts` rewrites the page; errors.test.ts fails while it is not current.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT_ROOT } from '#config/environment.ts'
import { sourceFiles } from './sources.ts'

export interface ErrorCode {
  code: string
  retryable: string
  hint: string
  path: string
}

const RAISED =
  /code:\s*'([A-Z][A-Z0-9_]+)',\s*retryable(?::\s*([^,\n]+))?,\s*hint:\s*(?:'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`|"((?:[^"\\]|\\.)*)"|[^'`"\s])/g

/** All codes in alphabetical order; one that is raised in several places keeps each hint. */
export function errorCodes(): ErrorCode[] {
  return sourceFiles('.ts', '.tsx')
    .filter(({ path }) => !/^(?:tests|bench)\/|\.test\.ts$/.test(path))
    .flatMap(({ path, text }) =>
      [...text.matchAll(RAISED)].map(([, code = '', retryable = '', single, template, double]) => ({
        code,
        retryable: retryable === 'true' ? 'yes' : retryable === 'false' ? 'no' : 'depends',
        hint: (single ?? template ?? double ?? '')
          .replace(/\$\{[^}]*\}/g, '…')
          .replace(/\\(.)/g, '$1')
          .replace(/\|/g, '\\|'),
        path,
      })),
    )
    .sort(
      (a, b) => a.code.localeCompare(b.code) || a.path.localeCompare(b.path) || a.hint.localeCompare(b.hint),
    )
}

export function errorsPage(): string {
  const rows = errorCodes().map(
    ({ code, retryable, hint, path }) =>
      `| \`${code}\` | ${retryable} | ${hint || '(built from the fault)'} | \`${path}\` |`,
  )
  return [
    '# Errors',
    '',
    'Every error that Holdfast raises on purpose: its code, whether the same call can succeed later, and what to do.',
    'This page is generated from the code (`node tests/architecture/error-codes.ts`).',
    '',
    '| code | retry helps | what to do | raised in |',
    '|---|---|---|---|',
    ...new Set(rows),
    '',
  ].join('\n')
}

if (import.meta.main) writeFileSync(join(PROJECT_ROOT, 'docs', 'errors.md'), errorsPage())
