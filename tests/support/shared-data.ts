/** Where the recorded exchange data lies (../shared/data beside the project), and why a test that needs it is skipped. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT_ROOT } from '#config/environment.ts'

const FOLDER = join(PROJECT_ROOT, '..', 'shared', 'data')

/** Path of one recording, e.g. `ws/replay_20250904_35m.jsonl.gz`. It may not exist: see `missingData`. */
export const sharedData = (name: string): string => join(FOLDER, name)

/** Null when the recording is there; else the sentence to skip with: `test.skipIf(missingData(x))`. */
export function missingData(name: string): string | null {
  const path = sharedData(name)
  return existsSync(path) ? null : `skipped: the recorded data ${path} is absent`
}
