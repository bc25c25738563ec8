/** The report pages of PnL and tracking error in a real browser over a real ClickHouse: figures, curves, tables, no complaints. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPnlActivities } from '#activities/pnl.ts'
import { createNavActivities } from '#activities/pnl-nav.ts'
import { createTrackingErrorActivities } from '#activities/tracking-error.ts'
import { migrate } from '#clickhouse/migrate.ts'
import { insertRows } from '#clickhouse/pnl/insert-rows.ts'
import { createLedgerStore } from '#clickhouse/pnl/ledger-store.ts'
import { createNavStore } from '#clickhouse/pnl/nav-store.ts'
import { createTrackingStore } from '#clickhouse/pnl/tracking-store.ts'
import { accountSnapshots, positionSnapshots } from '#clickhouse/tables/accounts.ts'
import { candles } from '#clickhouse/tables/market.ts'
import { modelTargets } from '#clickhouse/tables/models.ts'
import { fills, fundingPayments, sessions } from '#clickhouse/tables/trading.ts'
import { systemClock } from '#config/clock.ts'
import { Settings } from '#config/schema.ts'
import type { ServedDashboard } from '#dashboard/serve.ts'
import { DAY_MS, HOUR_MS } from '#domain/time.ts'
import {
  missingBrowser,
  type OpenPage,
  screenshot,
  startBrowser,
  type TestBrowser,
} from '#tests/support/browser.ts'
import { type FrontProcess, startFrontProcess } from '../clickhouse/front-process.ts'
import { silentLog } from '../clickhouse/writer-process.ts'
import { fakeWorld, serveFake, TOKEN } from '../dashboard/fakes.ts'
import { inventHistory, START_TS, seeded, sessionRow } from './history.ts'

const COINS = ['BTC', 'ETH']
const DAYS = 20

describe.skipIf(missingBrowser())('report pages', () => {
  const cacheFolder = mkdtempSync(join(tmpdir(), 'holdfast-dashboard-'))
  let front: FrontProcess
  let client: ClickHouseClient
  let browser: TestBrowser
  let served: ServedDashboard
  let opened: OpenPage

  beforeAll(async () => {
    front = await startFrontProcess()
    client = front.client('holdfast')
    await migrate(client, silentLog)
    await fillTables(client)
    browser = await startBrowser()
    const world = fakeWorld()
    Object.assign(world.services, {
      reports: { clickhouse: client, settings: Settings.parse({}), clock: systemClock },
    })
    served = await serveFake(world, { cacheFolder, tickMs: 100 })
    opened = await browser.open()
    opened.page.setDefaultTimeout(30_000)
    // The token is taken out of the address, with what else was asked for there.
    await opened.page.goto(`${served.url}/?token=${TOKEN}`)
    await opened.page.locator('.live.on').waitFor()
  })
  afterAll(async () => {
    await opened?.context.close()
    await served?.close()
    await browser?.close()
    await client?.close()
    await front?.remove()
    rmSync(cacheFolder, { recursive: true, force: true })
  })

  test('PnL: result, curves, sessions, coins, reconciliation', async () => {
    const { page } = opened
    await page.goto(`${served.url}/reports/pnl?days=3650`)
    await page.locator('canvas').nth(1).waitFor()
    const text = (await page.locator('main').textContent()) ?? ''
    expect(text).toContain('session/paper/a')
    expect(text).toContain('(no session)')
    expect(text).not.toMatch(/NaN|undefined|Infinity/)
    await screenshot(page, 'report-pnl')
    expect(opened.complaints).toEqual([])
  })

  test('tracking error: curves, causes, books, coins', async () => {
    const { page } = opened
    await page.goto(`${served.url}/reports/tracking-error?days=365`)
    await page.locator('canvas').nth(2).waitFor()
    const text = (await page.locator('main').textContent()) ?? ''
    expect(text).toContain('demo × main')
    expect(text).toContain(`${DAYS * 2 - 4} coins and hours compared`)
    expect(text).not.toMatch(/NaN|undefined|Infinity/)
    await screenshot(page, 'report-tracking-error')
    expect(opened.complaints).toEqual([])
  })
})

const POSITION = {
  ...{ account: 'main', sz: '1', entry_px: '1', unrealized_pnl_usd: '0', funding_since_open_usd: '0' },
  ...{ margin_used_usd: '0', leverage: 1, margin_mode: 'cross', liquidation_px: '0' },
}
/** @param weight of about ten thousand USD */
const held = (day: number, weight: number) => {
  const usd = (weight * 10_000).toFixed(2)
  return {
    ts: day + 23 * HOUR_MS,
    sz: weight < 0 ? '-1' : '1',
    mark_px: usd.replace('-', ''),
    notional_usd: usd,
  }
}

async function fillTables(client: ClickHouseClient): Promise<void> {
  const random = seeded(5)
  const plan = { accounts: ['main'], coins: COINS, days: DAYS, fillsADay: 12, sessions: ['session/paper/a'] }
  const history = inventHistory({ seed: 5, ...plan })
  const day = (at: number): number => START_TS + at * DAY_MS
  const days = Array.from({ length: DAYS }, (_, at) => at)
  await insertRows(client, sessions, [sessionRow('session/paper/a', 'main')])
  await insertRows(client, fills, history.fills)
  await insertRows(client, fundingPayments, history.funding)
  let value = 10_000
  await insertRows(
    client,
    accountSnapshots,
    days.map((at) => {
      value *= 1 + (random() - 0.48) * 0.02
      return {
        ...{
          account: 'main',
          ts: day(at) + 23 * HOUR_MS,
          equity_usd: value.toFixed(2),
          cash_usd: '0',
          margin_used_usd: '0',
        },
        ...{
          withdrawable_usd: '0',
          notional_usd: '400',
          unrealized_pnl_usd: '0',
          positions: 2,
          received_ts: 1,
        },
      }
    }),
  )
  await insertRows(
    client,
    positionSnapshots,
    days.flatMap((at) => COINS.map((coin) => ({ ...POSITION, coin, ...held(day(at), random() - 0.4) }))),
  )
  const px = new Map(COINS.map((coin, at) => [coin, 20 * 10 ** at]))
  for (const at of days)
    for (const coin of COINS) {
      const close = (px.get(coin) ?? 1) * (1 + (random() - 0.5) * 0.06)
      px.set(coin, close)
      const text = close.toFixed(3)
      await insertRows(client, candles, [
        {
          ...{
            coin,
            interval: '1d',
            open_ts: day(at),
            close_ts: day(at + 1) - 1,
            volume: '1',
            trades: 1,
            received_ts: 1,
          },
          ...{ open: text, high: text, low: text, close: text },
        },
      ])
      await insertRows(client, modelTargets, [
        { model: 'demo', ts: day(at), coin, weight: random() - 0.4, source: 'test', received_ts: day(at) },
      ])
    }
  const now = { now: () => day(DAYS) }
  const ledger = await createPnlActivities({
    store: createLedgerStore(client),
    progress: () => {},
  }).computeLedger()
  const store = createNavStore(client)
  await createNavActivities({ clock: now, store, writeHealth: async () => {} }).computeNav({
    changed_from: ledger.changed_from,
  })
  const tracking = createTrackingErrorActivities({
    ...{ clock: now, store: createTrackingStore(client), pairs: [], costBps: 10, progress: () => {} },
  })
  for (const pair of await tracking.trackedPairs()) await tracking.computeTrackingError(pair)
}
