/** Process of the maker run: a paper exchange that enforces the venue's limits, with a fault port; it counts its own 429s. */
// Argument: JSON {home, coins, seed}. Its parent hears {url, faultsPort} once, and {refused} whenever a 429 went out.
import { ServerResponse } from 'node:http'
import { systemClock as clock } from '#config/clock.ts'
import { controlToken, createHome, homeAt } from '#config/home.ts'
import { createPaperExchange } from '#exchange/paper/paper-exchange.ts'
import { createSyntheticSource } from '#exchange/paper/sources/synthetic.ts'

const {
  home: root,
  coins,
  seed,
} = JSON.parse(process.argv[2] ?? '{}') as {
  home: string
  coins: string[]
  seed: number
}
const home = homeAt(root)
createHome(home)

let refused = 0
const end = ServerResponse.prototype.end
ServerResponse.prototype.end = function counted(this: ServerResponse, ...rest: Parameters<typeof end>) {
  if (this.statusCode === 429) process.send?.({ refused: ++refused })
  return end.apply(this, rest)
} as typeof end

const paper = await createPaperExchange({
  source: (checkpoint) =>
    createSyntheticSource({ seed, coins, speed: 1, clock, checkpoint: checkpoint as null }),
  sourceName: 'synthetic',
  folder: null,
  host: '127.0.0.1',
  port: 0,
  token: controlToken(home),
  clock,
  seed,
  enforceLimits: true,
  faultsPort: 0,
})
process.send?.({ url: paper.url, faultsPort: paper.faultsPort })
process.on('SIGTERM', () => void paper.close().then(() => process.exit(0)))
process.on('disconnect', () => process.exit(0))
