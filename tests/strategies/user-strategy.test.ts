/** The example of the page "write a strategy" loads without a fork: in a process, in a backtest, and in the workflow bundle, the same every time. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { PROJECT_ROOT } from '#config/environment.ts'
import { createLogger } from '#config/logger.ts'
import { checkedStrategy, loadUserStrategies, userStrategyFiles } from '#config/user-strategies.ts'
import { BacktestOptions } from '#domain/backtest/options.ts'
import { runBacktest } from '#domain/backtest/run.ts'
import { parseSessionInput } from '#domain/session/input.ts'
import { CandleParams } from '#domain/strategies/candle-params.ts'
import { type CommonCandleParams, candleStrategy } from '#domain/strategies/registry.ts'
import { workflowBundle } from '#workers/bundle.ts'
import { limitsOf } from '../support/segment-inputs.ts'
import { walkSeries } from '../support/walks.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-user-'))
const log = createLogger('test', 'error')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const input = (params: Record<string, unknown>) => ({
  ...{ session_key: 'mine', account: 'mine', coins: ['BTC'], engine: 'candles', limits: limitsOf() },
  params: { strategy: 'user', name: 'three_bars', ...params },
})

test('the example has at most 60 lines and is the one on the page', () => {
  const code = readFileSync(join(PROJECT_ROOT, 'config/strategies/three-bars.ts'), 'utf8')
  const page = readFileSync(join(PROJECT_ROOT, 'docs/features/write-a-strategy.md'), 'utf8')
  expect(code.trimEnd().split('\n').length).toBeLessThanOrEqual(60)
  expect(page).toContain(code)
})

test('it is found by name, trades in a backtest, and its parameters are checked with their path', async () => {
  expect(await loadUserStrategies()).toContain('three_bars')
  const params = CandleParams.parse({ strategy: 'user', name: 'three_bars' }) as CommonCandleParams
  const run = runBacktest(candleStrategy('user'), params, [walkSeries(5, 2_000)], BacktestOptions.parse({}))
  expect(run.account.trades.length).toBeGreaterThan(20)
  expect(new Set(run.account.trades.map(({ entry_reason }) => entry_reason))).toEqual(
    new Set(['THREE_UP', 'THREE_DOWN']),
  )
  expect(() => parseSessionInput(input({ params: { stop_atr: -1 } }))).toThrow('params.params.stop_atr')
  expect(parseSessionInput(input({})).params).toMatchObject({ name: 'three_bars', interval: '1h' })
})

test('the workflow bundle contains it, and is the same for the same files', async () => {
  const strategies = userStrategyFiles()
  const first = await workflowBundle({ cacheFolder: join(folder, 'a'), log, strategies })
  const again = await workflowBundle({ cacheFolder: join(folder, 'b'), log, strategies })
  const without = await workflowBundle({ cacheFolder: join(folder, 'c'), log, strategies: [] })
  expect(readFileSync(first.codePath, 'utf8')).toContain('THREE_AGAINST')
  expect(readFileSync(without.codePath, 'utf8')).not.toContain('THREE_AGAINST')
  expect(again.codePath.split('/').at(-1)).toBe(first.codePath.split('/').at(-1))
  expect(without.codePath.split('/').at(-1)).not.toBe(first.codePath.split('/').at(-1))
})

test.each([
  { module: {}, problem: 'no export named strategy' },
  { module: { strategy: { name: 'Bad Name' } }, problem: 'strategy.name' },
  { module: { strategy: { name: 'half' } }, problem: 'lacks warmUpBars, init, observe, decide' },
])('a module that is no strategy is refused: $problem', ({ module, problem }) => {
  expect(() => checkedStrategy('mine.ts', module)).toThrow(problem)
})

test('tests, YAML and hidden files of the folder are no strategies', () => {
  for (const name of ['b-two.ts', 'a-one.mjs', 'a-one.test.ts', 'mei.yaml', '.hidden.ts'])
    writeFileSync(join(folder, name), '')
  expect(userStrategyFiles(folder).map((file) => file.split('/').at(-1))).toEqual(['a-one.mjs', 'b-two.ts'])
})
