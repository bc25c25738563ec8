/** Rows of makers go to their tables, whole, under their session; a sink without such tables keeps none. */
import { expect, test } from 'vitest'
import type { MakerRow } from '#domain/session/maker-rows.ts'
import { type MakerSink, writeMakerRow } from './maker-rows.ts'

const owner = { session_id: 'session/paper/m', run: 7 }
const ROWS: MakerRow[] = [
  {
    ...{ kind: 'book', ts: 1, coin: 'ETH', cloids: ['0x1'], bidPx: '1', bidSz: '2', askPx: '3', askSz: '4' },
    spreadBps: 0.1,
  },
  {
    ...{
      kind: 'minute',
      ts: 60_000,
      coin: 'ETH',
      makerFills: 1,
      takerFills: 2,
      volumeUsd: '3',
      feesUsd: '-0.1',
    },
    ...{
      pnlUsd: '1',
      positionSz: '-2',
      markPx: '3',
      avgSpreadBps: 1.5,
      passes: 240,
      bidPasses: 1,
      askPasses: 2,
    },
    ...{ placed: 3, cancelled: 4 },
  },
  {
    ...{
      kind: 'limits',
      ts: 60_000,
      weightLeft: -1,
      weightMax: -1,
      wsLeft: -1,
      actionsLeft: -1,
      tier: 'free',
    },
    ...{ passes: 240, skipped: 0, loopP50Ms: 250, loopP99Ms: Number.NaN },
  },
  { kind: 'change', ts: 5, coin: 'ETH', knob: 'k', was: '1', now: '2', reason: 'AUTOTUNE_TIGHTEN' },
]

test('each kind has its table, floats become decimals, what is no number becomes 0', () => {
  const seen: [string, Record<string, unknown>][] = []
  const sink: Partial<MakerSink> = {
    makerBooks: (row) => void seen.push(['books', row]),
    makerMinutes: (row) => void seen.push(['minutes', row]),
    makerLimits: (row) => void seen.push(['limits', row]),
    makerChanges: (row) => void seen.push(['changes', row]),
  }
  for (const row of ROWS) writeMakerRow(sink, owner, row)
  expect(seen.map(([table]) => table)).toEqual(['books', 'minutes', 'limits', 'changes'])
  expect(seen.every(([, row]) => row.session_id === owner.session_id && row.run === 7)).toBe(true)
  expect(seen[0]?.[1]).toMatchObject({ spread_bps: '0.10000000', cloids: ['0x1'] })
  expect(seen[2]?.[1]).toMatchObject({ loop_p99_ms: '0', actions_left: '-1.00000000' })
})

test('without maker tables nothing is kept and nothing breaks', () => {
  for (const row of ROWS) expect(() => writeMakerRow({}, owner, row)).not.toThrow()
})
