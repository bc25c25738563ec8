/** `holdfast session start` refuses everything that is wrong before Temporal hears of it, and names the place. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createKillStore } from '#config/kill-store.ts'
import { type Floor, openFloor } from './support/floor.ts'

let floor: Floor
beforeAll(async () => {
  floor = await openFloor()
})
afterAll(() => floor?.close())
afterEach(() => {
  delete floor.env.HOLDFAST_LIVE_ENABLE
})

const good = {
  session_key: 'maker-eth',
  engine: 'maker',
  account: 'desk-a',
  coins: ['ETH'],
  params: { strategy: 'touch' },
  limits: { order_usd_max: 1_000, position_usd_max: 3_000 },
}
const start = (input: unknown) => floor.cli('session', 'start', '--json', '--input', JSON.stringify(input))

interface Refusal {
  error: { message: string; code: string; hint: string }
}
const refusal = ({ stderr }: { stderr: string }): Refusal['error'] =>
  (JSON.parse(stderr.trim().split('\n').at(-1) ?? '{}') as Refusal).error

test.each([
  ['an unknown coin', { ...good, coins: ['NOPE'] }, 'coins.0', 'BTC, ETH'],
  [
    'a negative size',
    { ...good, limits: { ...good.limits, order_usd_max: -5 } },
    'limits.order_usd_max',
    '>0',
  ],
  ['an unknown account', { ...good, account: 'nobody' }, 'account', 'desk-a, desk-b'],
  ['an unknown field', { ...good, leverage: 50 }, 'leverage', ''],
  ['a strategy of another engine', { ...good, engine: 'candles' }, 'params', ''],
  ['mode live on the paper network', { ...good, mode: 'live' }, 'mode', 'testnet or mainnet'],
])('refuses %s with its path', async (_what, input, path, expected) => {
  const result = await start(input)
  const { code, message } = refusal(result)
  expect({ exit: result.code, code }).toEqual({ exit: 2, code: 'INVALID_INPUT' })
  expect(message).toContain(path)
  expect(message).toContain(expected)
})

test('refuses text that is no JSON, no input at all, and a file that is absent', async () => {
  expect((await floor.cli('session', 'start', '--input', '{engine')).code).toBe(2)
  expect((await floor.cli('session', 'start')).stderr).toContain('neither --file nor --input')
  expect((await floor.cli('session', 'start', '--file', '/nowhere.yaml')).stderr).toContain('which is absent')
})

test('a fault in a session file is named with file, line and path', async () => {
  const file = join(floor.home.root, 'bad.yaml')
  writeFileSync(
    file,
    'session_key: x\nengine: maker\naccount: desk-a\ncoins: [ETH]\nlimits:\n  order_usd_max: many\n',
  )
  const { code, stderr } = await floor.cli('session', 'start', '--file', file)
  expect(code).toBe(2)
  expect(stderr).toMatch(/bad\.yaml/)
  expect(stderr).toMatch(/limits|params/)
})

test('mode live without its gates is refused on a live network, by the name of the gate', async () => {
  const live = join(floor.home.root, 'live.yaml')
  writeFileSync(live, 'exchange: { network: testnet }\naccounts:\n  desk-a: { key: "env:NO_SUCH_KEY" }\n')
  const kept = floor.env.HOLDFAST_CONFIG
  floor.env.HOLDFAST_CONFIG = live
  try {
    expect(refusal(await start({ ...good, mode: 'live' })).message).toContain('HOLDFAST_LIVE_ENABLE=1')
    floor.env.HOLDFAST_LIVE_ENABLE = '1'
    expect(refusal(await start({ ...good, mode: 'live' })).message).toContain(
      'I_UNDERSTAND_THIS_CAN_LOSE_MONEY',
    )
  } finally {
    floor.env.HOLDFAST_CONFIG = kept
  }
})

test('under an engaged kill nothing starts, and the hint tells how to lift it', async () => {
  const store = createKillStore(floor.home.kills)
  store.engage({
    ...{ scope: { kind: 'account', account: 'desk-a' }, mode: 'halt' },
    ...{ reason: 'test', requested_by: 'test', requested_ts: 1 },
  })
  const result = await start(good)
  store.clear({ kind: 'account', account: 'desk-a' })
  store.close()
  expect(result.code).toBe(1)
  expect(refusal(result)).toMatchObject({ code: 'KILL_ENGAGED', hint: expect.stringContaining('--mode off') })
})

test('a good session with Temporal down passes every check and then says that', async () => {
  const result = await start(good)
  expect(refusal(result)).toMatchObject({ code: 'TEMPORAL_UNREACHABLE' })
})

test.each([['stop'], ['pause'], ['report'], ['resume']])(
  'session %s with Temporal down says that',
  async (verb) => {
    const result = await floor.cli('session', verb, 'maker-eth', '--json')
    expect(result.code).toBe(1)
    expect(refusal(result).code).toBe('TEMPORAL_UNREACHABLE')
  },
)
