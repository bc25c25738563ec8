/** What is recorded is what was sent: a market recorded by the command is replayed and simulated, also across a cut line. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '#config/clock.ts'
import { PROJECT_ROOT } from '#config/environment.ts'
import type { PaperExchange } from '#exchange/paper/paper-exchange.ts'
import { recordedTape } from '#exchange/paper/simulate/make-tape.ts'
import { recordFrames } from '#exchange/paper/sources/record-frames.ts'
import { readRecording } from '#exchange/paper/sources/replay-file.ts'
import type { SourceEvent } from '#exchange/paper/sources/source.ts'
import {
  type ScriptedMarket,
  scriptedMarket,
  startPaper,
  syntheticSource,
  TOKEN,
} from '#tests/paper/support/paper.ts'
import { waitUntil } from '#tests/support/wait-until.ts'

const folder = mkdtempSync(join(tmpdir(), 'paper-record-'))
let market: ScriptedMarket
let paper: PaperExchange
beforeAll(async () => {
  market = scriptedMarket()
  paper = await startPaper({ source: () => market.source, faultsPort: 0 })
})
afterAll(async () => {
  await paper.close()
  rmSync(folder, { recursive: true, force: true })
})

async function read(file: string): Promise<SourceEvent[]> {
  const events: SourceEvent[] = []
  const fail = (line: number, error: unknown) => expect([line, error]).toBe('readable')
  for await (const { event } of readRecording(file, fail)) events.push(event)
  return events
}

test('every frame once, each trade once, although the line was cut in between', async () => {
  const file = join(folder, 'cut.jsonl')
  const faults: unknown[] = []
  const recording = recordFrames({
    ...{ url: paper.url, coins: ['BTC', 'ETH'], file, clock: systemClock },
    onFault: (error) => faults.push(error),
  })
  const move = async (px: number): Promise<void> => {
    const before = recording.frames()
    market.book('BTC', px, px + 10)
    market.trade('BTC', 'B', px + 10, 0.5)
    await waitUntil('the frames of a move', () => recording.frames() >= before + 2, 10_000)
  }
  const connected = (): boolean => (paper.status() as { feeds: number }).feeds >= 6
  await waitUntil('subscriptions', connected, 10_000)
  await move(100_000)
  const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' }
  await fetch(`http://127.0.0.1:${paper.faultsPort}/disconnect`, { method: 'POST', headers, body: '{}' })
  await waitUntil('the next connection', () => recording.reconnects() === 1 && connected(), 15_000)
  await move(100_100)
  await recording.stop()
  const events = await read(file)
  expect(events.length).toBe(recording.frames())
  const trades = events.flatMap((event) => (event.kind === 'trades' ? event.trades : []))
  expect(trades.map(({ px }) => px)).toEqual(['100010.0', '100110.0'])
  expect(new Set(trades.map(({ tid }) => tid)).size).toBe(2)
  expect(faults).toEqual([])
})

test('the command records a moving market, and the simulator plays what it wrote', {
  timeout: 60_000,
}, async () => {
  const live = await startPaper({ source: () => syntheticSource(['BTC']) })
  const file = join(folder, 'live.jsonl.gz')
  const words = ['cli/main.ts', 'record', '--url', live.url, '--coins', 'BTC', '--out', file, '--json']
  const child = spawn(process.execPath, words, { cwd: PROJECT_ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += String(chunk)
  })
  await waitUntil('a listener', () => (live.status() as { feeds: number }).feeds === 3, 30_000)
  // What a market makes up for at its beginning is told to nobody.
  const lagMs = (): number => Date.now() - (live.status() as { market_ts: number }).market_ts
  await waitUntil('the present', () => lagMs() < 1_500, 30_000)
  const from = (live.status() as { events: number }).events
  await waitUntil('some events', () => (live.status() as { events: number }).events > from + 30, 30_000)
  child.kill('SIGINT')
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
  const { frames } = JSON.parse(said) as { frames: number }
  expect(frames).toBeGreaterThanOrEqual(20)
  expect(await read(file)).toHaveLength(frames)
  const tape = await recordedTape(file)
  expect(tape.specs.map(({ name }) => name)).toEqual(['BTC'])
  expect(tape.length).toBeGreaterThanOrEqual(frames)
  await live.close()
})
