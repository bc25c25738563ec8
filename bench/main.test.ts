/** The bench command: what it takes, what it refuses, and the line that scripts read. */
import { expect, test } from 'vitest'
import { benchmarkNames, machine, parseCommand } from './main.ts'

test('every file of the folder that is a benchmark can be asked for, and nothing else', () => {
  expect(benchmarkNames()).toContain('recovery')
  expect(benchmarkNames()).not.toContain('main')
  expect(benchmarkNames()).not.toContain('benchmark')
  expect(() => parseCommand(['main'])).toThrow('expected one of')
})

test('the command is read whatever its order, with a fixed seed unless told', () => {
  expect(parseCommand(['recovery'])).toEqual({ name: 'recovery', json: false, quick: false, seed: 7 })
  expect(parseCommand(['--json', '--seed', '41', 'recovery', '--quick'])).toEqual({
    ...{ name: 'recovery', json: true, quick: true },
    seed: 41,
  })
})

test.each([[['--seed', '-1', 'recovery']], [['--seed', 'x', 'recovery']], [[]], [['recovery', 'ingest']]])(
  '%j is refused as bad input',
  (words) => {
    expect(() => parseCommand(words)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
  },
)

test('the machine is named by what makes figures comparable', () => {
  expect(machine()).toMatchObject({ cores: expect.any(Number), node: process.versions.node })
})
