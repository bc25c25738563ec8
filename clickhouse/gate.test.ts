/** A gate never lets more through than it has places, and serves in order. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createGate } from '#clickhouse/gate.ts'

test('never more are inside than there are places, everybody gets in, in the order of coming', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 20 }),
      async (places, visitors) => {
        const gate = createGate(places)
        const entered: number[] = []
        let inside = 0
        let most = 0
        await Promise.all(
          Array.from({ length: visitors }, async (_, visitor) => {
            const leave = await gate.enter()
            entered.push(visitor)
            most = Math.max(most, ++inside)
            for (let turn = 0; turn < visitor % 3; turn++) await Promise.resolve()
            inside--
            leave()
          }),
        )
        expect(most).toBeLessThanOrEqual(places)
        expect(entered).toEqual([...entered].sort((a, b) => a - b))
        expect(entered).toHaveLength(visitors)
      },
    ),
  )
})

test('a place that is handed on cannot be taken by a newcomer in between', async () => {
  const gate = createGate(1)
  const leave = await gate.enter()
  const order: string[] = []
  const waiting = gate.enter().then((leaveNext) => {
    order.push('waiting')
    leaveNext()
  })
  leave()
  const newcomer = gate.enter().then(() => order.push('newcomer'))
  await Promise.all([waiting, newcomer])
  expect(order).toEqual(['waiting', 'newcomer'])
})
