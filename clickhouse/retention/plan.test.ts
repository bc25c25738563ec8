/** What may be dropped and what stays, at both sides of every boundary. */
import { describe, expect, test } from 'vitest'
import type { ManifestEntry, ManifestStatus } from '#clickhouse/archive/manifest.ts'
import { checkClock, mayBeDue, whyKept } from '#clickhouse/retention/plan.ts'
import { DAY_MS, HOUR_MS } from '#domain/time.ts'

const entry = (status: ManifestStatus, liveParts: string[]): ManifestEntry => ({
  ...{
    table: 't',
    partition: '20261119',
    generation: 1,
    file: 'f',
    status,
    bytes: 1,
    structure: '',
    version: 1,
  },
  content: { rows: 1, hash: '1' },
  live: { rows: 1, hash: '1' },
  ...{ liveParts, archivedTs: 0, droppedTs: 0 },
})

describe('a partition stays', () => {
  const facts = { partition: '20261119', parts: ['a 1', 'b 2'], needsArchive: true, isNewest: false }
  test.each<[string, ManifestEntry | null, string | null]>([
    ['never archived', null, 'it is not archived'],
    ['archived as it is', entry('verified', ['a 1', 'b 2']), null],
    ['thinned as it is', entry('thinned', ['a 1', 'b 2']), null],
    ['a part more than the file', entry('verified', ['a 1']), 'it changed after it was archived'],
    [
      'a part less than the file',
      entry('verified', ['a 1', 'b 2', 'c 3']),
      'it changed after it was archived',
    ],
    ['half dropped before', entry('dropping', ['a 1', 'b 2', 'c 3']), null],
    [
      'half dropped, and new rows',
      entry('dropping', ['a 1', 'c 3']),
      'it changed while it was dropped; archive it again',
    ],
    [
      'new rows after the drop',
      entry('dropped', []),
      'rows came after it was dropped; they are not archived yet',
    ],
    ['only an old file', entry('superseded', ['a 1', 'b 2']), 'it is not archived'],
  ])('%s', (_what, found, why) => {
    expect(whyKept({ ...facts, entry: found })).toBe(why)
  })

  test('whatever its archive says while it holds the newest block', () => {
    const archived = entry('verified', ['a 1', 'b 2'])
    expect(whyKept({ ...facts, entry: archived, isNewest: true })).toContain('newest')
    expect(whyKept({ ...facts, entry: null, needsArchive: false })).toBeNull()
  })
})

test('a partition can be due when it ended so many days ago, to the millisecond', () => {
  const ended = Date.UTC(2026, 10, 20)
  expect(mayBeDue('20261119', ended + 30 * DAY_MS, 30)).toBe(true)
  expect(mayBeDue('20261119', ended + 30 * DAY_MS - 1, 30)).toBe(false)
  expect(mayBeDue('all', Number.MAX_SAFE_INTEGER, 1)).toBe(false)
})

describe('the clock', () => {
  const now = Date.UTC(2026, 10, 20)
  test('is believed when it is near the last run and the database', () => {
    expect(() => checkClock(now, null, now)).not.toThrow()
    expect(() => checkClock(now, now - 45 * DAY_MS, now + HOUR_MS)).not.toThrow()
    expect(() => checkClock(now, now + HOUR_MS, now)).not.toThrow()
  })
  test.each([
    ['far ahead of the last run', now - 45 * DAY_MS - 1, now],
    ['before the last run', now + HOUR_MS + 1, now],
    ['other than the database says', null, now + HOUR_MS + 1],
    ['other than the database says, the other way', null, now - HOUR_MS - 1],
  ])('is not believed when it is %s', (_what, lastRun, serverNow) => {
    expect(() => checkClock(now, lastRun, serverNow)).toThrow(
      expect.objectContaining({ code: 'CLOCK_JUMPED' }),
    )
  })
})
