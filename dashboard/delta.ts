/** Changes between two states of a topic: the server finds them, the page applies them, so a tick carries only what is new. */
// Not here: when states are taken (dashboard/live-hub.ts).
import type { KeyedRow, TopicState } from '#dashboard/topic-states.ts'

/** Values that changed, rows that are new or changed, keys of rows that are gone. Absent members mean no change. */
export interface Delta {
  values?: Record<string, unknown>
  upsert?: Record<string, KeyedRow[]>
  remove?: Record<string, string[]>
}

export const EMPTY_STATE: TopicState = { values: {}, lists: {} }

/** What turns `before` into `after`; null where nothing changed. Rows are compared as JSON. */
export function diffStates(before: TopicState, after: TopicState): Delta | null {
  const delta: Delta = {}
  for (const [name, value] of Object.entries(after.values)) {
    if (JSON.stringify(before.values[name]) !== JSON.stringify(value)) {
      delta.values = { ...delta.values, [name]: value }
    }
  }
  for (const [name, rows] of Object.entries(after.lists)) {
    const { upsert, remove } = diffRows(before.lists[name] ?? [], rows)
    if (upsert.length > 0) delta.upsert = { ...delta.upsert, [name]: upsert }
    if (remove.length > 0) delta.remove = { ...delta.remove, [name]: remove }
  }
  return Object.keys(delta).length > 0 ? delta : null
}

function diffRows(before: readonly KeyedRow[], after: readonly KeyedRow[]) {
  const known = new Map(before.map((row) => [row.key, JSON.stringify(row)]))
  const upsert = after.filter((row) => known.get(row.key) !== JSON.stringify(row))
  for (const row of after) known.delete(row.key)
  return { upsert, remove: [...known.keys()] }
}

/**
 * The state after a delta. Applying one twice changes nothing more. Changed rows keep their place, new ones come last:
 * whoever shows a list sorts it.
 */
export function applyDelta(state: TopicState, delta: Delta): TopicState {
  const lists: Record<string, readonly KeyedRow[]> = { ...state.lists }
  const touched = new Set([...Object.keys(delta.upsert ?? {}), ...Object.keys(delta.remove ?? {})])
  for (const name of touched) {
    const rows = new Map((lists[name] ?? []).map((row) => [row.key, row]))
    for (const key of delta.remove?.[name] ?? []) rows.delete(key)
    for (const row of delta.upsert?.[name] ?? []) rows.set(row.key, row)
    lists[name] = [...rows.values()]
  }
  return { values: { ...state.values, ...delta.values }, lists }
}
