/** Follows the settings file while a process runs: every valid change is told, an invalid one is reported and changes nothing. */
// Not here: which settings may change while a process runs; each process knows its own.
import { watch } from 'chokidar'
import { loadSettings } from '#config/load.ts'
import type { Settings } from '#config/schema.ts'
import { describeError } from '#domain/errors.ts'

export interface SettingsWatch {
  close(): Promise<void>
}

/** @param current settings that the process started with: only what differs from the last told ones is told */
export async function watchSettings(options: {
  file: string
  current: Settings
  onChange(settings: Settings): void
  onBroken(why: string): void
}): Promise<SettingsWatch> {
  const { file, current, onChange, onBroken } = options
  let last = JSON.stringify(current)
  const look = (): void => {
    try {
      const settings = loadSettings(file)
      const text = JSON.stringify(settings)
      if (text === last) return
      last = text
      onChange(settings)
    } catch (error) {
      onBroken(describeError(error))
    }
  }
  // Editors replace files: changes are looked at once they stand still.
  const watcher = watch(file, {
    ignoreInitial: true,
    awaitWriteFinish: { stabilityThreshold: 100, pollInterval: 25 },
  })
  watcher.on('add', look).on('change', look)
  await new Promise<void>((resolve) => watcher.once('ready', () => resolve()))
  return { close: () => watcher.close() }
}
