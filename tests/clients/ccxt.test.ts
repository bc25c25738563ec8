/** ccxt, in Python and in JavaScript, trades on the paper exchange, unmodified. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT_ROOT } from '#config/environment.ts'
import { startPaper, syntheticSource, wallet } from '#tests/paper/support/paper.ts'
import { nodePackage, pythonPackage, run } from './support.ts'

const CLIENTS = join(PROJECT_ROOT, 'tests', 'clients')

async function startFunded() {
  const paper = await startPaper({ source: () => syntheticSource() })
  paper.fund(wallet('1').address, 10_000)
  return paper
}

const unexpected = (output: string): string[] =>
  output.split('\n').filter((line) => line !== '' && !line.startsWith('ok '))

test('ccxt 4.5.90 in Python', { timeout: 400_000 }, async ({ skip }) => {
  const ccxt = await pythonPackage('ccxt==4.5.90')
  if ('missing' in ccxt) return skip(ccxt.missing)
  const paper = await startFunded()
  const env = { ...process.env, PYTHONPATH: ccxt.folder, PYTHONWARNINGS: 'ignore' }
  const { output } = await run('python3', [join(CLIENTS, 'ccxt_python.py'), paper.url, wallet('1').address], {
    env,
    timeoutMs: 120_000,
  })
  await paper.close()
  expect(unexpected(output)).toEqual(['0 failed'])
})

test('ccxt 4.5.84 in JavaScript', { timeout: 400_000 }, async ({ skip }) => {
  const ccxt = await nodePackage('ccxt@4.5.84')
  if ('missing' in ccxt) return skip(ccxt.missing)
  const paper = await startFunded()
  const { output } = await run(
    process.execPath,
    [join(CLIENTS, 'ccxt-node.mjs'), paper.url, wallet('1').address, ccxt.folder],
    { timeoutMs: 120_000 },
  )
  await paper.close()
  expect(unexpected(output)).toEqual(['0 failed'])
})
