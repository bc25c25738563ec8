/** Sub-accounts: accounts without a key of their own, that their master acts for. */
import { keccak_256 } from '@noble/hashes/sha3.js'

export interface SubAccount {
  address: string
  master: string
  name: string
}

/** Sub-accounts of one master. Source: venue docs, "Sub-accounts". */
export const SUB_ACCOUNTS_MAX = 10

export class SubAccounts {
  readonly #byAddress = new Map<string, SubAccount>()

  masterOf(address: string): string | null {
    return this.#byAddress.get(address)?.master ?? null
  }

  of(master: string): SubAccount[] {
    return [...this.#byAddress.values()].filter((sub) => sub.master === master)
  }

  /** The sub-account a master would get next; its address follows from master and count. @returns the venue's text when it may not */
  next(master: string, name: string): SubAccount | string {
    const mine = this.of(master)
    if (mine.length >= SUB_ACCOUNTS_MAX) return 'Too many sub-accounts.'
    if (mine.some((sub) => sub.name === name)) return 'Sub-account name already used.'
    const digest = keccak_256(new TextEncoder().encode(`sub-account ${master} ${mine.length}`))
    return { address: `0x${Buffer.from(digest.subarray(12)).toString('hex')}`, master, name }
  }

  /** Applies a stored or new one. */
  add(sub: SubAccount): void {
    this.#byAddress.set(sub.address, sub)
  }
}
