/** Opens the report pages of traders in a browser, and says what the browser complained about. */
import { controlToken } from '#config/home.ts'
import { screenshot, startBrowser } from '../support/browser.ts'
import type { Stack } from '../support/stack.ts'

/** Page and a heading that it shows once its figures have come. */
const PAGES = [
  ['traders', 'Positions by coin'],
  ['trader', 'Why tracked'],
  ['signals', 'Worth anything?'],
] as const

export async function lookAtReports(stack: Stack): Promise<string[]> {
  const browser = await startBrowser()
  try {
    const { page, complaints } = await browser.open()
    for (const [slug, heading] of PAGES) {
      await page.goto(`${stack.runtime().dashboard_url}/reports/${slug}?token=${controlToken(stack.home)}`)
      await page.getByRole('heading', { name: heading }).waitFor()
      await screenshot(page, `report-${slug}`)
    }
    return complaints
  } finally {
    await browser.close()
  }
}
