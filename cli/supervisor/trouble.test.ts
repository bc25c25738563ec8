/** Which of a service's lines explains why it did not start. */
import { expect, test } from 'vitest'
import type { Level } from './log-sink.ts'
import { createTroubleMemory } from './trouble.ts'

const said = (lines: [Level, string, string?][]): string => {
  const memory = createTroubleMemory()
  for (const [level, text, hint] of lines) {
    memory.note({ ts: '', level, service: 'x', text, fields: hint === undefined ? {} : { hint } })
  }
  return memory.of('x')
}

test('of a stack trace the line with the error is taken', () => {
  const trace: [Level, string][] = [
    ['warn', 'node:internal/modules/cjs/loader:1568'],
    ['warn', 'Error: Cannot find module /x'],
    ['warn', '    at load (node:internal)'],
  ]
  expect(said(trace)).toBe('Error: Cannot find module /x')
})

test('the service’s own last words, with their hint, beat everything else', () => {
  expect(
    said([
      ['warn', 'TypeError: x'],
      ['fatal', 'could not start', 'free the port'],
      ['error', 'later'],
    ]),
  ).toBe('could not start (free the port)')
})

test('the newer of two equal lines is taken, and a silent service has said nothing', () => {
  expect(
    said([
      ['error', 'first'],
      ['error', 'second'],
    ]),
  ).toBe('second')
  expect(said([])).toBe('')
})
