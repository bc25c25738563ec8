/** A checkpoint comes back from a heartbeat whole or not at all. */
import { expect, test } from 'vitest'
import { flatPosition } from '#domain/trading/position.ts'
import { firstCheckpoint, laterCheckpoint, readCheckpoint } from './checkpoint.ts'

const first = firstCheckpoint(1, 1_000)

test('what was written is read back, through JSON', () => {
  const full = {
    ...first,
    positions: [flatPosition('BTC')],
    stops: [{ cloid: '0x1', coin: 'BTC', side: 'sell' as const, px: '1', sz: '2' }],
    unresolved: [{ cloid: '0x2', coin: 'BTC', expires_ts: 5 }],
    markPx: { BTC: '100' },
  }
  expect(readCheckpoint(JSON.parse(JSON.stringify(full)))).toEqual(full)
})

test.each([undefined, null, 'text', {}, { ...first, seq: -1 }, { ...first, positions: [{}] }])(
  '%j is no checkpoint',
  (details) => {
    expect(readCheckpoint(details)).toBeNull()
  },
)

test('the later of two is the one of the higher epoch, then sequence, then time; of equals the first', () => {
  const more = { ...first, seq: 5 }
  expect(laterCheckpoint(first, more)).toBe(more)
  expect(laterCheckpoint(more, first)).toBe(more)
  const nextEpoch = { ...first, epoch: 2 }
  expect(laterCheckpoint(more, nextEpoch)).toBe(nextEpoch)
  expect(laterCheckpoint(first, { ...first })).toBe(first)
  expect(laterCheckpoint(first, null)).toBe(first)
})
