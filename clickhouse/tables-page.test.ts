/** docs/tables.md says what the declarations say. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { TABLES_PAGE, tablesPage } from '#clickhouse/tables-page.ts'

test('docs/tables.md is current: run `node clickhouse/tables-page.ts` after a change', () => {
  expect(readFileSync(TABLES_PAGE, 'utf8')).toBe(tablesPage())
})
