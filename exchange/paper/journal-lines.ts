/** Engine records → journal lines: results, never requests, so that rebuilding needs no market data. */
// Not here: files (journal.ts), reading back (restore-accounts.ts).
import type { EngineState } from '#exchange/paper/engine/state.ts'
import type { CoinSpec, EngineRecord } from '#exchange/paper/engine/types.ts'
import type { JournalLine } from '#exchange/paper/journal.ts'

const coinName = (state: EngineState, asset: number): string => (state.specs[asset] as CoinSpec).name

/** Lines of a batch of records; the last one gets the counters that ids come from. */
export function journalLines(state: EngineState, records: readonly EngineRecord[]): JournalLine[] {
  const lines = records.map((record) => lineOf(state, record))
  const last = lines.at(-1)
  if (last) lines[lines.length - 1] = { ...last, sequence: state.sequence }
  return lines
}

function lineOf(state: EngineState, record: EngineRecord): JournalLine {
  switch (record.kind) {
    case 'order':
      return orderLine(state, record)
    case 'fill':
      return { kind: 'fill', coin: coinName(state, record.fill.asset), ...record.fill }
    case 'funding':
      return { kind: 'funding', coin: coinName(state, record.payment.asset), ...record.payment }
    case 'ledger':
      return { kind: 'ledger', ...record.update }
    case 'twap':
      return {
        kind: 'twap',
        coin: coinName(state, record.twap.asset),
        ...record.twap,
        ts: record.ts,
        startedTs: record.twap.ts,
      }
    case 'leverage':
    case 'isolated':
      return { ...record, coin: coinName(state, record.asset) }
    default:
      return { ...record }
  }
}

function orderLine(state: EngineState, record: Extract<EngineRecord, { kind: 'order' }>): JournalLine {
  const { order, status, sz, ts, first } = record
  const common = {
    kind: 'order',
    status,
    oid: order.oid,
    cloid: order.cloid,
    user: order.user,
    coin: coinName(state, order.asset),
    sz,
    ts,
  }
  if (!first) return { ...common, px: order.px }
  const {
    asset,
    isBuy,
    px,
    origSz,
    reduceOnly,
    tif,
    trigger,
    isPositionTpsl,
    parent,
    family,
    twapId,
    builder,
  } = order
  return {
    ...common,
    first: 1,
    asset,
    isBuy,
    px,
    origSz,
    reduceOnly,
    tif,
    trigger,
    isPositionTpsl,
    parent,
    family,
    twapId,
    builder,
  }
}
