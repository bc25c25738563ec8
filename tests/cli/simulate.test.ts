/** `holdfast simulate` from outside: the report of a synthetic and of a recorded market, comparisons, and what it refuses. */
import { execFile } from 'node:child_process'
import { expect, test } from 'vitest'
import { inheritedVariables, PROJECT_ROOT } from '#config/environment.ts'
import type { SimulationReport } from '#exchange/paper/simulate/report.ts'
import { missingData, sharedData } from '#tests/support/shared-data.ts'

const RECORDING = 'ws/replay_20250904_35m.jsonl.gz'
const missing = missingData(RECORDING)

function simulate(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...inheritedVariables(), NO_COLOR: '1' }
  return new Promise((resolve) => {
    const command = ['cli/main.ts', 'simulate', ...words]
    execFile(process.execPath, command, { env, cwd: PROJECT_ROOT }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })
}
const report = ({ stdout }: { stdout: string }): SimulationReport & { events_per_s: number } =>
  JSON.parse(stdout.trim().split('\n').at(-1) ?? '')

test('a synthetic market: one JSON object, the same again from the same words', {
  timeout: 60_000,
}, async () => {
  const words = ['--strategy', 'touch', '--data', 'synthetic', '--minutes', '20', '--seed', '5', '--json']
  const [first, second] = await Promise.all([simulate(...words), simulate(...words)])
  const { events_per_s, ...figures } = report(first)
  expect(events_per_s).toBeGreaterThan(1_000)
  expect(figures).toMatchObject({ strategy: 'touch', coins: ['BTC'], equity_start_usd: 10_000, ended: null })
  expect(figures.events).toBeGreaterThan(10_000)
  expect(figures.fills).toBeGreaterThan(0)
  const { events_per_s: _speed, ...again } = report(second)
  expect(again).toEqual(figures)
})

test.skipIf(missing !== null)(
  `recorded books: both makers are compared on all coins of the recording${missing ?? ''}`,
  { timeout: 60_000 },
  async () => {
    const answer = await simulate(
      '--strategy',
      'spread,microprice',
      '--data',
      sharedData(RECORDING),
      '--json',
    )
    const { simulations } = JSON.parse(answer.stdout) as { simulations: SimulationReport[] }
    expect(simulations.map(({ strategy }) => strategy)).toEqual(['spread', 'microprice'])
    for (const one of simulations) {
      expect(one.coins).toEqual(['BTC', 'ETH', 'SOL', 'WLFI'])
      expect(one.events).toBeGreaterThan(73_000)
      expect(one.hours).toBeGreaterThan(0.55)
      expect(one.fills).toBeGreaterThan(10)
      expect(Object.values(one.markout_bps).every((value) => value !== null)).toBe(true)
    }
  },
)

test('a session file brings its own coins, parameters and limits', { timeout: 60_000 }, async () => {
  const file = 'config/sessions/maker-eth.yaml'
  const answer = await simulate('--file', file, '--data', 'synthetic', '--minutes', '5', '--json')
  expect(report(answer)).toMatchObject({ strategy: 'touch', coins: ['ETH'] })
  const table = await simulate('--file', file, '--data', 'synthetic', '--minutes', '5')
  expect(table.stdout).toContain('maker share')
})

test.each([
  [['--strategy', 'hope', '--data', 'synthetic'], 'strategy'],
  [['--strategy', 'touch', '--data', '/no/such/file.jsonl'], '/no/such/file.jsonl'],
  [['--data', 'synthetic'], '--strategy'],
  [['--strategy', 'touch', '--data', 'synthetic', '--params', '{"half_spread_bps":-1}'], 'half_spread_bps'],
  [
    [
      '--strategy',
      'spread',
      '--data',
      'synthetic',
      '--params',
      '{"improve_stale_loops":9,"improve_one_tick":false}',
    ],
    'no effect',
  ],
  [['--strategy', 'touch', '--data', 'synthetic', '--latency', 'soon'], 'latency'],
  [['--strategy', 'touch', '--data', 'synthetic', '--limits', '{'], '--limits'],
  [['--file', 'config/sessions/candles-btc.yaml', '--data', 'synthetic'], 'backtest'],
])('%j is refused with exit code 2, naming %s', { timeout: 30_000 }, async (words, named) => {
  const { code, stderr } = await simulate('--minutes', '1', ...words)
  expect({ code, named: stderr.includes(named) }).toEqual({ code: 2, named: true })
})
