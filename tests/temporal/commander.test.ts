/** People and files interfere with a running candle session: entries, reductions and closes by order, parameters by an edited file; all of it is in its history, and the history replays. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WorkflowHandle } from '@temporalio/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readMessages } from '#cli/support/session-history.ts'
import { loadSessionFile, sessionFileParts } from '#config/session-file.ts'
import type { ClosedCandle } from '#domain/session/types.ts'
import { fetchHistoryJson } from '#workers/support/histories.ts'
import { replayHistory } from '#workers/support/replay.ts'
import { createSessionFiles, type SessionFiles } from '#workers/support/session-files.ts'
import { TASK_QUEUES, WORKFLOW_TYPES } from '#workflows/names.ts'
import * as messages from '#workflows/trading-session/messages.ts'
import { type QuietVenue, quietMarket } from '../support/quiet-venue.ts'
import { missingTemporal } from '../support/temporal-server.ts'
import { createTemporalWorld, type StartedWorker, type TemporalWorld } from '../support/temporal-world.ts'
import { dataDoubles, newVenue, startTestHost, type TestHost } from '../support/test-host.ts'
import { waitUntil } from '../support/wait-until.ts'

const skip = missingTemporal()
const ID = 'session/paper/desk'
const MINUTE = 60_000
const who = { by: 'anna', reason: 'a test' }
let world: TemporalWorld
let venue: QuietVenue
let host: TestHost
let data: StartedWorker
let folder: string
let candles: ClosedCandle[]

const candle = (at: number, close: number): ClosedCandle => ({
  ...{ coin: 'ETH', interval: '1m', openTs: at * MINUTE, volume: 1 },
  ...{ open: close, high: close + 1, low: close - 1, close },
})
/** Flat: the strategy has no trend to trade, so that what happens is what people ordered. */
const closeBar = (): void => void candles.push(candle(candles.length, 2_000))

