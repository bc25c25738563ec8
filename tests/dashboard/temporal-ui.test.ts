/** A person with two pages over a real stack: the dashboard leads to the Temporal UI's forms, both start and kill, seen at the exchange. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { controlToken } from '#config/home.ts'
import type { SessionDetailState } from '#dashboard/topic-states.ts'
import { missingBrowser, screenshot, startBrowser, type TestBrowser } from '#tests/support/browser.ts'
import { type Stack, startStack } from '#tests/support/stack.ts'
import { missingTemporal } from '#tests/support/temporal-server.ts'
import { waitUntil } from '#tests/support/wait-until.ts'
import { editorJson, pressStart, sendSignal, typeJson } from './temporal-ui-forms.ts'

const ID = 'session/paper/maker-eth'
const ACCOUNT = 'paper-maker'
/** A first position on the synthetic market takes seconds to a minute. */
const POSITION_MS_MAX = 120_000
const missing = missingBrowser() ?? missingTemporal()
if (missing) process.stderr.write(`${missing}\n`)

describe.skipIf(missing)('dashboard and Temporal UI', () => {
  let stack: Stack
  let browser: TestBrowser

  beforeAll(async () => {
    const [started, opened] = await Promise.all([startStack(), startBrowser()])
    stack = started
    browser = opened
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await stack?.stop()
  })

  const held = async (): Promise<string> =>
    (await stack.venueAccount(ACCOUNT)).positions.find(({ coin }) => coin === 'ETH')?.sz ?? '0'
  const quoting = () =>
    waitUntil(
      'two quotes at the exchange',
      async () => (await stack.openOrders(ACCOUNT)).length === 2,
      60_000,
    )

  /** The session as the dashboard's API tells it. */
  async function detail(): Promise<SessionDetailState> {
    const headers = { authorization: `Bearer ${controlToken(stack.home)}` }
    const answer = await fetch(`${stack.runtime().dashboard_url}/api/${ID}`, { headers })
    return (await answer.json()) as SessionDetailState
  }

  /** The dashboard's overview, logged in, with the row of the session on it. */
  async function openDashboard() {
    const opened = await browser.open({ height: 1_200 })
    opened.page.setDefaultTimeout(20_000)
    const { dashboard_url: url } = stack.runtime()
    await opened.page.goto(`${url}/?token=${controlToken(stack.home)}`)
    await opened.page.locator(`tr[data-key="${ID}"]`).waitFor()
    return opened
  }

  test('a session started by the start form, prefilled by the dashboard’s link, quotes at the exchange', async () => {
    // The form takes its input from the last run of the same id: one must have been.
    await stack.cli('session', 'start', '--file', 'config/sessions/maker-eth.yaml', '--json')
    await quoting()
    await stack.cli('session', 'stop', ID, '--json')
    expect(await stack.openOrders(ACCOUNT)).toEqual([])

    const { page, context } = await openDashboard()
    const link = page.getByRole('link', { name: 'Start maker' })
    await link.waitFor()
    await page.goto((await link.getAttribute('href')) ?? '')
    await page.getByTestId('workflowId').waitFor()
    expect(await page.getByTestId('workflowId').inputValue()).toBe(ID)
    expect(await page.getByTestId('taskQueue').inputValue()).toBe('orchestrator')
    expect(await page.getByTestId('workflowType').inputValue()).toBe('tradingSession')
    await page.getByText('Task Queue is Active').waitFor()
    await page.locator('.cm-content:visible .cm-line').nth(1).waitFor()
    const form = page.locator('body')
    const input = (await editorJson(form)) as { params: Record<string, unknown> }
    expect(input).toMatchObject({
      engine: 'maker',
      session_key: 'maker-eth',
      mode: 'paper',
      account: ACCOUNT,
    })

    // Edited as a person would: bolder quotes, so that the next test has a position to close.
    const edited = { ...input, params: { ...input.params, half_spread_bps: 0, quote_usd: 400 } }
    await typeJson(page, form, edited)
    await screenshot(page, 'temporal-start-form')
    await pressStart(page)
    await quoting()
    const running = await waitUntil(
      'the dashboard to know the parameters',
      async () => (await detail()).values.status,
      20_000,
    )
    expect(running.params).toMatchObject({ half_spread_bps: 0, quote_usd: 400 })
    await context.close()
  }, 240_000)

  test('killed by the signal form, it is flat and without open orders at the exchange, and the dashboard says so', async () => {
    expect((await stack.openOrders(ACCOUNT)).length, 'the session of the test before runs').toBeGreaterThan(0)
    await waitUntil('a position at the exchange', async () => (await held()) !== '0', POSITION_MS_MAX)
    const { page, context } = await openDashboard()
    const link = page.locator(`tr[data-key="${ID}"] a[target]`)
    await page.goto((await link.getAttribute('href')) ?? '')
    await page.getByTestId('workflow-id-heading').getByText(ID).first().waitFor()
    await sendSignal(page, 'kill', { mode: 'flatten', reason: 'browser test' })
    await screenshot(page, 'temporal-signalled')

    await waitUntil(
      'no open order and no position at the exchange',
      async () => (await stack.openOrders(ACCOUNT)).length === 0 && (await held()) === '0',
      20_000,
    )
    await page.locator('[data-testid=execution-status]:visible', { hasText: 'Completed' }).first().waitFor()
    await screenshot(page, 'temporal-killed')

    const { dashboard_url: url } = stack.runtime()
    await page.goto(`${url}/${ID}?token=${controlToken(stack.home)}`)
    await page.getByRole('heading', { name: 'Final report' }).waitFor()
    await page.locator('.session-head .state', { hasText: 'CLOSED' }).waitFor()
    expect(await page.locator('.tile', { hasText: 'Position' }).textContent()).toContain('flat')
    await screenshot(page, 'dashboard-killed')
    expect(await stack.openOrders(ACCOUNT)).toEqual([])
    await context.close()
  }, 240_000)

  test('killed by the dashboard’s button, everything is flat at the exchange, and trades again only after it is lifted', async () => {
    const start = () => stack.cli('session', 'start', '--file', 'config/sessions/maker-eth.yaml', '--json')
    await start()
    await quoting()
    const { page, context, complaints } = await openDashboard()
    await page.getByRole('button', { name: 'KILL', exact: true }).click()
    await page.getByLabel('Why').fill('button test')
    await page.getByRole('button', { name: /Kill now: Everything/ }).click()
    await page.getByText('Verified at the exchange. Open orders 0, positions none.').waitFor()
    await screenshot(page, 'dashboard-button', { fullPage: false })
    expect(await stack.openOrders(ACCOUNT)).toEqual([])
    expect(await held()).toBe('0')
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByText('Kill engaged: all, flatten').waitFor()

    expect((await start()).code, 'a start while the kill is engaged').not.toBe(0)
    await page.getByRole('button', { name: 'Lift…' }).click()
    await page.getByRole('button', { name: 'Lift it now' }).click()
    await page.locator('.banner.kill').waitFor({ state: 'detached' })
    expect((await start()).code, 'a start after it was lifted').toBe(0)
    await quoting()
    expect(complaints).toEqual([])
    await context.close()
  }, 240_000)
})
