/** The latest numbers of a series: a new series with every pass, without copying the hundreds that are in it already. */
// Not here: what is read from them (gates.ts, sides.ts).

/** Immutable to whoever reads it: later series share `items`, and only ever write behind `to`. */
export interface Recent {
  readonly items: number[]
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

export const recentOf = (values: readonly number[]): Recent => ({
  items: [...values],
  from: 0,
  to: values.length,
})

export const noneRecent: Recent = recentOf([])

/** How many there are. */
export const countOf = ({ from, to }: Recent): number => to - from

/** The newest; null when there is none. */
export const newest = ({ items, from, to }: Recent): number | null =>
  to > from ? (items[to - 1] as number) : null

/** Oldest first. */
export const valuesOf = ({ items, from, to }: Recent): number[] => items.slice(from, to)

/** The series with `value` as its newest; of those before it, as many as `max` allows. Copies once in `max` passes. */
export function remember(was: Recent, value: number, max: number): Recent {
  const { items, to } = was
  const from = Math.max(was.from, to - max + 1)
  // Somebody went on from here before, or too much lies in front of what still counts: then it is a copy that goes on.
  if (items.length !== to || from > max) return recentOf([...items.slice(from, to), value])
  items.push(value)
  return { items, from, to: to + 1 }
}
