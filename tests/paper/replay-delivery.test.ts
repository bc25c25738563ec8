/** A replayed recording reaches a subscriber frame by frame: all of them, once, in order, at any speed. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { systemClock } from '#config/clock.ts'
import { createReplaySource } from '#exchange/paper/sources/replay.ts'
import { startPaper, TOKEN } from '#tests/paper/support/paper.ts'
import { missingData, sharedData } from '#tests/support/shared-data.ts'
import { waitUntil } from '#tests/support/wait-until.ts'

const CHANNELS = ['l2Book', 'bbo', 'trades'] as const

/** What of a frame must arrive unchanged, as one comparable text. */
function essence(channel: string, data: unknown): string {
  const level = (one: { px: string; sz: string } | null) => (one ? `${one.px}x${one.sz}` : '-')
  if (channel === 'trades') {
    return (data as { coin: string; px: string; sz: string; side: string; time: number; tid: number }[])
      .map(({ coin, px, sz, side, time, tid }) => [coin, px, sz, side, time, tid].join(' '))
      .join('\n')
  }
  if (channel === 'bbo') {
    const { coin, time, bbo } = data as {
      coin: string
      time: number
      bbo: ({ px: string; sz: string } | null)[]
    }
    return `${coin} ${time} ${bbo.map(level).join(' ')}`
  }
  const { coin, time, levels } = data as {
    coin: string
    time: number
    levels: { px: string; sz: string }[][]
  }
  return `${coin} ${time} ${levels.map((side) => side.map(level).join(' ')).join(' | ')}`
}

interface Recording {
  frames: Record<string, string[]>
  coins: Set<string>
}

async function readFile(file: string): Promise<Recording> {
  const raw = createReadStream(file)
  const found: Recording = { frames: { l2Book: [], bbo: [], trades: [] }, coins: new Set() }
  for await (const line of createInterface({
    input: file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw,
  })) {
    const { channel, data } = JSON.parse(line)
    if (!found.frames[channel] || (channel === 'trades' && data.length === 0)) continue
    found.frames[channel].push(essence(channel, data))
    found.coins.add(channel === 'trades' ? data[0].coin : data.coin)
  }
  return found
}

test.for([
  { name: 'ws/replay_20250904_35m.jsonl.gz', derivesBbo: false },
  { name: 'ws/frames_20260722_5m.jsonl', derivesBbo: true },
])(
  '$name: every recorded frame arrives once and in order at 10,000 × speed',
  async ({ name, derivesBbo }, { skip }) => {
    const missing = missingData(name)
    if (missing) return skip(missing)
    const file = sharedData(name)
    const recorded = await readFile(file)
    const paper = await startPaper({
      source: () => createReplaySource({ file, speed: 10_000, clock: systemClock }),
      hold: true,
    })
    const got: Record<string, string[]> = { l2Book: [], bbo: [], trades: [] }
    let acknowledged = 0
    const socket = new WebSocket(`${paper.url.replace('http', 'ws')}/ws`)
    socket.on('open', () => {
      for (const coin of recorded.coins) {
        for (const type of CHANNELS)
          socket.send(JSON.stringify({ method: 'subscribe', subscription: { type, coin } }))
      }
    })
    socket.on('message', (raw) => {
      const { channel, data } = JSON.parse(String(raw))
      if (channel === 'subscriptionResponse') acknowledged++
      got[channel]?.push(essence(channel, data))
    })
    await waitUntil('subscriptions', () => acknowledged === recorded.coins.size * CHANNELS.length, 10_000)
    const release = await fetch(`${paper.url}/admin/market/start`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${TOKEN}` },
    })
    expect(await release.json()).toEqual({ started: true })
    const total = Object.values(recorded.frames).reduce((sum, frames) => sum + frames.length, 0)
    await waitUntil('the end of the recording', () => paper.status().state === 'done', 100_000)
    expect(paper.status()).toMatchObject({ events: total, events_total: total })
    await waitUntil('the last frame', () => got.trades?.length === recorded.frames.trades?.length, 20_000)
    await waitUntil('the last book', () => got.l2Book?.length === recorded.frames.l2Book?.length, 20_000)
    // One by one: a diff of tens of thousands of long lines would say nothing.
    for (const channel of derivesBbo ? (['l2Book', 'trades'] as const) : CHANNELS) {
      const [want, have] = [recorded.frames[channel] ?? [], got[channel] ?? []]
      expect(have.length).toBe(want.length)
      expect(want.findIndex((frame, at) => frame !== have[at])).toBe(-1)
    }
    if (derivesBbo) expect(got.bbo?.length).toBeGreaterThan(100)
    socket.terminate()
    await paper.close()
  },
)
