/** Slices of data work: what passes by itself becomes an answer, what is a bug fails, and progress is beaten. */
import { expect, test } from 'vitest'
import { createDataJobActivities, type DataJobDeps } from '#activities/data-jobs.ts'
import { HoldfastError } from '#domain/errors.ts'

const known = (code: string) => new HoldfastError('what', { code, retryable: true, hint: 'do this' })
const never = () => Promise.reject(known('UNEXPECTED'))
const activities = (over: Partial<DataJobDeps>) => {
  const beats: object[] = []
  return {
    beats,
    ...createDataJobActivities({
      ...{ copy: never, verify: never, archive: never, retention: never },
      clock: { sleep: async () => {} },
      beat: (progress) => void beats.push(progress),
      signal: () => new AbortController().signal,
      ...over,
    }),
  }
}

test.each([
  ['REMOTE_DOWN', 'remote_down'],
  ['REMOTE_LOGIN', 'refused'],
  ['CLOCK_JUMPED', 'refused'],
  ['SYNC_OFF', 'off'],
  ['DATA_JOB_BUSY', 'busy'],
])('%s is the answer %s, with the hint', async (code, outcome) => {
  const { copyNewRows } = activities({ copy: () => Promise.reject(known(code)) })
  expect(await copyNewRows({ budget_ms: 1 })).toEqual({ outcome, code, why: 'what', hint: 'do this' })
})

test('anything else fails the attempt', async () => {
  const { archiveClosed, dropOld } = activities({ retention: () => Promise.reject(new TypeError('bug')) })
  await expect(archiveClosed({ budget_ms: 1 })).rejects.toMatchObject({ code: 'UNEXPECTED' })
  await expect(dropOld({})).rejects.toThrow('bug')
})

test('a long slice beats with its newest figures', async () => {
  let go = (): void => {}
  const waiting = new Promise<void>((resolve) => {
    go = resolve
  })
  const { copyNewRows, beats } = activities({
    clock: { sleep: () => new Promise((resolve) => setImmediate(resolve)) },
    copy: async ({ onProgress, budgetMs }) => {
      onProgress({ rows: 5 })
      await waiting
      return { rows: budgetMs } as never
    },
  })
  const done = copyNewRows({ budget_ms: 7 })
  await expect.poll(() => beats.length).toBeGreaterThan(2)
  expect(beats.at(-1)).toEqual({ rows: 5 })
  go()
  expect(await done).toEqual({ rows: 7 })
})

test('a re-sync asks for one table and its range alone', async () => {
  const asked: unknown[] = []
  const { resyncRange } = activities({
    verify: async ({ only }) => {
      asked.push(only)
      return {} as never
    },
  })
  await resyncRange({ budget_ms: 1, table: 'trades', from: 1, until: 2 })
  expect(asked).toEqual([{ table: 'trades', from: 1, until: 2 }])
})
