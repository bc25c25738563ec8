/** A session input is refused at the door, with the path of what is wrong and what was expected. */
import { describe, expect, test } from 'vitest'
import { InvalidInputError } from '#domain/errors.ts'
import { parseSessionInput } from '#domain/session/input.ts'

const limits = { order_usd_max: 1_000, position_usd_max: 5_000 }
const maker = {
  engine: 'maker',
  session_key: 'unit-1',
  account: 'paper-a',
  coins: ['BTC'],
  limits,
  params: { strategy: 'touch' },
}
const candles = { ...maker, engine: 'candles', params: { strategy: 'ema_cross' } }

/** The same object with one field, named by its path, set or (undefined) left out. */
function withField(base: object, path: string, value: unknown): unknown {
  const copy = structuredClone(base) as Record<string, unknown>
  const steps = path.split('.')
  const last = steps.pop() ?? ''
  let at = copy
  for (const step of steps) at = at[step] as Record<string, unknown>
  if (value === undefined) delete at[last]
  else at[last] = value
  return copy
}

function fault(value: unknown): { path: unknown; message: string } | null {
  try {
    parseSessionInput(value, 'unit.json')
    return null
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    return { path: error.details.path, message: error.message }
  }
}

test('the smallest maker input gets the safe defaults', () => {
  expect(parseSessionInput(maker)).toMatchObject({
    mode: 'paper',
    on_kill: 'flatten',
    on_stop: 'flatten',
    on_control_loss: 'cancel_quotes',
    limits: { open_orders_max: 20, loss_usd_max: 1_000 },
    params: { half_spread_bps: 2, quote_usd: 250, cycle_ms: 500, stale_ms: 5_000 },
  })
})

test('the smallest candle input gets its defaults', () => {
  expect(parseSessionInput(candles).params).toMatchObject({ interval: '1m', fast_bars: 3, slow_bars: 8 })
})

describe.each([
  ['session_key', 'a'.repeat(41), 'a'.repeat(42)],
  ['session_key', '0-a', '-a'],
  ['session_key', 'a', ''],
  ['session_key', 'abc', 'aBc'],
  ['mode', 'dry_live', 'demo'],
  ['account', 'a', '1a'],
  ['account', `a${'b'.repeat(30)}`, `a${'b'.repeat(31)}`],
  ['coins', ['ETH'], []],
  ['coins', ['ETH'], ['ETH', 'BTC']],
  ['on_kill', 'halt', 'close_only'],
  ['on_stop', 'halt', 'off'],
  ['on_control_loss', 'hold', 'keep'],
  ['limits.order_usd_max', 0.01, 0],
  ['limits.position_usd_max', 0.01, -1],
  ['limits.open_orders_max', 1, 0],
  ['limits.open_orders_max', 1_000, 1_001],
  ['limits.open_orders_max', 2, 2.5],
  ['limits.loss_usd_max', 0.01, 0],
  ['params.half_spread_bps', 0, -0.1],
  ['params.half_spread_bps', 500, 500.1],
  ['params.quote_usd', 0.01, 0],
  ['params.skew_bps', 500, 501],
  ['params.cycle_ms', 100, 99],
  ['params.cycle_ms', 60_000, 60_001],
  ['params.replace_bps', 0, -1],
  ['params.stale_ms', 500, 499],
  ['params.stale_ms', 60_000, 60_001],
] as const)('maker field %s', (path, good, bad) => {
  test(`may be ${JSON.stringify(good)}`, () => {
    expect(fault(withField(maker, path, good))).toBeNull()
  })
  test(`is refused by its path as ${JSON.stringify(bad)}`, () => {
    expect(fault(withField(maker, path, bad))?.path).toBe(path)
  })
})

describe.each([
  ['params.interval', '1d', '1M'],
  ['params.fast_bars', 1, 0],
  ['params.fast_bars', 7, 8], // slow_bars is 8
  ['params.fast_bars', 2, 2.5],
  ['params.slow_bars', 1_000, 1_001],
  ['params.atr_bars', 2, 1],
  ['params.atr_bars', 500, 501],
  ['params.stop_atr', 50, 50.1],
  ['params.stop_atr', 0.01, 0],
  ['params.order_usd', 0.01, 0],
  ['params.slippage_bps_max', 500, 501],
  ['params.slippage_bps_max', 0.1, 0],
  ['params.cooldown_bars', 0, -1],
  ['params.cooldown_bars', 1_000, 1_001],
] as const)('candle field %s', (path, good, bad) => {
  test(`may be ${JSON.stringify(good)}`, () => {
    expect(fault(withField(candles, path, good))).toBeNull()
  })
  test(`is refused by its path as ${JSON.stringify(bad)}`, () => {
    expect(fault(withField(candles, path, bad))?.path).toBe(path)
  })
})

test.each([
  'session_key',
  'account',
  'coins',
  'limits',
  'limits.order_usd_max',
  'limits.position_usd_max',
  'params',
])('without %s nothing starts', (path) => {
  expect(fault(withField(maker, path, undefined))?.path).toBe(path)
})

test.each([
  { path: '', value: { ...maker, leverage: 3 }, word: 'leverage' },
  { path: 'limits', value: withField(maker, 'limits.order_usd_maximum', 1), word: 'order_usd_maximum' },
  { path: 'params', value: withField(maker, 'params.half_spread', 1), word: 'half_spread' },
])('a misspelt key is named: $word', ({ path, value, word }) => {
  const refused = fault(value)
  expect([refused?.path, refused?.message.includes(`unknown ${word}`)]).toEqual([path, true])
})

test('parameters of another engine are refused', () => {
  expect(fault({ ...maker, params: candles.params })?.path).toMatch(/^params/)
  expect(fault({ ...maker, engine: 'grid' })?.path).toBe('engine')
})

test.each([{ value: undefined }, { value: null }, { value: 'maker' }, { value: [] }])(
  '$value is no session',
  ({ value }) => {
    expect(fault(value)).not.toBeNull()
  },
)

test.each([{ value: Number.NaN }, { value: Number.POSITIVE_INFINITY }, { value: '1000' }])(
  'a limit of $value is no limit',
  ({ value }) => {
    expect(fault(withField(maker, 'limits.order_usd_max', value))?.path).toBe('limits.order_usd_max')
  },
)

test('the message names source, path and what was found', () => {
  const refused = fault(withField(candles, 'params.fast_bars', 9))
  expect(refused?.message).toBe('unit.json: params.fast_bars: found 9, expected smaller than slow_bars (8)')
})
