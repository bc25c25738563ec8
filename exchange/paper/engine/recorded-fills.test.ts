/** Real fills of real accounts, traded again through the ledger: positions, realised PnL, words and fees come out as the venue wrote them. */

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { feeOf, RATE_ONE } from '#domain/trading/venue-charges.ts'
import { applyTrade, coinOf, createAccount } from '#exchange/paper/engine/account.ts'
import { parseUnits } from '#exchange/paper/engine/units.ts'
import { missingData, sharedData } from '#tests/support/shared-data.ts'

interface RecordedFill {
  coin: string
  px: string
  sz: string
  side: 'A' | 'B'
  time: number
  startPosition: string
  dir: string
  closedPnl: string
  fee: string
  feeToken: string
  crossed: boolean
  tid: number
}

const MICRO = 6
const decimalsOf = (text: string): number => text.replace(/0+$/, '').split('.')[1]?.length ?? 0
const units = (text: string, decimals: number): number => parseUnits(text, decimals) ?? Number.NaN

/** Fills of one account in one coin, in the order of their positions: within a millisecond the chain decides, not the tid. */
function chain(fills: readonly RecordedFill[], szDecimals: number): RecordedFill[] {
  const left = [...fills].sort((a, b) => a.time - b.time)
  const ordered: RecordedFill[] = []
  let position: number | null = null
  while (left.length > 0) {
    const { time } = left[0] as RecordedFill
    const sameTime = left.filter((fill) => fill.time === time)
    const next: RecordedFill =
      sameTime.find((fill) => position === null || units(fill.startPosition, szDecimals) === position) ??
      (sameTime[0] as RecordedFill)
    left.splice(left.indexOf(next), 1)
    ordered.push(next)
    position =
      units(next.startPosition, szDecimals) + (next.side === 'B' ? 1 : -1) * units(next.sz, szDecimals)
  }
  return ordered
}

/** Taker and maker rates with every staking and referral discount, 1e-10 of the notional. */
const RATES = [4_500_000, 1_500_000].flatMap((base) =>
  [0, 5, 10, 15, 20, 30, 40].flatMap((staking) =>
    [0, 4].map((referral) => Math.round(base * (1 - staking / 100) * (1 - referral / 100))),
  ),
)

function ntlOf({ px, sz }: RecordedFill): number {
  const szDecimals = decimalsOf(sz)
  return units(px, MICRO - szDecimals) * units(sz, szDecimals)
}

interface Score {
  fills: number
  positionsOff: number
  closings: number
  pnlOff: number
  pnlExact: number
  dirsOff: number
}

function replay(fills: readonly RecordedFill[], score: Score): void {
  const szDecimals = Math.max(
    ...fills.flatMap(({ sz, startPosition }) => [decimalsOf(sz), decimalsOf(startPosition)]),
  )
  const pxDecimals = MICRO - szDecimals
  const coin = coinOf(createAccount('0x', 0), 0, 20)
  /** Whether the entry of what is held is known: the recording may begin in the middle of a position. */
  let isKnown = false
  for (const fill of chain(fills, szDecimals)) {
    const start = units(fill.startPosition, szDecimals)
    if (start !== coin.szi) {
      if (isKnown) score.positionsOff++
      Object.assign(coin, { szi: start, entryNtl: 0 })
      isKnown = start === 0
    }
    const effect = applyTrade(coin, fill.side === 'B', units(fill.px, pxDecimals), units(fill.sz, szDecimals))
    score.fills++
    if (effect.dir !== fill.dir) score.dirsOff++
    if (isKnown && effect.closedSz > 0) {
      const want = Number(fill.closedPnl)
      const have = effect.closedPnl / 1e6
      score.closings++
      if (Math.abs(have - want) <= 0.000002) score.pnlExact++
      if (Math.abs(have - want) > Math.max(0.05, Math.abs(want) * 0.005)) score.pnlOff++
    }
    if (coin.szi === 0 || effect.dir.includes('>')) isKnown = true
  }
}

describe.each(['fills/exchange_leader_fills.json', 'fills/exchange_follower_fills.json'])('%s', (name) => {
  const missing = missingData(name)
  const accounts =
    missing === null
      ? (JSON.parse(readFileSync(sharedData(name), 'utf8')) as { queries: { fills: RecordedFill[] }[] })
          .queries
      : []

  test.skipIf(missing !== null)(
    'positions follow, directions have the venue’s words, and closing PnL is within the recorded tolerance',
    () => {
      const score: Score = { fills: 0, positionsOff: 0, closings: 0, pnlOff: 0, pnlExact: 0, dirsOff: 0 }
      for (const { fills } of accounts) {
        const coins = new Set(fills.map(({ coin }) => coin))
        for (const coin of coins)
          replay(
            fills.filter((fill) => fill.coin === coin),
            score,
          )
      }
      expect(score.fills).toBeGreaterThan(150)
      expect(score.dirsOff).toBe(0)
      expect(score.positionsOff).toBe(0)
      expect(score.closings).toBeGreaterThan(40)
      expect(score.pnlOff / score.closings).toBeLessThan(0.01)
    },
  )

  test.skipIf(missing !== null)('fees are the notional times a rate, cut off at the sixth decimal', () => {
    let cut = 0
    let rounded = 0
    for (const { fills } of accounts) {
      const plain = fills.filter(({ coin, feeToken }) => !coin.includes(':') && feeToken === 'USDC')
      for (const crossed of [true, false]) {
        const same = plain
          .filter((fill) => fill.crossed === crossed)
          .map((fill) => ({ ntl: ntlOf(fill), fee: units(fill.fee, MICRO) }))
        // The rate that explains most of an account's fees is the one it pays.
        const [rate] = RATES.map((rate) => ({
          rate,
          hits: same.filter(({ ntl, fee }) => feeOf(ntl, rate) === fee).length,
        })).sort((a, b) => b.hits - a.hits)
        if (!rate || rate.hits < same.length / 2) continue
        for (const { ntl, fee } of same) {
          const exact = (ntl * rate.rate) / RATE_ONE
          if (Math.floor(exact) === Math.round(exact)) continue // this one cannot tell
          if (fee === feeOf(ntl, rate.rate)) cut++
          else if (fee === Math.round(exact)) rounded++
        }
      }
    }
    expect(cut).toBeGreaterThan(50)
    expect(rounded).toBe(0)
  })
})
