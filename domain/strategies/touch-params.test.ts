/** Parameters of `touch`: defaults, bounds, and nothing unknown. */
import { expect, test } from 'vitest'
import { TouchParams } from './touch-params.ts'

test('everything has a default, and a cycle is at least 100 ms', () => {
  expect(TouchParams.parse({ strategy: 'touch' })).toMatchObject({ quote_usd: 250, cycle_ms: 500 })
  expect(TouchParams.safeParse({ strategy: 'touch', cycle_ms: 99 }).success).toBe(false)
  expect(TouchParams.safeParse({ strategy: 'touch', levels: 2 }).success).toBe(false)
})
