/** Keeps HOME/run/runtime.json true: written soon after every change, and every few seconds for the memory figures. */
import type { StackPlan } from '#cli/supervisor/plan.ts'
import { residentBytes } from '#cli/supervisor/process-table.ts'
import { processStarted } from '#config/process-identity.ts'
import { type RuntimeFile, type RuntimeService, writeRuntime } from '#config/runtime-file.ts'
import type { Clock } from '#domain/time.ts'

const REFRESH_MS = 5_000

export interface RuntimeWriter {
  /** Writes at once what is true now. */
  changed(): void
  /** From here on the file may say that the stack is ready. */
  started(readyMs: number): void
  read(): RuntimeFile
  close(): void
}

export interface RuntimeWriterOptions {
  plan: StackPlan
  clock: Clock
  services(): RuntimeService[]
}

export function createRuntimeWriter({ plan, clock, services }: RuntimeWriterOptions): RuntimeWriter {
  const { facts } = plan
  const startedTs = clock.now()
  const ownStart = processStarted(process.pid) ?? ''
  const closing = new AbortController()
  let readyMs = 0
  const read = (): RuntimeFile => {
    const now = services()
    const isUp = now.every(({ state }) => state === 'ready' || state === 'external')
    return {
      ready: readyMs > 0 && isUp && !closing.signal.aborted,
      ready_ms: readyMs,
      started_ts: startedTs,
      updated_ts: clock.now(),
      supervisor: { pid: process.pid, process_started: ownStart, rss_bytes: residentBytes(process.pid) },
      home: facts.home.root,
      network: plan.network,
      market: plan.market,
      exchange_url: facts.exchangeUrl,
      clickhouse_url: facts.clickhouseUrl,
      temporal_address: facts.temporalAddress,
      temporal_ui_url: facts.temporalUiUrl,
      dashboard_url: now.find(({ name }) => name === 'dashboard')?.url ?? '',
      services: now,
    }
  }
  const changed = () => writeRuntime(facts.home, read())
  void (async () => {
    while (!closing.signal.aborted) {
      await clock.sleep(REFRESH_MS, closing.signal)
      if (!closing.signal.aborted) changed()
    }
  })()
  return {
    changed,
    started: (ms) => {
      readyMs = Math.max(1, Math.round(ms))
      changed()
    },
    read,
    close: () => {
      closing.abort()
      changed()
    },
  }
}
