/** Process entry of the paper exchange: settings and environment in, a running exchange out. */
// Not here: the exchange itself (paper-exchange.ts); the command for people (cli/paper.ts).
import { systemClock } from '#config/clock.ts'
import { loadEnvironment } from '#config/environment.ts'
import { controlToken, createHome } from '#config/home.ts'
import { loadSettings } from '#config/load.ts'
import { runProcess } from '#config/process.ts'
import { describeError } from '#domain/errors.ts'
import { parseLatency } from '#exchange/paper/latency.ts'
import { createPaperExchange } from '#exchange/paper/paper-exchange.ts'
import { chooseSource, shapeOf } from '#exchange/paper/sources/choose-source.ts'

const DEFAULT_PORT = 4001

const environment = loadEnvironment()
await runProcess('paper-exchange', environment, async (log) => {
  const { exchange } = loadSettings(environment.HOLDFAST_CONFIG)
  createHome(environment.home)
  const market = environment.HOLDFAST_MARKET ?? exchange.market
  const seed = environment.HOLDFAST_MARKET_SEED ?? exchange.seed
  const onFault = (error: unknown) => log.warn({ err: error }, `unexpected: ${describeError(error)}`)
  const paper = await createPaperExchange({
    source: (checkpoint) =>
      chooseSource({
        market,
        seed,
        speed: environment.HOLDFAST_MARKET_SPEED ?? exchange.speed,
        coins: exchange.coins,
        shape: shapeOf(exchange.synthetic),
        clock: systemClock,
        checkpoint,
        onFault,
      }),
    sourceName: market,
    folder: environment.home.paper,
    host: environment.HOLDFAST_BIND,
    port: environment.HOLDFAST_PORT_PAPER ?? DEFAULT_PORT,
    token: controlToken(environment.home),
    clock: systemClock,
    hold: environment.HOLDFAST_MARKET_HOLD === '1',
    seed,
    enforceLimits: environment.HOLDFAST_PAPER_LIMITS === '1',
    latency: parseLatency(environment.HOLDFAST_PAPER_LATENCY ?? '0'),
    ...(environment.HOLDFAST_PORT_PAPER_FAULTS === undefined
      ? {}
      : { faultsPort: environment.HOLDFAST_PORT_PAPER_FAULTS }),
    // In a container the admin paths are called by the service's name.
    hosts: environment.HOLDFAST_BIND === '127.0.0.1' ? [] : ['paper-exchange'],
    onFault,
  })
  return {
    url: paper.url,
    facts: { market, faults_port: paper.faultsPort, accounts: paper.engine.state.accounts.size },
    close: () => paper.close(),
  }
})
