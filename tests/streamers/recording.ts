/** The recorded market as tests count it: read straight from the file, so that nothing of the product stands between. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { sharedData } from '#tests/support/shared-data.ts'

export const REPLAY = 'ws/replay_20250904_35m.jsonl.gz'

export interface RecordedLine {
  channel: 'trades' | 'l2Book' | 'bbo'
  data: unknown
}

export function recordedLines(name: string = REPLAY): RecordedLine[] {
  const bytes = readFileSync(sharedData(name))
  const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RecordedLine)
}

interface RecordedTrade {
  coin: string
  time: number
  tid: number
  side: string
  px: string
  sz: string
}
interface RecordedLevel {
  px: string
  sz: string
}
interface RecordedBook {
  coin: string
  time: number
  levels: [RecordedLevel[], RecordedLevel[]]
}
interface RecordedBbo {
  coin: string
  time: number
  bbo: (RecordedLevel | null)[]
}

/** A decimal without trailing zeros, as the database prints it. */
export const plain = (text: string): string =>
  text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text

const levels = (side: readonly RecordedLevel[]): string =>
  side.map(({ px, sz }) => `${plain(px)}*${plain(sz)}`).join(' ')

/** Every distinct fact of a recording, as one line of text each. */
export interface RecordedFacts {
  trades: Set<string>
  bbo: Set<string>
  l2: Set<string>
}

export function recordedFacts(lines: readonly RecordedLine[]): RecordedFacts {
  const facts: RecordedFacts = { trades: new Set(), bbo: new Set(), l2: new Set() }
  for (const { channel, data } of lines) {
    if (channel === 'trades') {
      for (const trade of data as RecordedTrade[]) facts.trades.add(tradeFact(trade))
    } else if (channel === 'bbo') {
      const { coin, time, bbo } = data as RecordedBbo
      const [bid, ask] = bbo
      facts.bbo.add([coin, time, bid ? levels([bid]) : '', ask ? levels([ask]) : ''].join('|'))
    } else {
      const { coin, time, levels: sides } = data as RecordedBook
      facts.l2.add([coin, time, levels(sides[0]), levels(sides[1])].join('|'))
    }
  }
  return facts
}

export const tradeFact = ({ coin, time, tid, side, px, sz }: RecordedTrade): string =>
  [coin, time, tid, side, plain(px), plain(sz)].join('|')
