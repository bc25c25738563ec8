/** Signatures equal those of the venue's own SDK, byte for byte. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { missingData, sharedData } from '#tests/support/shared-data.ts'
import { createSigner, type Signature } from './keys.ts'
import {
  type Action,
  APPROVE_AGENT,
  actionHash,
  chainName,
  signL1,
  signUser,
  type UserSignedFields,
} from './signing.ts'

const FILE = 'signing/sdk_signing_vectors.json'
const missing = missingData(FILE)

interface Vectors {
  action_hash: {
    action: Action
    vault_address: string | null
    nonce: number
    expires_after: number | null
    hash_hex: string
  }[]
  l1_signatures: (Vectors['action_hash'][number] & { is_mainnet: boolean; r: string; s: string; v: number })[]
  user_signed_signatures: {
    primary_type: string
    action: Action
    is_mainnet: boolean
    r: string
    s: string
    v: number
  }[]
}
const vectors = (missing === null ? JSON.parse(readFileSync(sharedData(FILE), 'utf8')) : {}) as Vectors

/** The key of the SDK's own tests. */
const signer = createSigner('0x0123456789012345678901234567890123456789012345678901234567890123', 'test')
const padded = (hex: string): string => `0x${hex.slice(2).padStart(64, '0')}`
const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`
const expected = ({ r, s, v }: { r: string; s: string; v: number }) => ({ r: padded(r), s: padded(s), v })

test.skipIf(missing)('all 29 recorded action hashes are reproduced', () => {
  expect(vectors.action_hash).toHaveLength(29)
  for (const { action, nonce, expires_after, vault_address, hash_hex } of vectors.action_hash) {
    const envelope = { nonce, expiresAfter: expires_after, vault: vault_address }
    expect(hex(actionHash(action, envelope)), JSON.stringify(action)).toBe(hash_hex)
  }
})

test.skipIf(missing)('all 37 recorded L1 signatures are reproduced', () => {
  expect(vectors.l1_signatures).toHaveLength(37)
  for (const vector of vectors.l1_signatures) {
    const { action, nonce, expires_after, vault_address, is_mainnet } = vector
    const envelope = { nonce, expiresAfter: expires_after, vault: vault_address }
    const signed = signL1(signer, is_mainnet ? 'mainnet' : 'testnet', action, envelope)
    expect(signed, JSON.stringify(action)).toEqual(expected(vector))
  }
})

/** EIP-712 fields of every user-signed type among the vectors; the product itself signs ApproveAgent only. */
const CHAIN = ['string', 'hyperliquidChain'] as const
const FIELDS: Readonly<Record<string, UserSignedFields>> = {
  UsdSend: [CHAIN, ['string', 'destination'], ['string', 'amount'], ['uint64', 'time']],
  SpotSend: [CHAIN, ['string', 'destination'], ['string', 'token'], ['string', 'amount'], ['uint64', 'time']],
  Withdraw: [CHAIN, ['string', 'destination'], ['string', 'amount'], ['uint64', 'time']],
  UsdClassTransfer: [CHAIN, ['string', 'amount'], ['bool', 'toPerp'], ['uint64', 'nonce']],
  ApproveAgent: APPROVE_AGENT,
  ApproveBuilderFee: [CHAIN, ['string', 'maxFeeRate'], ['address', 'builder'], ['uint64', 'nonce']],
}

test.skipIf(missing)('recorded user-signed signatures are reproduced', () => {
  let compared = 0
  for (const vector of vectors.user_signed_signatures) {
    const fields = FIELDS[vector.primary_type]
    if (!fields) continue
    const network = vector.is_mainnet ? 'mainnet' : 'testnet'
    const action = { ...vector.action, signatureChainId: '0x66eee', hyperliquidChain: chainName(network) }
    const signed: Signature = signUser(signer, vector.primary_type, fields, action)
    expect(signed, JSON.stringify(vector.action)).toEqual(expected(vector))
    compared++
  }
  expect(compared).toBeGreaterThanOrEqual(10)
})

test('a paper signature is no mainnet signature', () => {
  const action = { type: 'noop' }
  const envelope = { nonce: 1, expiresAfter: null }
  expect(signL1(signer, 'paper', action, envelope)).toEqual(signL1(signer, 'testnet', action, envelope))
  expect(signL1(signer, 'paper', action, envelope)).not.toEqual(signL1(signer, 'mainnet', action, envelope))
})

test('absent optional fields leave the hash as if they were never named', () => {
  const envelope = { nonce: 1, expiresAfter: 5 }
  expect(hex(actionHash({ type: 'order', c: undefined }, envelope))).toBe(
    hex(actionHash({ type: 'order' }, envelope)),
  )
})
