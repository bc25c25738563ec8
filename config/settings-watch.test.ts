/** A changed settings file is told once, a broken one is reported and the old settings stay in force. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadSettings } from '#config/load.ts'
import type { Settings } from '#config/schema.ts'
import { type SettingsWatch, watchSettings } from '#config/settings-watch.ts'

let folder: string
let file: string
let told: Settings[]
let broken: string[]
let watching: SettingsWatch | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-settings-'))
  file = join(folder, 'holdfast.yaml')
  told = []
  broken = []
})
afterEach(async () => {
  await watching?.close()
  rmSync(folder, { recursive: true, force: true })
})

const start = async (): Promise<void> => {
  watching = await watchSettings({
    ...{ file, current: loadSettings(file) },
    onChange: (settings) => told.push(settings),
    onBroken: (why) => broken.push(why),
  })
}
const WAIT = { timeout: 15_000 }

test('a change is told with its new values, a comment is no change', async () => {
  writeFileSync(file, 'streamers: { preset: full }\n')
  await start()
  writeFileSync(file, '# now with a comment\nstreamers: { preset: full }\n')
  writeFileSync(file, 'streamers: { preset: economy }\n')
  await expect.poll(() => told.at(-1)?.streamers.preset, WAIT).toBe('economy')
  expect(told).toHaveLength(1)
})

test('a broken file is reported and the next good one is told; a file that appears counts as a change', async () => {
  await start()
  writeFileSync(file, 'streamers: { preset: [\n')
  await expect.poll(() => broken.length, WAIT).toBe(1)
  expect(told).toEqual([])
  writeFileSync(file, 'streamers: { stale_ms: 5000 }\n')
  await expect.poll(() => told.at(-1)?.streamers.stale_ms, WAIT).toBe(5_000)
})
