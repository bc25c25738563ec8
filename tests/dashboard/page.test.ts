/** The dashboard in a real browser over fake services: it renders, moves, kills, degrades, and complains about nothing. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ServedDashboard } from '#dashboard/serve.ts'
import {
  missingBrowser,
  type OpenPage,
  screenshot,
  startBrowser,
  type TestBrowser,
} from '#tests/support/browser.ts'
import { waitUntil } from '#tests/support/wait-until.ts'
import { CANDLES, ENDED, MAKER } from './fake-rows.ts'
import { type FakeWorld, fakeWorld, serveFake, TOKEN } from './fakes.ts'

const missing = missingBrowser()
if (missing) process.stderr.write(`${missing}\n`)

describe.skipIf(missing)('the page', () => {
  const cacheFolder = mkdtempSync(join(tmpdir(), 'holdfast-dashboard-'))
  let browser: TestBrowser
  let world: FakeWorld
  let served: ServedDashboard
  let opened: OpenPage
  let page: Page

  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(cacheFolder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    world = fakeWorld()
    served = await serveFake(world, { cacheFolder, tickMs: 100 })
    opened = await browser.open()
    page = opened.page
    page.setDefaultTimeout(10_000)
  })
  afterEach(async () => {
    await opened.context.close()
    await served.close()
  })

  const open = async (path = '/'): Promise<void> => {
    await page.goto(`${served.url}${path}?token=${TOKEN}`)
    await page.locator('.live.on').waitFor()
  }
  const cell = (row: string, column: number) => page.locator(`tr[data-key="${row}"] td`).nth(column)
  const text = async (selector: string): Promise<string> => (await page.locator(selector).textContent()) ?? ''

  test('the overview shows services, sessions and the market, takes the token out of the address, and is quiet', async () => {
    await open()
    expect(new URL(page.url()).search).toBe('')
    expect(await page.locator('table').first().locator('tbody tr').count()).toBe(3)
    expect(await cell(CANDLES, 7).textContent()).toBe('+0.0154 BTC')
    expect(await cell(MAKER, 8).textContent()).toBe('−1.90')
    expect(await cell(ENDED, 3).textContent()).toBe('CLOSED')
    expect(await text('.market')).toBe('synthetic, seed 7, ×1')
    expect(await text('.network')).toBe('paper')
    expect(await cell('watchdog', 4).textContent()).toBe('2')
    const link = await page.locator(`tr[data-key="${MAKER}"] a[target]`).getAttribute('href')
    expect(link).toBe('http://127.0.0.1:8233/namespaces/default/workflows/session%2Fpaper%2Fmaker-eth')
    await screenshot(page, 'overview')
    expect(opened.complaints).toEqual([])
  })

  test('an order of a person is sent with who and why, and its answer is shown', async () => {
    await open(`/${CANDLES}`)
    await page.getByRole('button', { name: 'Enter', exact: true }).click()
    await page.getByRole('spinbutton', { name: 'USD' }).fill('500')
    await page.getByLabel('By', { exact: true }).fill('anna')
    await page.getByLabel('Reason', { exact: true }).fill('news')
    await screenshot(page, 'command')
    await page.getByRole('button', { name: 'Order', exact: true }).click()
    await page.getByText('done: sell 0.0077 BTC').waitFor()
    expect(world.actions.at(-1)).toMatch(/^forceEntry .*"usd":500,"stop_bps":300,"by":"anna","reason":"news"/)
    expect(opened.complaints).toEqual([])
  })

  test('a figure that changes is shown without a reload', async () => {
    await open()
    await page.evaluate(() => Object.assign(window, { stillTheSamePage: true }))
    const row = world.stored[0]
    if (row) row.net_pnl_usd = '345.67'
    await page.getByText('+345.67').first().waitFor()
    expect(await page.evaluate(() => 'stillTheSamePage' in window)).toBe(true)
  })

  test('a hidden tab lets go of its connection and catches up when it is shown again', async () => {
    await open()
    const show = (hidden: boolean) =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { value, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
      }, hidden)
    await show(true)
    await page.locator('.live.off').waitFor()
    const row = world.stored[0]
    if (row) row.net_pnl_usd = '345.67'
    expect(await page.getByText('+345.67').count()).toBe(0)
    await show(false)
    await page.getByText('+345.67').first().waitFor()
    await page.locator('.live.on').waitFor()
  })

  test('a session shows its curves and rows; a decision opens to its inputs by keyboard', async () => {
    await open()
    await page.getByRole('link', { name: 'candles-btc' }).first().click()
    await page.getByRole('heading', { level: 1, name: 'candles-btc' }).waitFor()
    expect(new URL(page.url()).pathname).toBe(`/${CANDLES}`)
    expect(await page.locator('.chart canvas').count()).toBe(2)
    await page.getByText('No fills yet.').waitFor()
    await page.getByText('The candles engine does not quote.').waitFor()
    const expand = page.locator('.decisions .expand').first()
    await expand.focus()
    await page.keyboard.press('Enter')
    await page.locator('tr.inputs').getByText('ema_fast').waitFor()
    expect(await expand.getAttribute('aria-expanded')).toBe('true')
    await page.getByText('RISK_MAX_POSITION').waitFor()
    await screenshot(page, 'session-candles')
    expect(opened.complaints).toEqual([])
  })

  test('a maker shows quotes and fills, and a new fill arrives on top without a reload', async () => {
    await open(`/${MAKER}`)
    const fills = page.locator('section[aria-label="Fills"] tbody tr')
    await fills.first().waitFor()
    expect(await fills.count()).toBe(24)
    expect(await page.locator('.chart canvas').count()).toBe(2)
    world.fills.push({
      ...(world.fills[0] as (typeof world.fills)[0]),
      key: 'fresh',
      ts: Date.now(),
      px: '3131.75',
    })
    await page.locator('td.figure', { hasText: '3 131.75' }).waitFor()
    expect(await fills.first().getAttribute('data-key')).toBe('fresh')
    await screenshot(page, 'session-maker')
    expect(opened.complaints).toEqual([])
  })

  test('what has ended shows its report and offers no buttons that could do nothing', async () => {
    await open(`/${ENDED}`)
    await page.getByText('stop: end of day').waitFor()
    expect(await page.locator('.session-head button').count()).toBe(0)
    await screenshot(page, 'session-ended')
  })

  test('an unknown session says so', async () => {
    await open('/session/paper/nobody')
    await page.getByText('No such session is known').waitFor()
  })

  test('pause and resume reach the session, and the button follows its state', async () => {
    await open(`/${CANDLES}`)
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    expect(world.actions).toEqual([`pause ${CANDLES}`, `resume ${CANDLES}`])
  })

  test('the data page shows rows per stream, marks what is stale, and shows gaps', async () => {
    await open('/data')
    expect(await page.locator('section[aria-label="Recorded streams"] tbody tr').count()).toBe(15)
    expect(await cell('l2_snapshots SOL', 5).textContent()).toContain('⚠')
    expect(await cell('trades BTC', 5).textContent()).not.toContain('⚠')
    await page.getByText('1 open, newest first').waitFor()
    await screenshot(page, 'data')
    expect(opened.complaints).toEqual([])
  })

  describe('kill', () => {
    test('from anywhere by keyboard: choose, confirm, follow the steps, see the verification', async () => {
      await open()
      await page.keyboard.press('Shift+K')
      await page.getByRole('heading', { name: 'Stop trading' }).waitFor()
      await screenshot(page, 'kill-choice', { fullPage: false })
      expect(world.killRequests).toEqual([])
      await page.getByRole('button', { name: /Kill now: Everything \(2 running\), flatten/ }).click()
      await page.getByText('host box-1 aborted 2 sessions').waitFor()
      await page.getByText('working…').waitFor()
      await screenshot(page, 'kill-running', { fullPage: false })
      world.finishKill()
      await page.getByText('Verified at the exchange. Open orders 0, positions none.').waitFor()
      await screenshot(page, 'kill-done', { fullPage: false })
      await page.getByRole('button', { name: 'Close' }).click()
      await page.getByText('Kill engaged: all, flatten').waitFor()
      expect(world.killRequests).toEqual([
        { scope: { kind: 'all' }, mode: 'flatten', reason: '', requested_by: 'dashboard' },
      ])
      await page.getByText('flat', { exact: true }).first().waitFor()
      expect(opened.complaints).toEqual([])
    })

    test('of one session from its page, with mode and reason, and lifted again with a second press', async () => {
      await open(`/${MAKER}`)
      await page.locator('.kill-one').click()
      expect(await page.locator('#kill-scope').inputValue()).toBe(`session:${MAKER}`)
      await page.getByRole('radio', { name: /Halt/ }).check()
      await page.getByLabel('Why').fill('spread too wide')
      await page.getByRole('button', { name: /Kill now/ }).click()
      await page.getByText('working…').waitFor()
      world.finishKill()
      await page.getByText('Verified at the exchange.').waitFor()
      expect(world.killRequests).toMatchObject([
        { scope: { kind: 'session', session_id: MAKER }, mode: 'halt', reason: 'spread too wide' },
      ])
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Lift…' }).click()
      expect(world.kills).toHaveLength(1)
      await page.getByRole('button', { name: 'Lift it now' }).click()
      await page.locator('.banner.kill').waitFor({ state: 'detached' })
      expect(world.kills).toEqual([])
    })

    test('that the exchange does not confirm says so in words', async () => {
      world.killVerified = false
      await open()
      await page.getByRole('button', { name: 'KILL', exact: true }).click()
      await page.getByRole('button', { name: /Kill now/ }).click()
      await page.getByText('working…').waitFor()
      world.finishKill()
      await page.getByRole('heading', { name: 'Kill not verified' }).waitFor()
      await page.getByText('NOT verified. The exchange shows: Open orders 1').waitFor()
    })

    test('that is cancelled or escaped sends nothing', async () => {
      await open()
      for (const leave of [
        () => page.getByRole('button', { name: 'Cancel' }).click(),
        () => page.keyboard.press('Escape'),
      ]) {
        await page.getByRole('button', { name: 'KILL', exact: true }).click()
        await page.locator('dialog[open]').waitFor()
        await leave()
        await page.locator('dialog').waitFor({ state: 'detached' })
      }
      expect(world.killRequests).toEqual([])
    })
  })

  describe('when something is down', () => {
    test('ClickHouse and Temporal: the page says since when and keeps the last figures', async () => {
      await open()
      await page.getByText('+12.42').first().waitFor()
      world.down.add('facts')
      world.down.add('control')
      await page.getByText('ClickHouse does not answer').waitFor()
      await page.getByText('Temporal does not answer').waitFor()
      expect(await cell(CANDLES, 8).textContent()).toBe('+12.42')
      await screenshot(page, 'degraded')
      world.down.clear()
      await page.getByText('ClickHouse does not answer').waitFor({ state: 'detached' })
    })

    test('the dashboard itself: the page marks everything as old and comes back by itself', async () => {
      await open()
      const { port } = new URL(served.url)
      await served.close()
      await page.getByText('The dashboard server is silent').waitFor()
      await page.locator('.live.off').waitFor()
      await screenshot(page, 'silent')
      served = await serveFake(world, { cacheFolder, tickMs: 100, port: Number(port) })
      await page.locator('.live.on').waitFor()
      expect(await page.locator('.banner.bad').count()).toBe(0)
    })

    test('everything from the start: no figure is invented', async () => {
      for (const source of ['facts', 'control', 'exchange', 'runtime'] as const) world.down.add(source)
      await open()
      await page.getByText('No session yet.').waitFor()
      expect(await page.locator('.banner.warn').count()).toBe(4)
      expect(await page.locator('.tile dd:not(.tile-note)').allTextContents()).toEqual([
        '0',
        '–',
        '–',
        '–',
        '–',
        '–',
      ])
    })
  })

  describe('for everybody', () => {
    test.each(['/', '/data', `/${CANDLES}`, `/${MAKER}`])(
      'every control and table of %s has a name, and text is readable',
      async (path) => {
        await open(path)
        await page.locator('.panel').first().waitFor()
        expect(await page.evaluate(unnamedControls)).toEqual([])
        expect(await page.evaluate(faintTexts)).toEqual([])
      },
    )

    test('the checks above catch a planted nameless button and a planted faint text', async () => {
      await open()
      await page.evaluate(() => {
        const main = document.querySelector('main')
        main?.append(document.createElement('button'))
        const faint = main?.appendChild(document.createElement('p'))
        if (faint) Object.assign(faint, { textContent: 'faint', className: 'planted' }).style.color = '#333'
      })
      expect(await page.evaluate(unnamedControls)).toHaveLength(1)
      expect(await page.evaluate(faintTexts)).toEqual([expect.stringContaining('P.planted')])
    })

    test('the first stop of the keyboard leads past the bar', async () => {
      await open()
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to content')
    })

    test('the document is no longer than what it shows, however many rows scroll inside', async () => {
      const [decision] = world.decisions
      if (decision)
        world.decisions = Array.from({ length: 200 }, (_, at) => ({ ...decision, key: `d${at}`, seq: at }))
      await open(`/${CANDLES}`)
      await page.locator('.panel').first().waitFor()
      const [document, main] = await page.evaluate(() => [
        window.document.documentElement.scrollHeight,
        window.document.querySelector('main')?.getBoundingClientRect().bottom ?? 0,
      ])
      expect(document).toBeLessThanOrEqual(Math.max(900, Math.ceil(main)))
    })

    test('a telephone shows the kill button and does not scroll sideways', async () => {
      await page.setViewportSize({ width: 400, height: 800 })
      for (const path of ['/', `/${MAKER}`]) {
        await open(path)
        await page.locator('.panel').first().waitFor()
        expect(await page.getByRole('button', { name: 'KILL', exact: true }).isVisible()).toBe(true)
        const overflow = await waitUntil(
          'the layout to settle',
          () => page.evaluate(() => ({ by: document.documentElement.scrollWidth - innerWidth })),
          2_000,
        )
        expect(overflow.by).toBeLessThanOrEqual(0)
      }
      await screenshot(page, 'telephone', { fullPage: false })
    })
  })
})

/** Runs in the page: controls without an accessible name, fields without label, tables without caption or headers. */
function unnamedControls(): string[] {
  const nameOf = (element: Element): string =>
    element.getAttribute('aria-label') ?? element.textContent?.trim() ?? ''
  const controls = [...document.querySelectorAll('button, a, [role=button]')].filter(
    (one) => nameOf(one) === '',
  )
  const fields = [...document.querySelectorAll('input, select, textarea')].filter(
    (field) => (field as HTMLInputElement).labels?.length === 0,
  )
  const tables = [...document.querySelectorAll('table:not(.u-legend)')].filter(
    (table) => !table.querySelector('caption') || table.querySelectorAll('th:not([scope])').length > 0,
  )
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id)
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `id ${id} twice`)
  const figures = [...document.querySelectorAll('figure:not([aria-label])')]
  return [
    ...[...controls, ...fields, ...tables, ...figures].map((element) => element.outerHTML.slice(0, 120)),
    ...twice,
  ]
}

/** Runs in the page: visible texts whose contrast to what lies behind is below 4.5 : 1 (WCAG AA). */
function faintTexts(): string[] {
  const channel = (value: number): number => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }
  const luminance = ([r = 0, g = 0, b = 0]: number[]): number =>
    0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b)
  const numbers = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number)
  const behind = (element: Element | null): number[] => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor)
      if (colour.length === 3 || colour[3] === 1) return colour
    }
    return [0, 0, 0]
  }
  const faint: string[] = []
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim())
    if (!own || !(element as HTMLElement).checkVisibility?.()) continue
    const [light, dark] = [
      luminance(numbers(getComputedStyle(element).color)),
      luminance(behind(element)),
    ].sort((a, b) => b - a) as [number, number]
    const ratio = (light + 0.05) / (dark + 0.05)
    if (ratio < 4.5) faint.push(`${element.tagName}.${element.className}: ${ratio.toFixed(2)}`)
  }
  return [...new Set(faint)]
}
