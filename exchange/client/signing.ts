/** Signatures as the venue checks them: L1 actions (msgpack, keccak, phantom agent) and user-signed transfers and approvals (EIP-712). */
// Own code instead of a wallet library: a signed order takes about 0.05 ms here, several times that through typed-data generics.
// Source: wire contract §5, checked against recorded vectors of the venue's own SDK (signing.test.ts).
import { Encoder } from '@msgpack/msgpack'
import { keccak256 } from '#exchange/client/keccak.ts'
import type { Signature, Signer } from '#exchange/client/keys.ts'

/** Which letter and chain name a signature carries. Only mainnet signs as mainnet, so that a paper or testnet signature is worth nothing there. */
export type Network = 'paper' | 'testnet' | 'mainnet'

/** An action as it is sent. Key order is part of the signature: build it in the venue's order. */
export type Action = Readonly<Record<string, unknown>> & { readonly type: string }

const encoder = new Encoder({ ignoreUndefined: true })
const utf8 = new TextEncoder()
const keccakText = (text: string): Uint8Array => keccak256(utf8.encode(text))

const AGENT_TYPE = keccakText('Agent(string source,bytes32 connectionId)')
const SOURCE = { mainnet: keccakText('a'), other: keccakText('b') }
const L1_DOMAIN = domainSeparator('Exchange', 1337)

/** Bytes that an L1 signature covers, before keccak: msgpack, nonce, vault, expiry. */
function actionBytes(
  action: Action,
  nonce: number,
  expiresAfter: number | null,
  vault: string | null,
): Uint8Array {
  const packed = encoder.encodeSharedRef(action)
  const size = packed.length + 8 + 1 + (vault === null ? 0 : 20) + (expiresAfter === null ? 0 : 9)
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  bytes.set(packed, 0)
  let at = packed.length
  view.setBigUint64(at, BigInt(nonce))
  at += 8
  bytes[at++] = vault === null ? 0 : 1
  if (vault !== null) {
    bytes.set(hexBytes(vault), at)
    at += 20
  }
  if (expiresAfter !== null) view.setBigUint64(at + 1, BigInt(expiresAfter)) // the byte before stays 0
  return bytes
}

export interface L1Envelope {
  nonce: number
  /** Epoch ms after which the venue refuses the action, or null. */
  expiresAfter: number | null
  vault?: string | null
}

/** Digest of an action, as bytes: the `connectionId` of its phantom agent. */
export const actionHash = (action: Action, { nonce, expiresAfter, vault }: L1Envelope): Uint8Array =>
  keccak256(actionBytes(action, nonce, expiresAfter, vault ?? null))

/** Signs an order, cancel or any other trading action. */
export function signL1(signer: Signer, network: Network, action: Action, envelope: L1Envelope): Signature {
  const struct = new Uint8Array(96)
  struct.set(AGENT_TYPE, 0)
  struct.set(network === 'mainnet' ? SOURCE.mainnet : SOURCE.other, 32)
  struct.set(actionHash(action, envelope), 64)
  return signer.sign(typedDigest(L1_DOMAIN, keccak256(struct)))
}

/** Fields of a user-signed action in signing order, with their EIP-712 types. */
export type UserSignedFields = readonly (readonly [
  'string' | 'address' | 'uint64' | 'bool' | 'bytes32',
  string,
])[]

export const APPROVE_AGENT: UserSignedFields = [
  ['string', 'hyperliquidChain'],
  ['address', 'agentAddress'],
  ['string', 'agentName'],
  ['uint64', 'nonce'],
]

/** Chain id under which user-signed actions are signed; any will do, the venue reads it from the action. */
export const SIGNATURE_CHAIN_ID = '0x66eee'
export const chainName = (network: Network): string => (network === 'mainnet' ? 'Mainnet' : 'Testnet')

/** Signs a transfer or approval. @param primary e.g. `ApproveAgent` @param action must hold every field and `signatureChainId` */
export function signUser(
  signer: Signer,
  primary: string,
  fields: UserSignedFields,
  action: Action,
): Signature {
  const type = `HyperliquidTransaction:${primary}(${fields.map((field) => field.join(' ')).join(',')})`
  const struct = new Uint8Array(32 * (fields.length + 1))
  struct.set(keccakText(type), 0)
  for (const [at, [kind, name]] of fields.entries()) struct.set(typedWord(kind, action[name]), 32 * (at + 1))
  const chainId = Number.parseInt(String(action.signatureChainId), 16)
  const domain = domainSeparator('HyperliquidSignTransaction', chainId)
  return signer.sign(typedDigest(domain, keccak256(struct)))
}

function typedWord(kind: UserSignedFields[number][0], value: unknown): Uint8Array {
  const word = new Uint8Array(32)
  switch (kind) {
    case 'string':
      return keccakText(String(value ?? ''))
    case 'bytes32':
      return hexBytes(String(value))
    case 'address':
      word.set(hexBytes(String(value)), 12)
      return word
    case 'bool':
      word[31] = value === true ? 1 : 0
      return word
    case 'uint64':
      new DataView(word.buffer).setBigUint64(24, BigInt(value as number))
      return word
  }
}

function domainSeparator(name: string, chainId: number): Uint8Array {
  const bytes = new Uint8Array(160) // the last word is the verifying contract, address zero
  bytes.set(
    keccakText('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'),
    0,
  )
  bytes.set(keccakText(name), 32)
  bytes.set(keccakText('1'), 64)
  new DataView(bytes.buffer).setBigUint64(120, BigInt(chainId))
  return keccak256(bytes)
}

function typedDigest(domain: Uint8Array, struct: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(66)
  bytes[0] = 0x19
  bytes[1] = 0x01
  bytes.set(domain, 2)
  bytes.set(struct, 34)
  return keccak256(bytes)
}

const hexBytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replace(/^0x/, ''), 'hex'))
