/** Keys of accounts and agents: from a reference to a signer that signs and never shows its key. */
// Not here: reading secrets (config/secrets.ts), what is signed (exchange/client/signing.ts).
import { join } from 'node:path'
import { keccak_256 } from '@noble/hashes/sha3.js'
import secp256k1 from 'secp256k1'
import type { Home } from '#config/home.ts'
import type { Settings } from '#config/schema.ts'
import { generatedKey, readSecret, readSecretFile, SecretError } from '#config/secrets.ts'
import { HoldfastError } from '#domain/errors.ts'
import { createNonceSource, type NonceSource } from '#exchange/client/nonce.ts'

/** Signature as the wire carries it; r and s padded to 32 bytes. */
export interface Signature {
  r: `0x${string}`
  s: `0x${string}`
  v: 27 | 28
}

/** One signing key. The key itself lives only in the closure: nothing that prints or serialises a signer can show it. */
export interface Signer {
  /** 0x + 40 lower-case hex digits. */
  readonly address: string
  readonly nonces: NonceSource
  sign(digest: Uint8Array): Signature
}

/** Who signs for an account: each role has its own agent key, hence its own nonces and its own power to act when the others are gone. */
export const AGENT_ROLES = ['trading', 'watchdog', 'operator'] as const
export type AgentRole = (typeof AGENT_ROLES)[number]

/** @param privateKey 64 hex digits, with or without 0x  @throws SecretError naming `reference`, never the key */
export function createSigner(privateKey: string, reference: string): Signer {
  const hex = privateKey.replace(/^0x/, '')
  const key = new Uint8Array(Buffer.from(hex, 'hex'))
  if (!/^[0-9a-fA-F]{64}$/.test(hex) || !secp256k1.privateKeyVerify(key)) {
    throw new SecretError(reference, 'no private key of 64 hex digits', 'store the key as 64 hex digits')
  }
  return {
    address: addressOf(key),
    nonces: createNonceSource(),
    sign(digest) {
      const { signature, recid } = secp256k1.ecdsaSign(digest, key)
      const hex = Buffer.from(signature.buffer, signature.byteOffset, 64).toString('hex')
      return { r: `0x${hex.slice(0, 64)}`, s: `0x${hex.slice(64)}`, v: recid === 0 ? 27 : 28 }
    },
  }
}

function addressOf(key: Uint8Array): string {
  const point = secp256k1.publicKeyCreate(key, false)
  return `0x${Buffer.from(keccak_256(point.subarray(1)).subarray(12)).toString('hex')}`
}

/** Where the generated keys of an account lie: the master's without a role, the agents' with. */
export const keyFile = (home: Home, account: string, role?: AgentRole): string =>
  join(home.secrets, role === undefined ? `${account}.key` : `${account}.${role}.key`)

type AccountSettings = Settings['accounts'][string]

/** The settings of one account. @throws HoldfastError UNKNOWN_ACCOUNT */
export function accountSettings(settings: Settings, account: string): AccountSettings {
  const found = settings.accounts[account]
  if (found) return found
  throw new HoldfastError(
    `there is no account "${account}"; found ${Object.keys(settings.accounts).join(', ') || 'none'}`,
    {
      code: 'UNKNOWN_ACCOUNT',
      retryable: false,
      hint: 'add it to accounts in the settings file, or correct the name',
    },
  )
}

/** Makes the master key of a paper account on first use. @throws HoldfastError GENERATED_KEY_OFF_PAPER */
export function masterSigner(settings: Settings, home: Home, account: string): Signer {
  paperOnly(settings, account)
  return createSigner(generatedKey(keyFile(home, account)), `generated key of ${account}`)
}

/** Makes the agent key of a paper account on first use. */
export function generatedAgent(settings: Settings, home: Home, account: string, role: AgentRole): Signer {
  paperOnly(settings, account)
  return createSigner(generatedKey(keyFile(home, account, role)), `generated ${role} key of ${account}`)
}

/** The signer of a role. Generated agents must have been provisioned; without its own reference a role signs with the account's key. */
export function agentSigner(settings: Settings, home: Home, account: string, role: AgentRole): Signer {
  const { key, watchdog_key, operator_key } = accountSettings(settings, account)
  if (key === 'generated') {
    paperOnly(settings, account)
    const file = keyFile(home, account, role)
    return createSigner(readSecretFile(file), `generated ${role} key of ${account}`)
  }
  const own = { trading: undefined, watchdog: watchdog_key, operator: operator_key }[role]
  const reference = own ?? key
  return createSigner(readSecret(reference), reference)
}

/** The address whose money moves: the configured master, or the generated one. */
export function masterAddress(settings: Settings, home: Home, account: string): string {
  const { key, address } = accountSettings(settings, account)
  if (address !== undefined) return address.toLowerCase()
  if (key !== 'generated') return createSigner(readSecret(key), key).address
  return createSigner(readSecretFile(keyFile(home, account)), `generated key of ${account}`).address
}

function paperOnly(settings: Settings, account: string): void {
  if (accountSettings(settings, account).key !== 'generated' || settings.exchange.network === 'paper') return
  throw new HoldfastError(
    `account "${account}" has a generated key on network ${settings.exchange.network}`,
    {
      code: 'GENERATED_KEY_OFF_PAPER',
      retryable: false,
      hint: 'give it key file:PATH or env:NAME of an approved agent, and its master address',
    },
  )
}
