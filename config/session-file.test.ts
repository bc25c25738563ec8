/** Session files that take their parameters from a strategy file: merge order, faults where they stand, what such a session depends on. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadSessionFile, sessionFileParts } from './session-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-session-file-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
mkdirSync(join(folder, 'sessions'))
mkdirSync(join(folder, 'strategies'))
const session = join(folder, 'sessions', 'a.yaml')
const strategy = join(folder, 'strategies', 'mine.yaml')

const HEAD = 'session_key: a\nengine: candles\naccount: paper\ncoins: [BTC]\n'
const LIMITS = 'limits: {order_usd_max: 100, position_usd_max: 500}\n'
const write = (text: string, of = 'strategy: ema_cross\nglobal:\n  slow_bars: 30\n'): void => {
  writeFileSync(session, `${HEAD}${LIMITS}${text}`)
  writeFileSync(strategy, of)
}
const named = 'strategy_file: ../strategies/mine.yaml\n'
const fault = (): string => {
  try {
    loadSessionFile(session)
    return 'fine'
  } catch (error) {
    return (error as Error).message.replaceAll(folder, '')
  }
}

test('parameters come from the strategy file, those of the session lie over them', () => {
  write(`${named}params: {fast_bars: 5}\n`)
  expect(loadSessionFile(session).params).toMatchObject({
    strategy: 'ema_cross',
    fast_bars: 5,
    slow_bars: 30,
  })
  expect(loadSessionFile(session)).not.toHaveProperty('strategy_file')
  write(`${named}`)
  expect(loadSessionFile(session).params).toMatchObject({ slow_bars: 30 })
})

test('overlays of coins and of the mode apply', () => {
  const of =
    'strategy: ema_cross\nglobal: {slow_bars: 30}\nsymbols: {BTC: {slow_bars: 40}}\nlive: {order_usd: 20}\n'
  write(named, of)
  expect(loadSessionFile(session).params).toMatchObject({ symbols: { BTC: { slow_bars: 40 } } })
  expect((loadSessionFile(session).params as { order_usd: number }).order_usd).not.toBe(20)
  write(`mode: dry_live\n${named}`, of)
  expect(loadSessionFile(session).params).toMatchObject({ order_usd: 20 })
})

test('without a strategy file it is the input itself', () => {
  write('params: {strategy: ema_cross, slow_bars: 33}\n')
  expect(loadSessionFile(session).params).toMatchObject({ slow_bars: 33 })
  expect(sessionFileParts(session)).toEqual([session])
})

test('a fault is told with file and line of where it stands', () => {
  write(named, 'strategy: ema_cross\nglobal:\n  fast_bars: 3\n  slow_bars: -5\n')
  expect(fault()).toContain('/strategies/mine.yaml:4')
  expect(fault()).toContain('slow_bars')
  write(`${named}params:\n  slow_bars: -5\n`)
  expect(fault()).toContain('/sessions/a.yaml:8')
  write(named.replace('mine', 'absent'))
  expect(fault()).toMatch(/strategy_file.*absent\.yaml, which is absent/s)
})

test('only candle sessions have one', () => {
  write(named)
  writeFileSync(session, `${HEAD}${LIMITS}${named}params: {strategy: touch}\n`.replace('candles', 'maker'))
  expect(fault()).toContain('strategy_file')
})

test('it depends on the strategy file that it names, also while that is absent', () => {
  write(named)
  expect(sessionFileParts(session)).toEqual([session, strategy])
  rmSync(strategy)
  expect(sessionFileParts(session)).toEqual([session, strategy])
  writeFileSync(session, 'a: [broken')
  expect(sessionFileParts(session)).toEqual([session])
})
