/** ClickHouse is away for seconds under many rows a second (`npm run outage` makes it minutes): nothing is lost, nothing is twice, memory stays flat. */
import { expect, test } from 'vitest'
import { runOutage } from './outage-run.ts'

const MB = 1_000_000

test('every row of the outage is there afterwards, once, and the writer kept none of them in memory', {
  timeout: 240_000,
}, async () => {
  const said: string[] = []
  const result = await runOutage({
    ...{ rowsPerS: 10_000, outageS: 8, aroundS: 3 },
    say: (line) => said.push(line),
  })
  expect({ ...result, said: said.at(-1) }).toMatchObject({
    written: 140_000,
    stored: 140_000,
    storedRaw: 140_000,
    isEveryNumberThere: true,
    quarantined: 0,
  })
  expect(result.spoolBytesMax).toBeGreaterThan(2 * MB)
  expect(result.rssMax).toBeLessThan(400 * MB)
})
