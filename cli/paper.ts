/** `holdfast paper`: the paper exchange alone, in the foreground, for any Hyperliquid client. */
// Not here: the exchange itself (exchange/paper); the whole system (cli/up.ts).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { systemClock } from '#config/clock.ts'
import { loadEnvironment } from '#config/environment.ts'
import { controlToken, createHome } from '#config/home.ts'
import { loadSettings } from '#config/load.ts'
import { describeError, HoldfastError, InvalidInputError } from '#domain/errors.ts'
import { parseLatency } from '#exchange/paper/latency.ts'
import { createPaperExchange } from '#exchange/paper/paper-exchange.ts'
import { chooseSource, shapeOf } from '#exchange/paper/sources/choose-source.ts'

interface PaperFlags {
  port: string
  host: string
  source: string
  seed?: string
  speed?: string
  coins?: string
  traders?: string
  stepMs?: string
  bookMs?: string
  pastHours?: string
  fund: string[]
  keep?: boolean
  limits?: boolean
  latency: string
  faultsPort?: string
  json?: boolean
}

function readFund(text: string): { address: string; usdc: number } {
  const match = /^(0x[0-9a-fA-F]{40})=(\d+(?:\.\d+)?)$/.exec(text)
  if (!match)
    throw new InvalidInputError({
      source: 'command line',
      path: '--fund',
      found: JSON.stringify(text),
      expected: 'ADDRESS=USDC, e.g. 0x…=10000',
    })
  return { address: match[1] as string, usdc: Number(match[2]) }
}

function readNumber(flag: string, text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text)
  if (Number.isFinite(value) && value >= 0) return value
  throw new InvalidInputError({
    source: 'command line',
    path: flag,
    found: JSON.stringify(text),
    expected: 'a number of at least 0',
  })
}

async function run(flags: PaperFlags): Promise<void> {
  const environment = loadEnvironment()
  const settings = loadSettings(environment.HOLDFAST_CONFIG).exchange
  // Alone it starts empty and leaves nothing behind, unless --keep asks for the state folder.
  const folder = flags.keep ? environment.home.paper : mkdtempSync(join(tmpdir(), 'holdfast-paper-'))
  if (flags.keep) createHome(environment.home)
  const seed = readNumber('--seed', flags.seed, settings.seed)
  const speed = readNumber('--speed', flags.speed, settings.speed)
  const coins = flags.coins?.split(',') ?? settings.coins
  const { synthetic } = settings
  const shape = shapeOf({
    traders: readNumber('--traders', flags.traders, synthetic.traders),
    step_ms: readNumber('--step-ms', flags.stepMs, synthetic.step_ms),
    book_ms: readNumber('--book-ms', flags.bookMs, synthetic.book_ms),
    past_hours: readNumber('--past-hours', flags.pastHours, synthetic.past_hours),
  })
  const onFault = (error: unknown) => process.stderr.write(`unexpected: ${describeError(error)}\n`)
  const paper = await createPaperExchange({
    source: (checkpoint) =>
      chooseSource({
        ...{ market: flags.source, seed, speed, coins, shape },
        ...{ clock: systemClock, checkpoint, onFault },
      }),
    sourceName: flags.source,
    folder,
    host: flags.host,
    port: readNumber('--port', flags.port, 4001),
    token: controlToken(environment.home),
    clock: systemClock,
    fund: flags.fund.map(readFund),
    enforceLimits: flags.limits === true,
    seed,
    latency: parseLatency(flags.latency),
    ...(flags.faultsPort === undefined
      ? {}
      : { faultsPort: readNumber('--faults-port', flags.faultsPort, 0) }),
    onFault,
  })
  const ready = {
    ready: true,
    url: paper.url,
    ws: `${paper.url.replace(/^http/, 'ws')}/ws`,
    source: flags.source,
  }
  process.stdout.write(
    flags.json
      ? `${JSON.stringify(ready)}\n`
      : `paper exchange on ${paper.url} (market: ${flags.source}); Ctrl-C stops it\n`,
  )
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await paper.close()
  if (!flags.keep) rmSync(folder, { recursive: true, force: true })
}

/** Adds the verb to the command. */
export function registerPaper(program: Command): void {
  program
    .command('paper')
    .description('run the paper exchange alone: a Hyperliquid endpoint that any client can trade on')
    .option('--port <port>', 'port to listen on, 0 for any free one', '4001')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--source <source>', 'market: synthetic, replay:FILE, candles:FILES or mirror:URL', 'synthetic')
    .option('--seed <number>', 'seed of the synthetic market')
    .option('--speed <factor>', 'market seconds per second')
    .option('--coins <list>', 'coins, separated by commas')
    .option('--traders <count>', 'size of the population that trades the synthetic market')
    .option('--step-ms <ms>', 'market time from step to step of the synthetic market (default 100)')
    .option('--book-ms <ms>', 'market time between two books of a coin (default 500)')
    .option('--past-hours <hours>', 'begin so long ago and run up to the present at --speed')
    .option('--fund <address=usdc...>', 'credit an account at the start, e.g. 0x…=10000', [])
    .option('--keep', 'keep accounts and market in the state folder')
    .option('--limits', "enforce the venue's rate and connection limits")
    .option('--latency <ms>', 'time an action travels: 50, 20..80 or lognormal:MEDIAN,SIGMA', '0')
    .option('--faults-port <port>', 'port that injects faults, 0 for any free one; off by default')
    .option('--json', 'first line is {"ready":true,"url":…}')
    .action(async (flags: PaperFlags) => {
      try {
        await run(flags)
        process.exit(0)
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error
        process.stderr.write(
          flags.json
            ? `${JSON.stringify({ ready: false, code: error.code, message: error.message, hint: error.hint })}\n`
            : `${error.message}\n${error.hint}\n`,
        )
        process.exit(error.code === 'INVALID_INPUT' ? 2 : 1)
      }
    })
}
