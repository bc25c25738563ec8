/** Errors say what was found, whether a retry helps, and what to do. */
import { expect, test } from 'vitest'
import { assert, describeError, HoldfastError, InvalidInputError, InvariantError } from './errors.ts'

test('a Holdfast error carries code, hint, retryable and the name of its class', () => {
  class Custom extends HoldfastError {}
  const cause = new TypeError('deep')
  const error = new Custom('shallow', { code: 'X', retryable: true, hint: 'wait', cause, details: { n: 1 } })
  expect(error).toMatchObject({
    name: 'Custom',
    code: 'X',
    retryable: true,
    hint: 'wait',
    cause,
    details: { n: 1 },
  })
})

test('bad input names source, path, what was found and what was expected', () => {
  const error = new InvalidInputError({
    source: 'a.yaml',
    path: 'limits.x',
    found: '-1',
    expected: 'above 0',
  })
  expect(error.message).toBe('a.yaml: limits.x: found -1, expected above 0')
  expect(error).toMatchObject({ code: 'INVALID_INPUT', retryable: false, hint: 'correct limits.x in a.yaml' })
  expect(new InvalidInputError({ source: 's', path: '', found: 'a', expected: 'b' }).message).toContain(
    '(root)',
  )
})

test('assert throws for what is false and for nothing else', () => {
  expect(() => assert(1, 'no')).not.toThrow()
  expect(() => assert(0, 'a bug')).toThrow(InvariantError)
})

test('an error is described with its causes on one line, at most five, and a loop of causes ends', () => {
  const loop = new TypeError('loop')
  Object.assign(loop, { cause: loop })
  expect(describeError(loop).split(' ← ')).toHaveLength(5)
  expect(describeError(new TypeError('a', { cause: 'b' }))).toBe('a ← b')
  expect(describeError('text')).toBe('text')
  expect(describeError(undefined)).toBe('')
})
