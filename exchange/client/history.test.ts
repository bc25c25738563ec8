/** Paging by time: full pages are followed, a page of one millisecond does not loop, and rows of a border come once. */
import { expect, test } from 'vitest'
import { LIMITS, pages } from '#exchange/client/history.ts'

const server = (times: readonly number[]) => {
  const asked: number[] = []
  return {
    asked,
    page: async (from: number) => {
      asked.push(from)
      return times
        .map((ts, id) => ({ ts, id }))
        .filter(({ ts }) => ts >= from)
        .slice(0, LIMITS.fundingPage)
    },
  }
}
const identity = ({ id }: { id: number }): string => String(id)

test.each([499, 500, 501, 1_300])('%i rows are all read, each once', async (count) => {
  const { page } = server(Array.from({ length: count }, (_, at) => at * 10))
  const rows = await pages(0, page, identity)
  expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: count }, (_, at) => at))
})

test('a short page is the last question', async () => {
  const { page, asked } = server([1, 2, 3])
  await pages(0, page, identity)
  expect(asked).toEqual([0])
})

test('more rows in one millisecond than a page holds do not loop for ever', async () => {
  const { page, asked } = server(Array.from({ length: 800 }, () => 7))
  expect(await pages(7, page, identity)).toHaveLength(LIMITS.fundingPage)
  expect(asked.length).toBeLessThan(4)
})
