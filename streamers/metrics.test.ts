/** The figures of a feed in the words of Prometheus. */
import { expect, test } from 'vitest'
import { PRESETS } from '#domain/market/recording-policy.ts'
import { createMetrics, type Figures } from '#streamers/metrics.ts'

const tally = Object.fromEntries(Object.keys(PRESETS.full).map((table) => [table, { seen: 0, kept: 0 }]))
const none = { requests: 0, weight: 0, refused: 0, throttled: 0 }
const figures: Figures = {
  market: {
    ...{ text: '4/5 connected', sockets: 5, connected: 4, subscriptions: 100, refused: { x: 'no' } },
    ...{ frames: 50, events: 60, faults: 2, faultsByKind: {}, connects: 7, silentMs: 12 },
  },
  accounts: { text: '1/1 connected', accounts: 1, connected: 1 },
  gaps_open: 3,
  writer: {
    ...{
      rowsWritten: 10,
      rowsInserted: 8,
      rowsQuarantined: 1,
      batchesInserted: 1,
      retries: 4,
      batchesPending: 1,
    },
    ...{ bytesPending: 99, full: false, lastError: '' },
  },
  kept: { ...tally, trades: { seen: 9, kept: 5 } } as Figures['kept'],
  usage: [
    {
      ...{
        process: 'streamers',
        started_ts: 1,
        ts: 2,
        venue: 'x',
        left: 800,
        exhausted_ts: 0,
        exhausted_until_ts: 0,
        messages: 7,
        messages_left: 1_993,
      },
      purposes: { kill: none, orders: none, reconcile: none, collect: { ...none, weight: 40 } },
    },
  ],
  fallbacks: 6,
}

test('sockets, gaps, rows, policies and budget are told, each visit anew', async () => {
  let now = figures
  const { text } = createMetrics(() => now)
  expect((await text()).split('\n')).toEqual(
    expect.arrayContaining([
      'holdfast_feed_sockets{feed="market"} 5',
      'holdfast_feed_sockets_connected{feed="market"} 4',
      'holdfast_feed_subscriptions{state="held"} 99',
      'holdfast_feed_frames_total{result="refused"} 2',
      'holdfast_gaps_open 3',
      'holdfast_spool_bytes 99',
      'holdfast_policy_rows_total{table="trades",what="kept"} 5',
      'holdfast_venue_weight_total{process="streamers",purpose="collect"} 40',
      'holdfast_venue_weight_left{process="streamers"} 800',
      'holdfast_venue_messages_total{process="streamers"} 7',
      'holdfast_fallback_answers_total 6',
    ]),
  )
  now = { ...figures, gaps_open: 0, usage: [] }
  const later = await text()
  expect(later).toContain('holdfast_gaps_open 0')
  expect(later).not.toContain('venue_weight_left{')
})
