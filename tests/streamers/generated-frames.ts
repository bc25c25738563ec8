/** Frames in the venue's layout from a seed: for benchmarks and floods where no recording is at hand. */
import { createJitter } from '#streamers/back-off.ts'

const COINS = [
  { coin: 'BTC', px: 110_000, tick: 1, decimals: 1 },
  { coin: 'ETH', px: 4_300, tick: 0.1, decimals: 1 },
  { coin: 'SOL', px: 202, tick: 0.01, decimals: 2 },
] as const

/** As many frames as asked for, in the recorded mix: 70 % bbo, 20 % books of 20 levels a side, 10 % trades. Times grow by 20 ms. */
export function generatedFrames(count: number, seed: number, startTs = 1_757_015_216_000): string[] {
  const random = createJitter(seed)
  const size = (): string => (random() * 10).toFixed(4)
  return Array.from({ length: count }, (_, index) => {
    const { coin, px, tick, decimals } = COINS[Math.floor(random() * COINS.length)] ?? COINS[0]
    const time = startTs + index * 20
    const mid = px * (1 + (random() - 0.5) / 100)
    const level = (ticks: number) => ({
      px: (mid + ticks * tick).toFixed(decimals),
      sz: size(),
      n: 1 + Math.floor(random() * 9),
    })
    const kind = random()
    if (kind < 0.7) return frame('bbo', { coin, time, bbo: [level(-1), level(1)] })
    if (kind < 0.9) {
      const side = (sign: 1 | -1) => Array.from({ length: 20 }, (_, depth) => level(sign * (depth + 1)))
      return frame('l2Book', { coin, time, levels: [side(-1), side(1)] })
    }
    const trades = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, at) => ({
      coin,
      side: random() < 0.5 ? 'B' : 'A',
      ...{ px: mid.toFixed(decimals), sz: size(), time },
      hash: `0x${Math.floor(random() * 2 ** 52)
        .toString(16)
        .padStart(64, '0')}`,
      tid: index * 10 + at,
      users: [`0x${'1'.repeat(40)}`, `0x${'2'.repeat(40)}`],
    }))
    return frame('trades', trades)
  })
}

const frame = (channel: string, data: unknown): string => JSON.stringify({ channel, data })
