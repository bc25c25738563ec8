/** Dependencies point one way: the real tree keeps to the table, and planted breaches of every form are caught. */
import { expect, test } from 'vitest'
import { breachesOf } from './layers.ts'
import { sourceFiles } from './sources.ts'

test('every file imports only what its layer allows', () => {
  const files = sourceFiles('.ts', '.tsx')
  expect(files.length).toBeGreaterThan(20)
  expect(files.flatMap(({ path, text }) => breachesOf(path, text))).toEqual([])
})

test.each([
  ['a value', 'domain/pnl.ts', `import { readFileSync } from 'node:fs'`],
  ['a type', 'domain/pnl.ts', `import type { Environment } from '#config/environment.ts'`],
  [
    'an inline type, which stays at run time',
    'activities/pnl.ts',
    `import { type Client } from '@temporalio/client'`,
  ],
  [
    'several lines',
    'streamers/main-feed.ts',
    `import {\n  createWriter,\n  other,\n} from '#clickhouse/writer/writer.ts'`,
  ],
  ['a bare import', 'workflows/pnl.ts', `import 'ws'`],
  ['a dynamic import', 'workflows/pnl.ts', `const late = await import('#clickhouse/client.ts')`],
  ['a re-export', 'exchange/wire/info.ts', `export { connect } from '#exchange/client/connect.ts'`],
  ['a star re-export', 'exchange/wire/info.ts', `export * from '#streamers/market-feed.ts'`],
  [
    'a relative path out of the folder',
    'exchange/wire/info.ts',
    `import { connect } from '../client/connect.ts'`,
  ],
  ['IO in the paper engine', 'exchange/paper/engine/book.ts', `import { WebSocket } from 'ws'`],
  ['a root from a root', 'workers/trading.ts', `import { up } from '#cli/up.ts'`],
  [
    'workflow code from a root',
    'cli/session.ts',
    `import { tradingSession } from '#workflows/trading-session/workflow.ts'`,
  ],
  ['tests from the product', 'cli/up.ts', `import { world } from '#tests/simulation/world.ts'`],
])('a planted breach is caught: %s', (_form, file, source) => {
  expect(breachesOf(file, `${source}\n`)).toHaveLength(1)
})

test.each([
  [
    'a type that is allowed as a type only',
    'streamers/recorder.ts',
    `import type { Writer } from '#clickhouse/writer/writer.ts'`,
  ],
  [
    'a root that builds concrete things',
    'workers/trading.ts',
    `import { createVenue } from '#exchange/client/venue.ts'`,
  ],
  [
    'the public face of a workflow',
    'cli/session.ts',
    `import { stop } from '#workflows/trading-session/messages.ts'`,
  ],
])('an allowed import passes: %s', (_form, file, source) => {
  expect(breachesOf(file, `${source}\n`)).toEqual([])
})
