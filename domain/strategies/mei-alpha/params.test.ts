/** Parameters of mei_alpha_v1: defaults of the engine, every key described, and how many bars they ask for. */
import { expect, test } from 'vitest'
import { z } from 'zod'
import { meiParams } from '../../../tests/support/mei.ts'
import { coldBars, MeiAlphaParams, warmUpBars } from './params.ts'

interface Node {
  properties?: Record<string, Node>
  description?: string
  default?: unknown
  required?: string[]
}

function undescribed(node: Node, path: string[] = []): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) =>
    child.properties
      ? undescribed(child, [...path, key])
      : child.description === undefined && key !== 'strategy'
        ? [[...path, key].join('.')]
        : [],
  )
}

test('every key says what it is, in which unit, and has a default', () => {
  const schema = z.toJSONSchema(MeiAlphaParams, { io: 'input' }) as Node
  expect(undescribed(schema)).toEqual([])
  expect(schema.required).toEqual(['strategy'])
})

test.each([
  { bars: 'macro 200', change: {}, cold: 200, warm: 1_000 },
  { bars: 'a short macro average', change: { indicators: { ema_macro_window: 60 } }, cold: 70, warm: 300 },
  {
    bars: 'a slow drift',
    change: { indicators: { ema_macro_window: 60 }, thresholds: { entry: { slow_drift_slope_window: 100 } } },
    cold: 150,
    warm: 300,
  },
  {
    bars: 'the longest there may be',
    change: { indicators: { ema_macro_window: 500 } },
    cold: 500,
    warm: 2_500,
  },
])('with $bars nothing is traded before bar $cold, and $warm are asked for', ({ change, cold, warm }) => {
  const params = meiParams(change)
  expect([coldBars(params), warmUpBars(params)]).toEqual([cold, warm])
})

test.each([
  { change: { trade: { sl_atr_mult: -1 } }, path: ['trade', 'sl_atr_mult'] },
  { change: { trade: { sl_atr: 2 } }, path: ['trade'] }, // a typo is no default
  {
    change: { thresholds: { entry: { macd_hist_entry_mode: 'fast' } } },
    path: ['thresholds', 'entry', 'macd_hist_entry_mode'],
  },
  { change: { trade: null }, path: ['trade'] },
])('$change is refused at $path', ({ change, path }) => {
  const parsed = MeiAlphaParams.safeParse({ strategy: 'mei_alpha_v1', ...change })
  expect(parsed.error?.issues[0]?.path).toEqual(path)
})
