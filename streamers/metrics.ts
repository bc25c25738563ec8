/** Figures of the streamers for Prometheus: GET /metrics of the status server. */
// Not here: the server (status-server.ts), the same figures as JSON (main.ts).
import { Gauge, Registry } from 'prom-client'
import type { WriterStats } from '#clickhouse/writer/ports.ts'
import type { Usage } from '#exchange/client/shared-budget.ts'
import type { MarketFeedStatus } from '#streamers/market-feed-port.ts'
import type { KeptCounts } from '#streamers/market-recorder.ts'

/** The figures as they are when somebody asks; GET /status tells the same as JSON. */
export interface Figures {
  market: MarketFeedStatus
  accounts: { text: string; accounts: number; connected: number }
  gaps_open: number
  writer: WriterStats
  kept: KeptCounts
  usage: readonly Usage[]
  /** Requests that stood in for silent streams. */
  fallbacks: number
}

export interface Metrics {
  contentType: string
  text(): Promise<string>
}

const PURPOSES = ['kill', 'orders', 'reconcile', 'collect'] as const

type Add = <Label extends string>(
  name: string,
  help: string,
  labelNames: readonly Label[],
  collect: (set: (labels: Record<Label, string>, value: number) => void, figures: Figures) => void,
) => void

/** @param figures asked for once per metric and visit */
export function createMetrics(figures: () => Figures): Metrics {
  const registry = new Registry()
  const add: Add = (name, help, labelNames, collect) => {
    const gauge = new Gauge({
      ...{ name: `holdfast_${name}`, help, labelNames: [...labelNames], registers: [registry] },
      collect: () => {
        gauge.reset()
        collect((labels, value) => gauge.set(labels, value), figures())
      },
    })
  }
  addFeeds(add)
  addRows(add)
  addBudget(add)
  return { contentType: registry.contentType, text: () => registry.metrics() }
}

function addFeeds(add: Add): void {
  add('feed_sockets', 'sockets that should be connected', ['feed'], (set, { market, accounts }) => {
    set({ feed: 'market' }, market.sockets)
    set({ feed: 'accounts' }, accounts.accounts)
  })
  add('feed_sockets_connected', 'sockets that are acknowledged', ['feed'], (set, { market, accounts }) => {
    set({ feed: 'market' }, market.connected)
    set({ feed: 'accounts' }, accounts.connected)
  })
  add('feed_subscriptions', 'subscriptions of the market feed', ['state'], (set, { market }) => {
    const refused = Object.keys(market.refused).length
    set({ state: 'held' }, market.subscriptions - refused)
    set({ state: 'refused' }, refused)
  })
  add('feed_frames_total', 'frames of the market feed', ['result'], (set, { market }) => {
    set({ result: 'read' }, market.frames - market.faults)
    set({ result: 'refused' }, market.faults)
  })
  add('feed_connects_total', 'connections made', [], (set, { market }) => set({}, market.connects))
  add('feed_silent_ms', 'since the last frame of the market feed', [], (set, { market }) =>
    set({}, market.silentMs),
  )
  add('gaps_open', 'gaps that are open now', [], (set, { gaps_open }) => set({}, gaps_open))
  add('fallback_answers_total', 'requests that stood in for silent streams', [], (set, { fallbacks }) =>
    set({}, fallbacks),
  )
}

function addRows(add: Add): void {
  add('rows_total', 'rows of the writer', ['state'], (set, { writer }) => {
    set({ state: 'written' }, writer.rowsWritten)
    set({ state: 'inserted' }, writer.rowsInserted)
    set({ state: 'quarantined' }, writer.rowsQuarantined)
  })
  add('spool_bytes', 'bytes on disk that wait for ClickHouse', [], (set, { writer }) =>
    set({}, writer.bytesPending),
  )
  add('insert_retries_total', 'inserts that failed and were sent again', [], (set, { writer }) =>
    set({}, writer.retries),
  )
  add(
    'policy_rows_total',
    'rows that a recording policy saw and kept',
    ['table', 'what'],
    (set, { kept }) => {
      for (const [table, counts] of Object.entries(kept)) {
        set({ table, what: 'seen' }, counts.seen)
        set({ table, what: 'kept' }, counts.kept)
      }
    },
  )
}

function addBudget(add: Add): void {
  add('venue_weight_total', 'request weight spent', ['process', 'purpose'], (set, { usage }) => {
    for (const { process, purposes } of usage)
      for (const purpose of PURPOSES) set({ process, purpose }, purposes[purpose].weight)
  })
  add('venue_messages_total', 'messages sent to the venue’s sockets', ['process'], (set, { usage }) => {
    for (const { process, messages } of usage) set({ process }, messages)
  })
  add('venue_weight_left', 'request weight left to a kill, by each count', ['process'], (set, { usage }) => {
    for (const { process, left } of usage) set({ process }, left)
  })
}
