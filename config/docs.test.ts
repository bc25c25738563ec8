/** docs/config.md is what the schemas say now, and tells of every variable and key. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CONFIG_PAGE, configPage } from './docs.ts'
import { ENVIRONMENT_SHAPE } from './environment.ts'

test('the page is current; `node config/docs.ts` writes it', () => {
  expect(readFileSync(CONFIG_PAGE, 'utf8')).toBe(configPage())
})

test('every variable has its line', () => {
  const page = configPage()
  expect(Object.keys(ENVIRONMENT_SHAPE).filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([])
})

test.each([
  'exchange.market',
  'accounts.<name>.paper_usdc',
  'streamers.stale_ms',
  'limits.position_usd_max',
  'params.half_spread_bps',
])('%s has a line with its meaning', (key) => {
  const line = configPage()
    .split('\n')
    .find((each) => each.startsWith(`| \`${key}\` |`))
  expect(line?.split('|').at(-2)?.trim()).not.toBe('')
})

test('the page names nothing of the machine it was written on', () => {
  expect(configPage()).not.toContain(process.cwd())
})
