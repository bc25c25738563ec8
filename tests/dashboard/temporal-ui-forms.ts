/** The forms of the Temporal UI (2.54) as a person uses them: start a workflow, send a signal. */
// The UI renders its menus and dialogs twice (for narrow and wide windows): only what is visible counts.
import type { Locator, Page } from 'playwright-core'

/** What the JSON editor of a form holds, parsed. */
export async function editorJson(form: Locator): Promise<unknown> {
  const lines = await form.locator('.cm-content:visible').first().locator('.cm-line').allTextContents()
  return JSON.parse(lines.join('\n'))
}

/**
 * Replaces the text of a JSON editor. It reformats itself when it loses focus and moves everything below it, so the
 * focus is taken away before anything below is pressed.
 */
export async function typeJson(page: Page, form: Locator, value: unknown): Promise<void> {
  const editor = form.locator('.cm-content:visible').first()
  await editor.click()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.insertText(JSON.stringify(value))
  await editor.evaluate((element) => (element as HTMLElement).blur())
  await editor.locator('.cm-line').nth(1).waitFor() // several lines: it has been formatted
}

/** Presses Start on the start form that the page shows, and waits until the UI says that it was taken. */
export async function pressStart(page: Page): Promise<void> {
  await page.getByTestId('start-workflow-button').click()
  await page.getByTestId('toast-live-region-polite').getByText('started').waitFor()
}

/** Sends a signal through the menu of the workflow page that is shown. */
export async function sendSignal(page: Page, name: string, value: unknown): Promise<void> {
  await page.locator('button:has-text("More Actions"):visible').click()
  await page.locator('[data-testid=signal-button]:visible').click()
  const dialog = page.locator('dialog[open]')
  await dialog.getByTestId('signal-select-button').click()
  await dialog
    .getByRole('option')
    .filter({ hasText: new RegExp(`^\\s*${name}\\s`) })
    .click()
  await typeJson(page, dialog, value)
  await dialog.getByTestId('confirm-modal-button').click()
  await page.getByTestId('toast-live-region-polite').getByText('signaled').waitFor()
}
