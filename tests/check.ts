/** `npm run check`: types, lint, layers, tidy and unit tests; what to run before every commit, in under half a minute. */
import { startVitest } from 'vitest/node'
import { ClosingLine } from './support/closing-line.ts'

const vitest = await startVitest('test', process.argv.slice(2), {
  run: true,
  watch: false,
  project: ['unit'],
  reporters: ['dot', new ClosingLine()],
})
await vitest.close()
process.exit(process.exitCode ?? 0)
