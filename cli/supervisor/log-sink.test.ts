/** Service output: files get every line as JSON, the console what matters, split chunks and foreign lines included. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLogSink, type Level, type LogLine, type LogSink } from './log-sink.ts'

let folder: string
let printed: string[]
let trouble: LogLine[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-sink-'))
  printed = []
  trouble = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const sinkAt = (consoleLevel: Level): LogSink =>
  createLogSink({
    folder,
    consoleLevel,
    now: () => 0,
    print: (line) => printed.push(line),
    onTrouble: (line) => trouble.push(line),
    colors: false,
  })
const linesOf = (service: string): string[] =>
  readFileSync(join(folder, `${service}.log`), 'utf8')
    .trim()
    .split('\n')
const line = (level: string, msg: string): string =>
  JSON.stringify({ level, time: '2026-01-02T03:04:05.678Z', service: 'x', pid: 1, msg, coin: 'BTC' })

test.each([
  { consoleLevel: 'warn' as const, level: 'info', shown: 0 },
  { consoleLevel: 'warn' as const, level: 'warn', shown: 1 },
  { consoleLevel: 'info' as const, level: 'info', shown: 1 },
  { consoleLevel: 'info' as const, level: 'debug', shown: 0 },
])(
  'a console for $consoleLevel and above shows $shown lines of level $level',
  ({ consoleLevel, level, shown }) => {
    const sink = sinkAt(consoleLevel)
    sink.feed('x', 'stdout', `${line(level, 'hello')}\n`)
    sink.close()
    expect(printed).toHaveLength(shown)
    expect(linesOf('x')).toEqual([line(level, 'hello')])
  },
)

test('a console line shows time, level, service, text and the fields of its own', () => {
  const sink = sinkAt('warn')
  sink.feed('x', 'stdout', `${line('warn', 'late')}\n`)
  sink.close()
  expect(printed).toEqual(['03:04:05.678 WARN  x: late coin=BTC'])
})

test('chunks may be split anywhere, and the last line needs no line end', () => {
  const sink = sinkAt('warn')
  const text = `${line('info', 'one')}\n${line('error', 'two')}`
  for (const character of text) sink.feed('x', 'stdout', character)
  sink.close()
  expect(linesOf('x')).toEqual([line('info', 'one'), line('error', 'two')])
  expect(trouble.map(({ text: said }) => said)).toEqual(['two'])
})

test('what is not JSON is wrapped: standard error as a warning, standard output as information', () => {
  const sink = sinkAt('warn')
  sink.feed('x', 'stderr', 'Segmentation fault\n')
  sink.feed('x', 'stdout', 'hello\n{"no":"level"}\n')
  sink.close()
  expect(linesOf('x').map((each) => JSON.parse(each))).toEqual([
    { level: 'warn', time: '1970-01-01T00:00:00.000Z', service: 'x', msg: 'Segmentation fault' },
    { level: 'info', time: '1970-01-01T00:00:00.000Z', service: 'x', msg: 'hello' },
    { level: 'info', time: '1970-01-01T00:00:00.000Z', service: 'x', msg: '{"no":"level"}' },
  ])
  expect(printed).toHaveLength(1)
})

test('of a stack trace only the error itself goes to the console, and all of it to the file', () => {
  const trace = ['node:internal/x:1', '    throw err', 'Error: gone', '    at here', '}', 'Node.js v24.0.0']
  const sink = sinkAt('warn')
  sink.feed('x', 'stderr', `${trace.join('\n')}\n`)
  sink.close()
  expect(printed.map((each) => each.split('x: ')[1])).toEqual(['Error: gone'])
  expect(linesOf('x')).toHaveLength(trace.length)
})

test('standard output and standard error of one service do not mix within a line', () => {
  const sink = sinkAt('warn')
  sink.feed('x', 'stdout', 'from out')
  sink.feed('x', 'stderr', 'from err\n')
  sink.feed('x', 'stdout', ' ends\n')
  sink.close()
  expect(linesOf('x').map((each) => (JSON.parse(each) as { msg: string }).msg)).toEqual([
    'from err',
    'from out ends',
  ])
})
