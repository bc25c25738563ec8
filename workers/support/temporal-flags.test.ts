/** The embedded server and a real cluster are told the same, and every search attribute is registered at start. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { PROJECT_ROOT } from '#config/environment.ts'
import { SEARCH_ATTRIBUTES } from '#workflows/names.ts'
import { devServerArguments } from './temporal-flags.ts'

const flags = (change: Partial<Parameters<typeof devServerArguments>[0]> = {}) =>
  devServerArguments({ port: 7233, uiPort: 8233, dbFile: '/x/t.db', ...change })

test('every setting of the cluster file is a flag of the embedded server with the same value', () => {
  const file = readFileSync(join(PROJECT_ROOT, 'config', 'temporal-dynamic-config.yaml'), 'utf8')
  const settings = parse(file) as Record<string, [{ value: unknown }]>
  expect(Object.keys(settings).length).toBeGreaterThan(0)
  for (const [key, [{ value }]] of Object.entries(settings))
    expect(flags()).toContain(`${key}=${JSON.stringify(value)}`)
})

test('all search attributes are registered as keywords', () => {
  for (const { name } of Object.values(SEARCH_ATTRIBUTES)) expect(flags()).toContain(`${name}=Keyword`)
})

test('without a UI port there is no UI', () => {
  expect(flags({ uiPort: null })).toContain('--headless')
  expect(flags()).not.toContain('--headless')
})
