/** A log is for readers; when they are gone, the process must still be able to end. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT_ROOT } from '#config/environment.ts'

/** Says one line, waits for a byte on standard input, then logs on and leaves by itself. */
const SCRIPT = `
  import { createLogger } from '${join(PROJECT_ROOT, 'config/logger.ts')}'
  const log = createLogger('test', 'info')
  log.info('first')
  process.stdin.once('data', () => {
    for (let line = 0; line < 50; line++) log.info({ line, token: 'hunter2' }, 'more')
    log.fatal('last')
    process.exit(0)
  })
`
const start = () =>
  spawn(process.execPath, ['--input-type=module', '-e', SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] })

test('a process whose standard output nobody reads any more ends as it wants to', async () => {
  const child = start()
  const ended = once(child, 'exit')
  await once(child.stdout, 'data')
  child.stdout.destroy()
  await once(child.stdout, 'close')
  child.stdin.write('.')
  expect(await ended).toEqual([0, null])
})

test('every line is written before the process ends, and secrets are not in it', async () => {
  const child = start()
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  await once(child.stdout, 'data')
  child.stdin.write('.')
  await once(child, 'close')
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines).toHaveLength(52)
  expect(lines.at(-1)).toMatchObject({ level: 'fatal', msg: 'last', service: 'test' })
  expect(text).not.toContain('hunter2')
})
