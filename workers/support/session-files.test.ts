/** Edited session files: only what differs is sent, bad edits are refused, nothing is sent twice or by a mere restart. */
import { describe, expect, test } from 'vitest'
import { HoldfastError } from '#domain/errors.ts'
import { parseSessionInput, type SessionInput } from '#domain/session/input.ts'
import { changeFor, createSessionFiles, type InForce, type SessionFilesDeps } from './session-files.ts'

const inputOf = (change: Record<string, unknown> = {}): SessionInput =>
  parseSessionInput({
    session_key: 'a',
    engine: 'candles',
    account: 'paper',
    coins: ['BTC'],
    params: { strategy: 'ema_cross' },
    limits: { order_usd_max: 100, position_usd_max: 500 },
    ...change,
  })
const forceOf = (input: SessionInput): InForce => ({
  params: input.params,
  limits: input.limits,
  coins: input.coins,
})
const weather = () => new HoldfastError('weather', { code: 'WEATHER', retryable: true, hint: '' })

function watch(change: Partial<SessionFilesDeps> = {}) {
  const state = {
    mark: 'one' as string | null,
    input: inputOf(),
    running: forceOf(inputOf()) as InForce | null,
    sent: [] as { session: string; change: Record<string, unknown> }[],
    saved: {} as Readonly<Record<string, string>>,
    warnings: [] as object[],
  }
  const deps: SessionFilesDeps = {
    files: () => ['a.yaml'],
    mark: () => state.mark,
    parts: (file) => [file],
    read: () => state.input,
    inForce: async () => state.running,
    update: async (session, sent) => void state.sent.push({ session, change: sent }),
    seen: { load: () => state.saved, save: (marks) => Object.assign(state, { saved: marks }) },
    log: { info: () => undefined, warn: (facts) => void state.warnings.push(facts) },
    ...change,
  }
  const files = createSessionFiles(deps)
  const edit = (input: SessionInput, mark = 'two'): void => void Object.assign(state, { input, mark })
  return { state, deps, files, edit }
}
const slower = inputOf({ params: { strategy: 'ema_cross', slow_bars: 21 } })

test('an edit is sent once, with who and why; the first sight of a file changes nothing', async () => {
  const { files, edit, state } = watch()
  expect(await files.look()).toEqual([])
  edit(slower)
  expect(await files.look()).toMatchObject([
    { kind: 'sent', session: 'session/paper/a', changed: ['params'] },
  ])
  expect(state.sent).toMatchObject([
    { change: { params: { slow_bars: 21 }, replace_params: true, by: 'file', reason: 'a.yaml was edited' } },
  ])
  expect(await files.look()).toEqual([])
})

test('a bad edit is refused and told; the next good one is sent', async () => {
  const { files, edit, state, deps } = watch()
  await files.look()
  edit(slower, 'bad')
  deps.read = () => inputOf({ params: { strategy: 'ema_cross', slow_bars: -1 } })
  expect(await files.look()).toMatchObject([{ kind: 'refused', why: expect.stringContaining('slow_bars') }])
  expect([state.sent, state.warnings.length]).toEqual([[], 1])
  deps.read = () => slower
  edit(slower, 'good')
  expect(await files.look()).toMatchObject([{ kind: 'sent' }])
})

test('what the session refuses is told as refused, and not tried for ever', async () => {
  const { files, edit } = watch({ update: () => Promise.reject(weather()) })
  await files.look()
  edit(slower)
  expect(await files.look()).toMatchObject([{ kind: 'refused' }])
  expect(await files.look()).toEqual([])
})

test('a session that cannot be asked now is asked again', async () => {
  const { files, edit, state, deps } = watch()
  await files.look()
  edit(slower)
  const { inForce } = deps
  deps.inForce = () => Promise.reject(weather())
  expect(await files.look()).toMatchObject([{ kind: 'later' }])
  deps.inForce = inForce
  expect(await files.look()).toMatchObject([{ kind: 'sent' }])
  expect(state.sent).toHaveLength(1)
})

test('an edit that was made while nobody watched is sent after the restart', async () => {
  const first = watch()
  await first.files.look()
  const again = createSessionFiles(first.deps)
  expect(await again.look()).toEqual([])
  first.edit(slower)
  expect(await createSessionFiles(first.deps).look()).toMatchObject([{ kind: 'sent' }])
})

test('without a running session nothing is sent', async () => {
  const { files, edit, state } = watch()
  await files.look()
  state.running = null
  edit(slower)
  expect(await files.look()).toMatchObject([{ kind: 'nothing' }])
})

describe('what differs', () => {
  const present = forceOf(
    inputOf({ limits: { order_usd_max: 100, position_usd_max: 500, gross_usd_max: 9 } }),
  )
  test('is nothing where only the order of keys differs', () => {
    const { params } = inputOf()
    const turned = Object.fromEntries(Object.entries(params).reverse())
    expect(changeFor(inputOf(), { ...forceOf(inputOf()), params: turned })).toEqual({})
  })
  test('a limit that is left out is taken away', () => {
    expect(changeFor(inputOf(), present)).toMatchObject({
      limits: { gross_usd_max: null, order_usd_max: 100 },
    })
  })
  test('coins of a list are followed, those of a watchlist are not', () => {
    expect(changeFor(inputOf({ coins: ['ETH', 'BTC'] }), forceOf(inputOf()))).toEqual({
      coins: ['ETH', 'BTC'],
    })
    expect(changeFor(inputOf({ coins: [], watchlist: {} }), forceOf(inputOf()))).toEqual({})
  })
})

test('whose strategy file was edited says so; a maker’s parameters are merged, as before', async () => {
  const { files, edit, state } = watch({ parts: () => ['a.yaml', 'mine.yaml'] })
  await files.look()
  edit(slower)
  await files.look()
  expect(state.sent).toMatchObject([{ change: { reason: 'a.yaml or mine.yaml was edited' } }])
  const quotes = (half_spread_bps: number): SessionInput =>
    inputOf({ engine: 'maker', params: { strategy: 'touch', half_spread_bps } })
  state.running = forceOf(quotes(2))
  edit(quotes(3), 'three')
  await files.look()
  expect(state.sent[1]?.change).not.toHaveProperty('replace_params')
  expect(state.sent[1]?.change).toHaveProperty('params')
})
