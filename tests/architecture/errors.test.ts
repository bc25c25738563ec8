/** Every error has a code and a hint that an operator finds in docs/errors.md. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT_ROOT } from '#config/environment.ts'
import { errorCodes, errorsPage } from './error-codes.ts'
import { sourceFiles } from './sources.ts'

test('docs/errors.md is current: run `node tests/architecture/error-codes.ts` after a change', () => {
  expect(readFileSync(join(PROJECT_ROOT, 'docs', 'errors.md'), 'utf8')).toBe(errorsPage())
})

test('the collector sees every code that the code names', () => {
  const listed = new Set(errorCodes().map(({ code }) => code))
  const named = sourceFiles('.ts')
    .filter(({ path }) => !/^(?:tests|bench)\/|\.test\.ts$/.test(path))
    .flatMap(({ text }) =>
      [...text.matchAll(/\bcode: '([A-Z][A-Z0-9]*_[A-Z0-9_]+)'/g)].map((match) => match[1] ?? ''),
    )
  expect([...new Set(named)].filter((code) => !listed.has(code))).toEqual([])
})
