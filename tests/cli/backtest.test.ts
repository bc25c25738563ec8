/** `holdfast backtest` and `holdfast config explain` as typed: files in, one JSON object out, faults with exit code 2 and a hint. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PROJECT_ROOT } from '#config/environment.ts'
import type { BacktestReport } from '#domain/backtest/report.ts'
import { walkSeries } from '../support/walks.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-cli-backtest-'))
beforeAll(() => {
  const series = walkSeries(9, 2_500, { coin: 'BTC', start: 60_000, sizeDecimals: 5 })
  const lines = Array.from(series.openTs, (ts, at) =>
    [ts, series.open[at], series.high[at], series.low[at], series.close[at], series.volume[at]].join(','),
  )
  writeFileSync(join(folder, 'BTC-1h.csv'), `t,open,high,low,close,volume\n${lines.join('\n')}\n`)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** @returns standard output and error, and the exit code */
async function holdfast(...words: string[]): Promise<{ out: string; err: string; code: number }> {
  const env = { ...process.env, HOLDFAST_HOME: join(folder, 'home') }
  try {
    const main = join(PROJECT_ROOT, 'cli', 'main.ts')
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, ...words], {
      env,
      cwd: PROJECT_ROOT,
    })
    return { out: stdout, err: stderr, code: 0 }
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number }
    return { out: stdout, err: stderr, code }
  }
}

test('a backtest prints one JSON object and writes its trades', async () => {
  const out = join(folder, 'run')
  const { out: text, code } = await holdfast(
    'backtest',
    '--strategy',
    'ema_cross',
    '--data',
    join(folder, 'BTC-1h.csv'),
    '--params',
    '{"fast_bars":5,"slow_bars":20}',
    '--out',
    out,
    '--json',
  )
  const report = JSON.parse(text) as BacktestReport
  expect(code).toBe(0)
  expect(report).toMatchObject({
    strategy: 'ema_cross',
    coins: ['BTC'],
    interval: '1h',
    funding_known: false,
    model: { fill: 'next_open', path: 'worst' },
  })
  const trades = readFileSync(join(out, 'trades.csv'), 'utf8').trim().split('\n')
  expect(trades.length - 1).toBe(report.trades)
  expect(report.by_exit_reason.length).toBeGreaterThan(1)
})

test('a strategy file is found by its name, and a strategy of the user too', async () => {
  const [file, user] = await Promise.all([
    holdfast('backtest', '--strategy', 'ema-cross', '--data', folder, '--json'),
    holdfast(
      'backtest',
      '--strategy',
      'three_bars',
      '--data',
      folder,
      '--params',
      '{"stop_atr":3}',
      '--json',
    ),
  ])
  expect(JSON.parse(file.out)).toMatchObject({ strategy: 'ema_cross' })
  expect(JSON.parse(user.out)).toMatchObject({ strategy: 'three_bars' })
})

test.each([
  {
    words: ['--strategy', 'hope', '--data', folder],
    says: 'strategies: ema_cross, mei_alpha_v1, three_bars',
  },
  { words: ['--strategy', 'ema_cross', '--data', join(folder, 'absent')], says: 'nothing there' },
  { words: ['--strategy', 'ema_cross', '--data', folder, '--params', '{"stop_atr":-1}'], says: 'stop_atr' },
  { words: ['--strategy', 'ema_cross', '--data', folder, '--options', '{"spread":1}'], says: 'spread' },
])('$words is bad input', async ({ words, says }) => {
  const { err, code } = await holdfast('backtest', ...words)
  expect(code).toBe(2)
  expect(err).toContain(says)
})

test('explain names the layer and the line; check refuses a bad file with both', async () => {
  const { out } = await holdfast('config', 'explain', 'mei-alpha', '--coin', 'SOL', '--changed', '--json')
  const { params } = JSON.parse(out) as { params: { path: string; from: string; where: string }[] }
  expect(params.find(({ path }) => path === 'trade.sl_atr_mult')).toMatchObject({
    from: 'symbols.SOL',
    where: expect.stringMatching(/mei-alpha\.yaml:\d+$/),
  })
  const bad = join(folder, 'bad.yaml')
  writeFileSync(bad, 'strategy: ema_cross\nglobal:\n  stop_atr: 99\n')
  const { err, code } = await holdfast('config', 'check', bad)
  expect([code, err.includes('bad.yaml:3: global.stop_atr')]).toEqual([2, true])
})

test('entries and exits on shorter candles: the data holds the shortest, the averages are those of the longest', async () => {
  const words = ['backtest', '--strategy', 'ema_cross', '--data', join(folder, 'BTC-1h.csv'), '--json']
  const at = ['--interval', '4h', '--entry-interval', '2h', '--exit-interval', '1h']
  const { out, code } = await holdfast(...words, ...at)
  expect([code, JSON.parse(out)]).toMatchObject([0, { interval: '1h' }])
  expect((JSON.parse(out) as BacktestReport).trades).toBeGreaterThan(10)
  const wrong = await holdfast(...words, '--interval', '4h', '--entry-interval', '3m')
  expect(wrong.code).toBe(2)
})
