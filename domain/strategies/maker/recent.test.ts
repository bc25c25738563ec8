/** A series of recent numbers is the plain list that forgets its oldest, whoever goes on from whichever of its versions. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countOf, newest, noneRecent, type Recent, recentOf, remember, valuesOf } from './recent.ts'

test('every version keeps its own values, also where two go on from the same one and limits change', () => {
  const Move = fc.record({
    from: fc.nat(),
    value: fc.double({ noNaN: true }),
    max: fc.integer({ min: 1, max: 7 }),
  })
  fc.assert(
    fc.property(fc.array(Move, { maxLength: 80 }), (moves) => {
      const versions: { series: Recent; list: number[] }[] = [{ series: noneRecent, list: [] }]
      for (const { from, value, max } of moves) {
        // Mostly the latest, as a maker does; sometimes an older one.
        const at = from % 3 === 0 ? from % versions.length : versions.length - 1
        const was = versions[at] as (typeof versions)[number]
        const list = [...was.list, value].slice(-max)
        versions.push({ series: remember(was.series, value, max), list })
      }
      for (const { series, list } of versions) {
        expect(valuesOf(series)).toEqual(list)
        expect([countOf(series), newest(series)]).toEqual([list.length, list.at(-1) ?? null])
      }
    }),
  )
})

test('a long series holds no more than twice what it shows', () => {
  let series = recentOf([1, 2, 3])
  for (let at = 0; at < 1_000; at++) series = remember(series, at, 10)
  expect(valuesOf(series)).toEqual([990, 991, 992, 993, 994, 995, 996, 997, 998, 999])
  expect(series.items.length).toBeLessThanOrEqual(21)
})
