/** The plan of a start: which market and which parts, from command line, environment and settings, and what is refused. */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { releasePorts } from '#cli/ports.ts'
import { loadEnvironment } from '#config/environment.ts'
import { Settings } from '#config/schema.ts'
import { planStack, type StackChoices, type StackPlan } from './plan.ts'
import { stackVariables } from './stack.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-plan-'))
})
afterEach(() => {
  releasePorts()
  rmSync(folder, { recursive: true, force: true })
})

const plan = (
  variables: Record<string, string> = {},
  choices: StackChoices = {},
  settings: Record<string, unknown> = {},
): Promise<StackPlan> =>
  planStack(loadEnvironment({ HOLDFAST_HOME: folder, ...variables }), Settings.parse(settings), choices)

test('without a word everything is embedded, on the synthetic market, held until all are ready', async () => {
  const { embedded, market, network, facts, releaseMarket } = await plan()
  expect(embedded).toEqual({
    ...{ temporal: true, clickhouse: true, clickhouseRemote: false, paper: true, dashboard: true },
  })
  expect([market, network]).toEqual(['synthetic', 'paper'])
  expect(facts.exchangeUrl).toBe(`http://127.0.0.1:${facts.ports.paper}`)
  expect(stackVariables(facts)).toMatchObject({
    ...{ HOLDFAST_MARKET: 'synthetic', HOLDFAST_MARKET_SPEED: '1', HOLDFAST_MARKET_SEED: '7' },
    ...{ HOLDFAST_MARKET_HOLD: '1', HOLDFAST_HOME: folder },
  })
  releaseMarket()
  expect(stackVariables(facts).HOLDFAST_MARKET_HOLD).toBe('')
})

test('a second database is embedded only while copying is on and none is named', async () => {
  const on = { sync: { enabled: true } }
  const { embedded, facts } = await plan({}, {}, on)
  expect(embedded.clickhouseRemote).toBe(true)
  expect(stackVariables(facts).HOLDFAST_REMOTE_CLICKHOUSE_URL).toBe(
    `http://127.0.0.1:${facts.ports.clickhouseRemote}`,
  )
  const named = await plan({ HOLDFAST_REMOTE_CLICKHOUSE_URL: 'https://cloud.example:8443' }, {}, on)
  expect(named.embedded.clickhouseRemote).toBe(false)
  expect(stackVariables(named.facts).HOLDFAST_REMOTE_CLICKHOUSE_URL).toBe('https://cloud.example:8443')
  expect(stackVariables((await plan()).facts)).not.toHaveProperty('HOLDFAST_REMOTE_CLICKHOUSE_URL')
})

test('the command line comes before the environment, and the environment before the settings', async () => {
  const settings = { exchange: { market: 'mirror:https://a.example', speed: 2, seed: 1 } }
  const variables = { HOLDFAST_MARKET: 'mirror:https://b.example', HOLDFAST_MARKET_SPEED: '3' }
  expect((await plan({}, {}, settings)).market).toBe('mirror:https://a.example')
  expect((await plan(variables, {}, settings)).market).toBe('mirror:https://b.example')
  const chosen = await plan(variables, { market: 'synthetic', seed: 9 }, settings)
  expect(chosen.facts.market).toEqual({
    ...{ HOLDFAST_MARKET: 'synthetic', HOLDFAST_MARKET_SPEED: '3' },
    HOLDFAST_MARKET_SEED: '9',
  })
})

test('a recording is named by its whole path, and one that is not there is refused with where it was looked for', async () => {
  const file = join(folder, 'a.jsonl.gz')
  writeFileSync(file, '')
  expect((await plan({}, { market: `replay:${file}` })).market).toBe(`replay:${file}`)
  const refused = plan({}, { market: `replay:${join(folder, 'b.jsonl.gz')}` })
  await expect(refused).rejects.toThrow(/--market: .* there is no such file .*b\.jsonl\.gz/)
})

test('a market of no known kind is refused with its source', async () => {
  await expect(plan({ HOLDFAST_MARKET: 'random' })).rejects.toThrow(
    'HOLDFAST_MARKET: (root): found "random", expected synthetic, replay:FILE, candles:FILES or mirror:URL',
  )
})

test('a part whose address is set is only used', async () => {
  const { embedded, facts } = await plan({
    TEMPORAL_ADDRESS: 'temporal.example:7233',
    CLICKHOUSE_URL: 'http://db.example:8123',
    HOLDFAST_EXCHANGE_URL: 'http://paper.example:4001',
  })
  expect(embedded).toMatchObject({ temporal: false, clickhouse: false, paper: false })
  expect(stackVariables(facts)).toMatchObject({
    TEMPORAL_ADDRESS: 'temporal.example:7233',
    CLICKHOUSE_URL: 'http://db.example:8123',
    HOLDFAST_EXCHANGE_URL: 'http://paper.example:4001',
  })
})

test('on testnet no paper exchange runs, and the market is the network', async () => {
  const { embedded, market, facts } = await plan({}, {}, { exchange: { network: 'testnet' } })
  expect([embedded.paper, market]).toEqual([false, 'testnet'])
  expect(facts.exchangeUrl).toBe('https://api.hyperliquid-testnet.xyz')
})

test.each(['HOLDFAST_PORT_PAPER', 'HOLDFAST_PORT_TRADING'])(
  '%s with a port that is taken is refused',
  async (name) => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    try {
      await expect(plan({ [name]: String(port) })).rejects.toThrow(
        `${name} asks for port ${port}, and another process has it`,
      )
    } finally {
      server.close()
    }
  },
)
