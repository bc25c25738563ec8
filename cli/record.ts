/** `holdfast record`: the frames of a market, as they come, into a file that `replay:FILE` and `holdfast simulate` read. */
// Not here: the streamers, which record rows into ClickHouse.
import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import { print, printJson } from '#cli/output.ts'
import { systemClock } from '#config/clock.ts'
import { describeError, InvalidInputError } from '#domain/errors.ts'
import { MINUTE_MS } from '#domain/time.ts'
import { recordFrames } from '#exchange/paper/sources/record-frames.ts'

interface RecordCommand {
  url: string
  coins: string
  out: string
  minutes?: string
  json?: boolean
}

export function registerRecord(program: Command): void {
  program
    .command('record')
    .description('record books, touches and trades of a market into a file, for replay and simulate')
    .requiredOption('--out <file>', '.jsonl or .jsonl.gz')
    .option(
      '--url <url>',
      'the endpoint; only public market data is asked for',
      'https://api.hyperliquid.xyz',
    )
    .option('--coins <list>', 'coins by comma', 'BTC,ETH,SOL')
    .option('--minutes <n>', 'for so long; unset: until Ctrl-C')
    .option('--json', 'what came of it as one JSON object')
    .action(record)
}

async function record({ url, coins, out, minutes, json }: RecordCommand): Promise<void> {
  const forMs = minutes === undefined ? null : Number(minutes) * MINUTE_MS
  const bad = (path: string, found: string, expected: string) =>
    new InvalidInputError({ source: 'command line', path, found: JSON.stringify(found), expected })
  if (forMs !== null && !(forMs > 0)) throw bad('--minutes', minutes ?? '', 'a number above 0')
  if (!/^https?:\/\/.+/.test(url)) throw bad('--url', url, 'http://… or https://…')
  if (!/\.jsonl(\.gz)?$/.test(out)) throw bad('--out', out, 'a name that ends in .jsonl or .jsonl.gz')
  const onFault = (error: unknown) => process.stderr.write(`${describeError(error)}\n`)
  const recording = recordFrames({ url, coins: coins.split(','), file: out, clock: systemClock, onFault })
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  await delay(forMs ?? 2 ** 31 - 1, undefined, { signal: stop.signal }).catch(() => {})
  await recording.stop()
  const result = { file: out, frames: recording.frames(), reconnects: recording.reconnects() }
  if (json) printJson(result)
  else print(`${result.frames} frames in ${out}, ${result.reconnects} reconnects`)
}
