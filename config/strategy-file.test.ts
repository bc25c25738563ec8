/** Strategy files: the merge order of the engine (N14), faults with file, line and path, where each value comes from. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { diffParams, explainStrategy, inForce } from '#config/strategy-explain.ts'
import {
  coinsOfFile,
  layersOf,
  loadStrategyFile,
  resolveStrategy,
  type StrategyFile,
} from '#config/strategy-file.ts'
import { strategyFolder } from '#config/user-strategies.ts'
import { merge } from '#domain/strategies/overlay.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-strategy-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function fileOf(text: string): StrategyFile {
  const file = join(folder, 'mine.yaml')
  writeFileSync(file, text)
  return loadStrategyFile(file)
}
const faultOf = (text: string): string => {
  try {
    const file = fileOf(text)
    for (const mode of ['paper', 'live'] as const) resolveStrategy(file, mode)
    return 'fine'
  } catch (error) {
    return (error as Error).message.replace(folder, '')
  }
}

describe('N14: merge order', () => {
  const defaults = { trade: { x: 1, y: { a: 1, b: 2 } }, watchlist_exclude: ['USDC'] }
  const resolved = (text: string, coin: string, mode: 'paper' | 'dry_live'): unknown =>
    layersOf(fileOf(`strategy: s\n${text}`), coin, mode).reduce<unknown>(
      (below, { tree }) => merge(below, tree),
      defaults,
    )
  const base = 'global: {trade: {y: {b: 9}}, watchlist_exclude: [PAXG]}\nsymbols: {SOL: {trade: {x: 5}}}\n'
  const y = { a: 1, b: 9 }

  test.each([
    { text: `${base}live: {trade: {x: 7}}`, coin: 'SOL', mode: 'paper', x: 5 },
    { text: `${base}live: {trade: {x: 7}}`, coin: 'SOL', mode: 'dry_live', x: 7 },
    {
      text: `${base}live: {symbols: {SOL: {trade: {x: 8}}}, trade: {x: 7}}`,
      coin: 'SOL',
      mode: 'dry_live',
      x: 8,
    },
    // The original upper-cased "sol"; here the venue's own spelling counts, so that kPEPE can be traded.
    { text: `${base}live: {trade: {x: 7}}`, coin: 'sol', mode: 'paper', x: 1 },
  ] as const)('$coin in $mode: x is $x', ({ text, coin, mode, x }) => {
    expect(resolved(text, coin, mode)).toEqual({ trade: { x, y }, watchlist_exclude: ['PAXG'] })
  })

  test('a section that becomes null is refused; the original made an empty map of it', () => {
    expect(faultOf('strategy: mei_alpha_v1\nglobal: {trade: null}')).toContain(
      '/mine.yaml:2: global.trade: found null',
    )
  })
})

describe('faults', () => {
  test.each([
    { text: 'strategy: [', fault: '/mine.yaml:1' },
    { text: 'strategy: ema_cross\nglobl: {}', fault: '/mine.yaml:2: (root): found unknown globl' },
    {
      text: 'strategy: ema_cross\nglobal:\n  stop_atr: -1',
      fault: '/mine.yaml:3: global.stop_atr: found -1',
    },
    {
      text: 'strategy: mei_alpha_v1\nglobal:\n  trade:\n    allocation_pct: 0.1\n    sl_atr: 2',
      fault: '/mine.yaml:5: global.trade: found unknown sl_atr',
    },
    {
      text: 'strategy: mei_alpha_v1\nsymbols:\n  SOL:\n    trade: {sl_atr_mult: wide}',
      fault: '/mine.yaml:4: symbols.SOL.trade.sl_atr_mult: found "wide"',
    },
    {
      text: 'strategy: mei_alpha_v1\nlive:\n  trade:\n    leverage: 99',
      fault: '/mine.yaml:4: live.trade.leverage: found 99',
    },
    { text: 'strategy: hope', fault: 'strategy' },
    { text: 'strategy: ema_cross', fault: 'fine' },
    { text: 'strategy: ema_cross\ninterval: 1h\nentry_interval: 5m\nexit_interval: 1m', fault: 'fine' },
    { text: 'strategy: ema_cross\ninterval: 5m\nentry_interval: 1h', fault: '/mine.yaml:3: entry_interval' },
  ])('$text: $fault', ({ text, fault }) => {
    expect(faultOf(text)).toContain(fault)
  })

  test('a file that is not there is told, and is no set of defaults', () => {
    expect(() => loadStrategyFile(join(folder, 'absent.yaml'))).toThrow('expected a readable strategy file')
  })
})

const TEXT = `strategy: mei_alpha_v1
interval: 1h
global:
  trade:
    sl_atr_mult: 2.5
symbols:
  SOL:
    trade:
      sl_atr_mult: 3
live:
  trade:
    max_open_positions: 1
`

describe('explaining', () => {
  const find = (coin: string | null, mode: 'paper' | 'live', path: string) =>
    explainStrategy(fileOf(TEXT), coin, mode).find((each) => each.path === path)
  test.each([
    { coin: null, mode: 'paper', path: 'trade.sl_atr_mult', value: 2.5, from: 'global', line: 5 },
    { coin: 'SOL', mode: 'paper', path: 'trade.sl_atr_mult', value: 3, from: 'symbols.SOL', line: 9 },
    { coin: 'SOL', mode: 'live', path: 'trade.max_open_positions', value: 1, from: 'live', line: 12 },
    { coin: null, mode: 'paper', path: 'interval', value: '1h', from: 'file', line: 2 },
  ] as const)(
    '$path for $coin in $mode is $value, from $from, line $line',
    ({ coin, mode, path, value, from, line }) => {
      expect(find(coin, mode, path)).toEqual({
        path,
        value,
        from,
        where: `${join(folder, 'mine.yaml')}:${line}`,
      })
    },
  )

  test('what nobody set is a default without a line', () => {
    expect(find('SOL', 'paper', 'trade.tp_atr_mult')).toEqual({
      path: 'trade.tp_atr_mult',
      value: 4,
      from: 'default',
      where: '',
    })
  })
})

test('two sets of parameters differ by path', () => {
  const file = fileOf(TEXT)
  expect(diffParams(inForce(file, null, 'paper'), inForce(file, 'SOL', 'live'))).toEqual([
    { path: 'trade.max_open_positions', a: 20, b: 1 },
    { path: 'trade.sl_atr_mult', a: 2.5, b: 3 },
  ])
})

test('a session gets the differences of single coins with it', () => {
  const file = fileOf(TEXT)
  expect(coinsOfFile(file)).toEqual(['SOL'])
  expect(resolveStrategy(file, 'paper')).toMatchObject({
    trade: { sl_atr_mult: 2.5 },
    symbols: { SOL: { trade: { sl_atr_mult: 3 } } },
  })
})

test.each(['mei-alpha.yaml', 'ema-cross.yaml'])('%s of config/strategies is valid in every mode', (name) => {
  const file = loadStrategyFile(join(strategyFolder(), name))
  for (const mode of ['paper', 'dry_live', 'live'] as const)
    expect(resolveStrategy(file, mode).interval).toBe('1h')
})
