/** Orders of people: every one names who and why, a coin of the session, and figures within their range. */
import { expect, test } from 'vitest'
import { type CommandKind, parseCommand } from './command.ts'

const who = { by: 'anna', reason: 'news' }
const entry = { coin: 'BTC', side: 'buy', usd: 100, ...who }

test('what is left out has its default', () => {
  expect(parseCommand('force_entry', entry, ['BTC'])).toEqual({
    kind: 'force_entry',
    ...entry,
    slippage_bps: 50,
    stop_bps: 300,
  })
  expect(parseCommand('force_close', who, ['BTC'])).toEqual({
    kind: 'force_close',
    ...who,
    slippage_bps: 100,
  })
  expect(parseCommand('reduce', { coin: 'BTC', pct: 100, ...who }, ['BTC'])).toMatchObject({ pct: 100 })
})

const bad: readonly [string, CommandKind, Record<string, unknown>, string][] = [
  ['nobody', 'force_close', { reason: 'x' }, 'by'],
  ['blank', 'force_close', { by: '  ', reason: 'x' }, 'by'],
  ['no reason', 'force_close', { by: 'x' }, 'reason'],
  ['a stranger’s coin', 'force_entry', { ...entry, coin: 'ETH' }, 'coin'],
  ['another spelling', 'force_close', { coin: 'btc', ...who }, 'coin'],
  ['no side', 'force_entry', { ...entry, side: 'long' }, 'side'],
  ['nothing', 'force_entry', { ...entry, usd: 0 }, 'usd'],
  ['half a leverage', 'force_entry', { ...entry, leverage: 1.5 }, 'leverage'],
  ['more leverage than there is', 'force_entry', { ...entry, leverage: 51 }, 'leverage'],
  ['a stop beyond zero', 'force_entry', { ...entry, stop_bps: 9_001 }, 'stop_bps'],
  ['nothing of it', 'reduce', { coin: 'BTC', pct: 0, ...who }, 'pct'],
  ['more than all', 'reduce', { coin: 'BTC', pct: 100.1, ...who }, 'pct'],
]
test.each(bad)('%s is refused with its path', (_, kind, raw, path) => {
  expect(() => parseCommand(kind, raw, ['BTC'])).toThrow(`${kind}: ${path}`)
})

test('an empty form and an unknown field are refused', () => {
  expect(() => parseCommand('reduce', undefined, ['BTC'])).toThrow(/reduce/)
  expect(() => parseCommand('force_close', { ...who, price: 5 }, ['BTC'])).toThrow(/price|unrecognized/i)
})
