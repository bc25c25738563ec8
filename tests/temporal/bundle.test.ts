/** The workflow bundle is made once per state of the sources, and replaced when they change. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { PROJECT_ROOT } from '#config/environment.ts'
import { createLogger } from '#config/logger.ts'
import { workflowBundle } from '#workers/bundle.ts'

const cacheFolder = mkdtempSync(join(tmpdir(), 'holdfast-bundle-'))
const log = createLogger('test', 'error')
afterAll(() => rmSync(cacheFolder, { recursive: true, force: true }))

test('the second call finds the first one’s bundle, untouched', async () => {
  const first = await workflowBundle({ cacheFolder, log })
  const madeMs = statSync(first.codePath).mtimeMs
  const second = await workflowBundle({ cacheFolder, log })
  expect(second).toEqual(first)
  expect(statSync(second.codePath).mtimeMs).toBe(madeMs)
})

test('another entry makes another bundle and clears the old one away', async () => {
  const workflowsPath = join(PROJECT_ROOT, 'tests/temporal/fixtures/changed-workflows.ts')
  const { codePath } = await workflowBundle({ cacheFolder, log, workflowsPath })
  expect(readdirSync(cacheFolder)).toEqual([codePath.split('/').at(-1)])
})

test('code that cannot be bundled is an error that names the fault', async () => {
  const broken = join(cacheFolder, 'broken.ts')
  writeFileSync(broken, "import './absent.ts'\n")
  await expect(workflowBundle({ cacheFolder, log, workflowsPath: broken })).rejects.toMatchObject({
    code: 'BUNDLE_FAILED',
    message: expect.stringContaining('absent.ts'),
  })
})
