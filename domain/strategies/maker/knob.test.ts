/** A knob's schema, default, override and idleness. */
import { expect, test } from 'vitest'
import { z } from 'zod'
import { knob, needs, overridesOf, shapeOf } from './knob.ts'

const KNOBS = {
  on: knob(z.boolean(), false, 'on/off', 'a switch'),
  size: knob(z.number(), 5, 'USD', 'how much', needs('on')),
}

test('a session’s shape fills in defaults, an override’s does not', () => {
  expect(z.strictObject(shapeOf(KNOBS)).parse({})).toEqual({ on: false, size: 5 })
  expect(z.strictObject(overridesOf(KNOBS)).parse({})).toEqual({})
})

test('effect and unit are the description', () => {
  expect(shapeOf(KNOBS).size.description ?? shapeOf(KNOBS).size.unwrap().description).toBe('how much (USD)')
})

test('a knob that needs another says why it idles', () => {
  expect(KNOBS.size.idle?.({ on: false })).toBe('on is false')
  expect(KNOBS.size.idle?.({ on: true })).toBeNull()
})
