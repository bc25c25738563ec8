/** `npm test`: everything, unit first, then the systems; arguments narrow it (`npm test -- domain`). The last line counts. */
import { startVitest } from 'vitest/node'
import { ClosingLine } from './support/closing-line.ts'

const filters = process.argv.slice(2)
process.stdout.write(
  'Running unit tests, then system tests with real servers. Waiting for about a quarter of an hour on two cores.\n',
)
const vitest = await startVitest('test', filters, {
  run: true,
  watch: false,
  reporters: ['default', new ClosingLine()],
})
await vitest.close()
process.exit(process.exitCode ?? 0)
