/** The kill button with everything else down: it writes the kill, says what failed, and never claims what it did not see. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '#config/clock.ts'
import { loadEnvironment } from '#config/environment.ts'
import { createKillStore, type KillStore } from '#config/kill-store.ts'
import { Settings } from '#config/schema.ts'
import type { KillStep } from '#dashboard/model.ts'
import type { KillService } from '#dashboard/services.ts'
import { createKillService } from '#dashboard/sources/kill-service.ts'

const NOBODY = '127.0.0.1:9' // the discard port, where nobody listens

let home: string
let store: KillStore
let kills: KillService

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-kill-button-'))
  const environment = loadEnvironment({
    HOLDFAST_HOME: home,
    HOLDFAST_EXCHANGE_URL: `http://${NOBODY}`,
    TEMPORAL_ADDRESS: NOBODY,
  })
  store = createKillStore(environment.home.kills)
  const operator = { environment, settings: Settings.parse({}), name: 'dashboard' }
  kills = createKillService({ operator, store, clock: systemClock })
})
afterEach(() => {
  store.close()
  rmSync(home, { recursive: true, force: true })
})

test('with exchange, Temporal and hosts away, the kill is written and engaged, and the verdict is: not verified', async () => {
  const steps: KillStep[] = []
  const result = await kills.kill(
    { scope: { kind: 'all' }, mode: 'halt', reason: 'test', requested_by: 'dashboard' },
    (step) => steps.push(step),
  )
  expect(result).toEqual({ verified: false, residual: null })
  expect(readdirSync(join(home, 'kills'))).toEqual(['all.halt.json'])
  expect(kills.engaged()).toMatchObject([
    { key: 'all', mode: 'halt', reason: 'test', requested_by: 'dashboard' },
  ])
  expect(steps[0]).toMatchObject({ name: 'kill file', ok: true })
  const verdict = steps.find((step) => step.name === 'exchange')
  expect(verdict).toMatchObject({ ok: false })
  expect(verdict?.detail).toContain('not ready')
}, 30_000)

test('a kill can be lifted while Temporal is away', async () => {
  store.engage({
    scope: { kind: 'all' },
    mode: 'flatten',
    reason: '',
    requested_by: 'test',
    requested_ts: 1,
  })
  await kills.release({ kind: 'all' }, 'dashboard')
  expect(kills.engaged()).toEqual([])
  expect(readdirSync(join(home, 'kills'))).toEqual([])
})

test.each([[{ kind: 'account', account: 'typo' }, 'scope.account']] as const)(
  'the scope %j names nothing and is refused with its path',
  (scope, path) => {
    expect(() => kills.check(scope)).toThrow(path)
  },
)

test('every account of the settings is a scope', () => {
  expect(() => kills.check({ kind: 'account', account: 'paper-maker' })).not.toThrow()
})
