/** The table of modes has the distances and levels of the specification. */
import { expect, test } from 'vitest'
import { MODE_NAMES, MODE_TABLE } from './mode-table.ts'

test('distance, levels and urgency of each mode', () => {
  const rows = MODE_NAMES.map((mode) => {
    const { distanceBps, levels, urgency } = MODE_TABLE[mode]
    return `${mode} ${distanceBps} ${levels} ${urgency}`
  })
  expect(rows).toEqual([
    'EMERGENCY_DEFENSIVE 10 1 CRITICAL',
    'DEFENSIVE 6 1 HIGH',
    'MODERATE 3 2 MEDIUM',
    'NORMAL 3 3 LOW',
    'AGGRESSIVE 2 5 LOW',
    'VERY_AGGRESSIVE 1 8 LOW',
  ])
})
