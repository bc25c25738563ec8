/** Each gate of live trading alone keeps everything shut; all open let through. */
import { describe, expect, test } from 'vitest'
import { SessionLimits } from '#domain/risk/limit-input.ts'
import { LIVE_CONFIRMATION, LIVE_GATES, type LiveFacts, liveGate } from './live-gates.ts'

const limits = SessionLimits.parse({
  order_usd_max: 100,
  position_usd_max: 500,
  gross_usd_max: 1_000,
  loss_usd_max: 50,
})
const open: LiveFacts = {
  network: 'mainnet',
  enable: '1',
  confirm: LIVE_CONFIRMATION,
  key: 'file:secrets/agent',
  caps: { order_usd_max: 100, position_usd_max: 500, gross_usd_max: 1_000, loss_usd_max: 50 },
  limits,
  kill: 'off',
}

test('all gates open let through, on testnet too', () => {
  expect(liveGate(open)).toBeNull()
  expect(liveGate({ ...open, network: 'testnet' })).toBeNull()
})

const shut: readonly [string, Partial<LiveFacts>, (typeof LIVE_GATES)[number]][] = [
  ['the paper network', { network: 'paper' }, 'LIVE_NETWORK'],
  ['no HOLDFAST_LIVE_ENABLE', { enable: undefined }, 'LIVE_ENABLE'],
  ['HOLDFAST_LIVE_ENABLE=0', { enable: '0' }, 'LIVE_ENABLE'],
  ['HOLDFAST_LIVE_ENABLE=true', { enable: 'true' }, 'LIVE_ENABLE'],
  ['no phrase', { confirm: undefined }, 'LIVE_CONFIRM'],
  ['the phrase in lower case', { confirm: LIVE_CONFIRMATION.toLowerCase() }, 'LIVE_CONFIRM'],
  ['half the phrase', { confirm: 'I_UNDERSTAND' }, 'LIVE_CONFIRM'],
  ['a generated key', { key: 'generated' }, 'LIVE_KEY'],
  ['an unknown account', { key: undefined }, 'LIVE_KEY'],
  ['no caps in the settings', { caps: undefined }, 'LIVE_CAPS'],
  ['a close_only kill', { kill: 'close_only' }, 'LIVE_KILL'],
  ['a halt', { kill: 'halt' }, 'LIVE_KILL'],
  ['a flatten', { kill: 'flatten' }, 'LIVE_KILL'],
]

test.each(shut)('%s alone shuts it', (_, change, gate) => {
  expect(liveGate({ ...open, ...change })).toMatchObject({ gate })
})

describe('limits against caps', () => {
  test.each(['order_usd_max', 'position_usd_max', 'gross_usd_max', 'loss_usd_max'] as const)('%s', (name) => {
    const at = (value: number | undefined) =>
      liveGate({ ...open, limits: { ...limits, [name]: value } as SessionLimits })
    const cap = open.caps?.[name] ?? 0
    expect(at(cap)).toBeNull()
    expect(at(cap + 0.01)?.gate).toBe('LIVE_LIMITS')
    expect(at(undefined)?.expected).toContain(`limits.${name}`)
  })
})

test('white space around the phrase does not matter', () => {
  expect(liveGate({ ...open, confirm: ` ${LIVE_CONFIRMATION}\n` })).toBeNull()
})

test('every gate has a case of its own', () => {
  const covered = new Set([...shut.map(([, , gate]) => gate), 'LIVE_LIMITS'])
  expect(LIVE_GATES.filter((gate) => !covered.has(gate))).toEqual([])
})
