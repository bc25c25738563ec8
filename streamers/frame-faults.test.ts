/** A flood of bad frames is counted in full and shown in small. */
import { beforeEach, expect, test } from 'vitest'
import { MalformedFrameError } from '#exchange/wire/errors.ts'
import { createFrameFaults, LIMITS } from '#streamers/frame-faults.ts'

let lines: { facts: Readonly<Record<string, unknown>>; message: string }[]
const log = {
  info: () => {},
  warn: (facts: Readonly<Record<string, unknown>>, message: string) => void lines.push({ facts, message }),
  error: () => {},
}
const fault = (path: string): MalformedFrameError =>
  new MalformedFrameError({ channel: 'trades', path, found: '1', expected: '2' })

beforeEach(() => {
  lines = []
})

test.each([
  { faults: LIMITS.logFirst, shown: LIMITS.logFirst },
  { faults: LIMITS.logEvery - 1, shown: LIMITS.logFirst },
  { faults: LIMITS.logEvery, shown: LIMITS.logFirst + 1 },
])('of $faults faults of one kind $shown are shown', ({ faults, shown }) => {
  const counted = createFrameFaults(log)
  for (let index = 0; index < faults; index++) counted.count(fault(`data[${index}].px`), 'raw')
  expect(lines).toHaveLength(shown)
  expect(counted.byKind()).toEqual({ 'MALFORMED_FRAME trades data[*].px': faults })
})

test('a sample is cut, and whatever was thrown is counted', () => {
  const counted = createFrameFaults(log)
  counted.count('not even an error', 'x'.repeat(10_000))
  expect(String(lines[0]?.facts.sample)).toHaveLength(LIMITS.sampleCharsMax)
  expect(counted.byKind()).toEqual({ UNEXPECTED: 1 })
})

test('kinds are bounded: a flood of ever new faults shares one', () => {
  const counted = createFrameFaults(log)
  for (let index = 0; index < LIMITS.kindsMax + 50; index++)
    counted.count(fault(`field${'x'.repeat(index)}`), 'raw')
  expect(Object.keys(counted.byKind()).length).toBeLessThanOrEqual(LIMITS.kindsMax + 1)
  expect(counted.byKind().OTHER).toBe(50)
  expect(counted.total()).toBe(LIMITS.kindsMax + 50)
})

test('unknown fields are told once per channel and field set, whatever their order', () => {
  const counted = createFrameFaults(log)
  counted.noteUnknownFields('trades', ['b', 'a'])
  counted.noteUnknownFields('trades', ['a', 'b'])
  counted.noteUnknownFields('bbo', ['a'])
  expect(lines).toHaveLength(2)
  expect(counted.byKind()).toEqual({ 'UNKNOWN_FIELDS trades a,b': 2, 'UNKNOWN_FIELDS bbo a': 1 })
  expect(counted.total()).toBe(0)
})
