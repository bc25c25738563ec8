/** Sets of named bits: gates and reasons cost one number a bar, and names only where somebody reads them. */
// Not here: the sets themselves (signal.ts, entry-gates.ts, pyramid.ts, smart-exits.ts).

type Bits = Readonly<Record<string, number>>

const NAMES = new WeakMap<Bits, readonly (readonly [string, number])[]>()

function namesOf(bits: Bits): readonly (readonly [string, number])[] {
  const kept = NAMES.get(bits)
  if (kept) return kept
  const names = Object.entries(bits)
  NAMES.set(bits, names)
  return names
}

/** Name of the first bit that is set, in the order of declaration; '' when none is. */
export function firstBit(bits: Bits, set: number): string {
  if (set === 0) return ''
  for (const [name, bit] of namesOf(bits)) if ((set & bit) !== 0) return name
  return ''
}

/** Names of all bits that are set. */
export const allBits = (bits: Bits, set: number): string[] =>
  namesOf(bits).flatMap(([name, bit]) => ((set & bit) === 0 ? [] : [name]))
