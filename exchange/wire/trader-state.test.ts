/** Tests of reading other people's account states. */
import { expect, it } from 'vitest'
import { parseTraderState } from '#exchange/wire/trader-state.ts'

const answer = (positions: unknown[], time: unknown = 1_700_000_000_000) => ({
  marginSummary: { accountValue: '1.0' },
  assetPositions: positions.map((position) => ({ type: 'oneWay', position })),
  time,
})

it("reads positions with the venue's time, exactly, and leaves flat ones out", () => {
  const read = parseTraderState(
    answer([
      { coin: 'BTC', szi: '-0.00012', entryPx: '64000.5' },
      { coin: 'ETH', szi: '0.0', entryPx: null },
      { coin: 'kPEPE', szi: '12345678901.0', entryPx: '0.0123456789' },
    ]),
  )
  expect(read).toEqual({
    ts: 1_700_000_000_000,
    positions: [
      { coin: 'BTC', szE8: -12_000n, entryPxE8: 6_400_050_000_000n },
      { coin: 'kPEPE', szE8: 1_234_567_890_100_000_000n, entryPxE8: 1_234_567n },
    ],
  })
})

it('refuses an answer without time, and sizes that are no decimals', () => {
  expect(() => parseTraderState(answer([], null))).toThrow(/time/)
  expect(() => parseTraderState(answer([{ coin: 'BTC', szi: 'many' }]))).toThrow(/szi/)
  expect(() => parseTraderState(null)).toThrow('clearinghouseState')
})
