/** The official Python SDK trades on the paper exchange, unmodified. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT_ROOT } from '#config/environment.ts'
import { startPaper, syntheticSource, wallet } from '#tests/paper/support/paper.ts'
import { pythonPackage, run } from './support.ts'

test('hyperliquid-python-sdk 0.24.0 does all that it can do', { timeout: 400_000 }, async ({ skip }) => {
  const sdk = await pythonPackage('hyperliquid-python-sdk==0.24.0')
  if ('missing' in sdk) return skip(sdk.missing)
  const paper = await startPaper({ source: () => syntheticSource() })
  paper.fund(wallet('1').address, 10_000)
  const script = join(PROJECT_ROOT, 'tests', 'clients', 'python_sdk.py')
  const env = { ...process.env, PYTHONPATH: sdk.folder, PYTHONWARNINGS: 'ignore' }
  const { code, output } = await run('python3', [script, paper.url], { env, timeoutMs: 120_000 })
  await paper.close()
  expect(output.split('\n').filter((line) => !line.startsWith('ok '))).toEqual(['0 failed', ''])
  expect(code).toBe(0)
})
