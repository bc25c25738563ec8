/** Nonces per signer: unused, above the smallest of the 100 highest, within the venue's window around now. */
// Source: wire contract §5 "Nonces".
import type { EpochMs } from '#domain/time.ts'

export const NONCE_RULES = { kept: 100, pastMs: 2 * 86_400_000, futureMs: 86_400_000 } as const

/** Sorted ascending, at most 100. */
type Kept = number[]

export interface Nonces {
  /** @returns null when it may be used, else the venue's text. Does not use it. */
  fault(signer: string, nonce: number, now: EpochMs): string | null
  use(signer: string, nonce: number): void
}

function indexOf(kept: Kept, nonce: number): number {
  let low = 0
  let high = kept.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((kept[middle] as number) < nonce) low = middle + 1
    else high = middle
  }
  return low
}

export function createNonces(): Nonces {
  const signers = new Map<string, Kept>()
  return {
    fault: (signer, nonce, now) => {
      if (nonce <= now - NONCE_RULES.pastMs)
        return `Invalid nonce: nonce too low ${nonce} < ${now - NONCE_RULES.pastMs}`
      if (nonce >= now + NONCE_RULES.futureMs)
        return `Invalid nonce: nonce too high ${nonce} > ${now + NONCE_RULES.futureMs}`
      const kept = signers.get(signer)
      if (!kept) return null
      if (kept[indexOf(kept, nonce)] === nonce) return `Invalid nonce: duplicate nonce ${nonce}`
      const lowest = kept[0] as number
      return kept.length >= NONCE_RULES.kept && nonce < lowest
        ? `Invalid nonce: nonce too low ${nonce} < ${lowest}`
        : null
    },
    use: (signer, nonce) => {
      const kept = signers.get(signer)
      if (!kept) {
        signers.set(signer, [nonce])
        return
      }
      const at = indexOf(kept, nonce)
      if (kept[at] === nonce) return
      kept.splice(at, 0, nonce)
      if (kept.length > NONCE_RULES.kept) kept.shift()
    },
  }
}