beforeAll(async () => {
  if (skip) return
  world = await createTemporalWorld()
  await world.orchestrate()
  venue = newVenue()
  candles = Array.from({ length: 60 }, (_, at) => candle(at, 2_000))
  const market = {
    ...quietMarket,
    closedCandles: (_coin: string, _interval: string, after: number) =>
      candles.filter(({ openTs }) => openTs > after),
  }
  host = await startTestHost(world, 'desk-1', venue, {
    market,
    candleHistory: async ({ bars }) => candles.slice(-bars),
  })
  data = await world.serve(TASK_QUEUES.data, dataDoubles(venue))
  folder = mkdtempSync(join(tmpdir(), 'holdfast-files-'))
  writeSession({ slow_bars: 8 })
  await world.client.workflow.start(WORKFLOW_TYPES.tradingSession, {
    workflowId: ID,
    taskQueue: TASK_QUEUES.orchestrator,
    args: [loadSessionFile(file())],
  })
  await waitUntil('the session to run', async () => (await view()).state === 'RUNNING', 20_000)
})
afterAll(async () => {
  await host?.close()
  await data?.stop()
  await world?.close()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

const file = (): string => join(folder, 'desk.yaml')
const writeSession = (params: Record<string, unknown>, more = ''): void =>
  writeFileSync(
    file(),
    `session_key: desk
engine: candles
account: paper-maker
coins: [ETH]
${more}params: ${JSON.stringify({ strategy: 'ema_cross', ...params })}
limits: { order_usd_max: 2000, position_usd_max: 4000 }
on_stop: halt
`,
  )
const handle = (): WorkflowHandle => world.client.workflow.getHandle(ID)
const view = () => handle().query(messages.status)
const decided = async (reason: string) =>
  (await handle().query(messages.decisions)).filter((decision) => decision.reason === reason)
const order = (name: string, body: Record<string, unknown>) =>
  handle().executeUpdate<messages.CommandAnswer, [object]>(name, { args: [body] })

test.skipIf(skip)(
  'a forced entry is filled, protected by its stop, and answered with the position',
  async () => {
    const answer = await order('forceEntry', { coin: 'ETH', side: 'buy', usd: 1_000, stop_bps: 500, ...who })
    expect(answer.result).toMatchObject({ status: 'done', orders: [{ coin: 'ETH', side: 'buy' }] })
    expect(venue.position('ETH')).toBe(answer.result.orders[0]?.filled)
    expect(answer.session.positions).toMatchObject([{ coin: 'ETH', sz: venue.position('ETH') }])
    const stops = [...venue.resting.values()].filter(({ trigger }) => trigger)
    expect(stops).toMatchObject([{ side: 'sell', sz: venue.position('ETH'), reduceOnly: true }])
  },
)

test.skipIf(skip).each([
  ['an unknown coin', 'forceEntry', { coin: 'DOGE', side: 'buy', usd: 100, ...who }, /coin/],
  ['no reason', 'forceEntry', { coin: 'ETH', side: 'buy', usd: 100, by: 'anna' }, /reason/],
  ['nobody', 'forceClose', { reason: 'x' }, /by/],
  ['more than all of it', 'reduce', { coin: 'ETH', pct: 101, ...who }, /pct/],
])('%s is refused before anything is recorded', async (_, name, body, says) => {
  const before = venue.accepted.length
  await expect(order(name, body)).rejects.toMatchObject({ cause: { message: expect.stringMatching(says) } })
  expect(venue.accepted).toHaveLength(before)
})

test.skipIf(skip)('an order above the limits is refused by the gate, and says which', async () => {
  const held = venue.position('ETH')
  const answer = await order('forceEntry', { coin: 'ETH', side: 'buy', usd: 3_000, ...who })
  expect(answer.result).toMatchObject({ status: 'refused' })
  expect(venue.position('ETH')).toBe(held)
})

test.skipIf(skip)(
  'an edited file changes the parameters of the open position’s session from the next decision on',
  async () => {
    const files = watchFile()
    await files.look()
    const held = venue.position('ETH')
    writeSession({ slow_bars: -5 })
    expect(await files.look()).toMatchObject([{ kind: 'refused', why: expect.stringContaining('slow_bars') }])
    expect((await view()).params).toMatchObject({ slow_bars: 8 })

    writeSession({ slow_bars: 21 })
    expect(await files.look()).toMatchObject([{ kind: 'sent', changed: ['params'] }])
    expect((await view()).params).toMatchObject({ slow_bars: 21 })
    expect(await decided('PARAMS_UPDATED')).toMatchObject([
      { kind: 'params', inputs: { by: 'file', 'params.slow_bars': '8 → 21' } },
    ])
    expect([
      venue.position('ETH'),
      [...venue.resting.values()].filter(({ trigger }) => trigger).length,
    ]).toEqual([held, 1])

    const bars = (await handle().query(messages.decisions)).length
    closeBar()
    await waitUntil(
      'the next decision',
      async () => (await handle().query(messages.decisions)).length > bars,
      15_000,
    )
    const [last] = (await handle().query(messages.decisions)).slice(-1)
    expect(last).toMatchObject({ coin: 'ETH', inputs: { bars: 43 } }) // it has seen twice the new window, and this candle
    expect(venue.position('ETH')).toBe(held)
  },
)

test.skipIf(skip)(
  'an edited strategy file changes the session that names it; a bad edit is refused with its line, and an overlay that is taken out is gone',
  async () => {
    const strategy = join(folder, 'mine.strategy.yaml')
    const write = (text: string): void => writeFileSync(strategy, `strategy: ema_cross\n${text}`)
    writeSession({}, 'strategy_file: mine.strategy.yaml\n')
    write('global:\n  slow_bars: 21\n')
    const files = watchFile()
    await files.look()
    const held = venue.position('ETH')

    write('global:\n  slow_bars: 21\nsymbols:\n  ETH: {slow_bars: 24}\n')
    expect(await files.look()).toMatchObject([{ kind: 'sent', changed: ['params'] }])
    expect((await view()).params).toMatchObject({ slow_bars: 21, symbols: { ETH: { slow_bars: 24 } } })

    write('global:\n  slow_bars: 21\nsymbols:\n  ETH: {slow_bars: 1}\n')
    const [refused] = await files.look()
    expect(refused).toMatchObject({ kind: 'refused', why: expect.stringContaining(`${strategy}:5`) })
    expect(refused).toMatchObject({ why: expect.stringContaining('symbols.ETH.slow_bars') })
    expect((await view()).params).toMatchObject({ slow_bars: 21, symbols: { ETH: { slow_bars: 24 } } })

    write('global:\n  slow_bars: 22\n')
    expect(await files.look()).toMatchObject([{ kind: 'sent' }])
    expect((await view()).params).toMatchObject({ slow_bars: 22 })
    expect((await view()).params).not.toHaveProperty('symbols')
    expect(venue.position('ETH')).toBe(held)
  },
)

function watchFile(): SessionFiles {
  let version = 0
  return createSessionFiles({
    files: () => [file()],
    mark: () => String(version++),
    parts: sessionFileParts,
    read: loadSessionFile,
    inForce: async () => {
      const { params, limits, coins } = await view()
      return { params, limits: { ...limits }, coins }
    },
    update: async (_session, change) => {
      await handle().executeUpdate(messages.updateParams, { args: [change] })
    },
    seen: { load: () => ({}), save: () => undefined },
    log: { info: () => undefined, warn: () => undefined },
  })
}

test.skipIf(skip)('a reduction closes its share, a forced close the rest and the stop', async () => {
  const before = Number(venue.position('ETH'))
  const reduced = await order('reduce', { coin: 'ETH', pct: 50, ...who })
  expect(reduced.result.status).toBe('done')
  expect(Number(venue.position('ETH'))).toBeCloseTo(before / 2, 3)
  const closed = await order('forceClose', who)
  expect(closed.result.status).toBe('done')
  expect(venue.position('ETH')).toBe('0')
  expect((await order('forceClose', { coin: 'ETH', ...who })).result).toMatchObject({
    status: 'refused',
    gate: 'NO_POSITION',
  })
})

test.skipIf(skip)('its history tells who asked what and why, and replays', async () => {
  const report = await handle().executeUpdate(messages.stop, { args: [{ reason: 'enough' }] })
  expect(report).toMatchObject({ state: 'CLOSED', residual: { open_orders: 0, positions: {} } })
  const told = await readMessages(world.client, ID)
  expect(told.map(({ name, by }) => `${name} ${by}`)).toEqual([
    'start ',
    'forceEntry anna',
    'forceEntry anna',
    'updateParams file',
    'updateParams file',
    'updateParams file',
    'reduce anna',
    'forceClose anna',
    'forceClose anna',
    'stop ',
  ])
  expect(told.filter(({ kind }) => kind === 'update').every(({ status }) => status === 'done')).toBe(true)
  const { runId } = await handle().describe()
  const history = (await fetchHistoryJson(world.client, { workflow_id: ID, run_id: runId })) ?? ''
  const verdict = await replayHistory(history, world.bundle)
  expect([verdict.first_difference, verdict.deterministic]).toEqual(['', true])
  expect(verdict.decisions.map(({ reason }) => reason)).toContain('PARAMS_UPDATED')
})
