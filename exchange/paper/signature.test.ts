/** Signatures are checked against the recorded vectors of the venue's own Python SDK. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { actionHash, recoverL1, recoverUserSigned } from '#exchange/paper/signature.ts'
import { missingData, sharedData } from '#tests/support/shared-data.ts'

const FILE = 'signing/sdk_signing_vectors.json'
/** Address of the key 0x0123…0123 that the SDK's tests sign with. */
const SIGNER = '0x14791697260e4c9a71f18484c9f997b308e59325'

interface Vectors {
  action_hash: {
    action: unknown
    vault_address: string | null
    nonce: number
    expires_after: number | null
    hash_hex: string
  }[]
  l1_signatures: {
    action: unknown
    vault_address: string | null
    nonce: number
    expires_after: number | null
    is_mainnet: boolean
    r: string
    s: string
    v: number
  }[]
  user_signed_signatures: {
    action: Record<string, unknown> & { type: string }
    is_mainnet: boolean
    r: string
    s: string
    v: number
  }[]
}

const missing = missingData(FILE)
describe.skipIf(missing !== null)('signing vectors of the Python SDK', () => {
  const vectors = (missing === null ? JSON.parse(readFileSync(sharedData(FILE), 'utf8')) : {}) as Vectors
  const context = (vector: {
    nonce: number
    vault_address: string | null
    expires_after: number | null
  }) => ({
    nonce: vector.nonce,
    vaultAddress: vector.vault_address,
    expiresAfter: vector.expires_after,
  })

  test('all 29 action hashes agree', () => {
    expect(vectors.action_hash).toHaveLength(29)
    for (const vector of vectors.action_hash) {
      expect(`0x${Buffer.from(actionHash(vector.action, context(vector))).toString('hex')}`).toBe(
        vector.hash_hex,
      )
    }
  })

  test('all 37 L1 signatures lead to their signer under their own letter, and to somebody else under the other', () => {
    expect(vectors.l1_signatures).toHaveLength(37)
    for (const vector of vectors.l1_signatures) {
      const hash = actionHash(vector.action, context(vector))
      expect(recoverL1(hash, vector.is_mainnet ? 'a' : 'b', vector)).toBe(SIGNER)
      expect(recoverL1(hash, vector.is_mainnet ? 'b' : 'a', vector)).not.toBe(SIGNER)
    }
  })

  test('all 22 user-signed signatures lead to their signer, and a changed amount to somebody else', () => {
    expect(vectors.user_signed_signatures).toHaveLength(22)
    for (const vector of vectors.user_signed_signatures) {
      const action = {
        ...vector.action,
        signatureChainId: '0x66eee',
        hyperliquidChain: vector.is_mainnet ? 'Mainnet' : 'Testnet',
      }
      expect(recoverUserSigned(action, vector), vector.action.type).toBe(SIGNER)
      if ('amount' in action) expect(recoverUserSigned({ ...action, amount: '999' }, vector)).not.toBe(SIGNER)
    }
  })

  test('a signature without a usable v or with r beyond the curve recovers nobody', () => {
    const [vector] = vectors.l1_signatures as [Vectors['l1_signatures'][number]]
    const hash = actionHash(vector.action, context(vector))
    expect(recoverL1(hash, 'a', { ...vector, v: 29 })).toBeNull()
    expect(recoverL1(hash, 'a', { ...vector, r: `0x${'f'.repeat(64)}` })).toBeNull()
  })
})
