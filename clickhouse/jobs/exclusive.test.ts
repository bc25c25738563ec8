/** Data jobs take turns, in one process and among several; one that is called off does not hold up the next. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createExclusive } from '#clickhouse/jobs/exclusive.ts'
import { homeAt } from '#config/home.ts'
import { processStarted } from '#config/process-identity.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-exclusive-'))
  mkdirSync(join(root, 'run'), { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function virtualClock() {
  let now = 0
  const sleep = async (ms: number) => {
    now += ms
  }
  return { now: () => now, monotonicMs: () => now, sleep }
}
const never = new AbortController().signal
const lock = () => join(root, 'run', 'data-jobs.lock')

test('two jobs never overlap, and a failed one lets the next begin', async () => {
  const exclusively = createExclusive(homeAt(root), virtualClock())
  const order: string[] = []
  const job = (name: string, fails = false) =>
    exclusively(name, never, async () => {
      order.push(`${name} begins`)
      await new Promise((resolve) => setImmediate(resolve))
      order.push(`${name} ends`)
      if (fails) throw new RangeError(name)
      return name
    })
  const [first, second, third] = [job('copy'), job('archive', true), job('retention')]
  expect(await first).toBe('copy')
  await expect(second).rejects.toThrow('archive')
  expect(await third).toBe('retention')
  expect(order).toEqual(
    ['copy', 'archive', 'retention'].flatMap((name) => [`${name} begins`, `${name} ends`]),
  )
})

test('while it runs its name is in the lock file; another living process is waited for, a minute at most', async () => {
  const clock = virtualClock()
  const exclusively = createExclusive(homeAt(root), clock)
  await exclusively('copy', never, async () => {
    expect(JSON.parse(readFileSync(lock(), 'utf8'))).toMatchObject({ pid: process.pid, what: 'copy' })
  })
  const holder = {
    pid: process.pid,
    process_started: processStarted(process.pid) ?? '',
    what: 'archive',
    since: 'then',
  }
  writeFileSync(lock(), JSON.stringify(holder))
  await expect(exclusively('copy', never, async () => {})).rejects.toMatchObject({
    code: 'DATA_JOB_BUSY',
    message: expect.stringContaining('archive'),
  })
  expect(clock.now()).toBeGreaterThan(60_000)
})

test('the lock of a process that was killed holds nobody up', async () => {
  writeFileSync(
    lock(),
    JSON.stringify({ pid: 2 ** 22 - 1, process_started: 'long ago', what: 'copy', since: 'then' }),
  )
  const exclusively = createExclusive(homeAt(root), virtualClock())
  expect(await exclusively('archive', never, async () => 7)).toBe(7)
})

test('a job that is called off while it waits never begins', async () => {
  const exclusively = createExclusive(homeAt(root), virtualClock())
  const off = AbortSignal.abort()
  let began = false
  const job = async () => {
    began = true
  }
  await expect(exclusively('copy', off, job)).rejects.toThrow()
  expect(began).toBe(false)
})
