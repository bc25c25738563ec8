/** Who signed an action: recovers the address from L1 and user-signed signatures. */
// Not here: whether that address may act (agents.ts, actions.ts). Source: wire contract §5.
//
// L1 signatures carry the letter of their chain, "a" or "b", inside the hash, and local clients differ in which they use:
// the caller tries both. Recovery with the wrong letter gives a random address, never an error.
import { Encoder } from '@msgpack/msgpack'
import { keccak_256 } from '@noble/hashes/sha3.js'
import secp256k1 from 'secp256k1'

export interface WireSignature {
  r: string
  s: string
  v: number
}

export type ChainLetter = 'a' | 'b'

const encoder = new Encoder({ ignoreUndefined: true })
const utf8 = new TextEncoder()
const keccakText = (text: string): Uint8Array => keccak_256(utf8.encode(text))

const EIP712_DOMAIN = keccakText(
  'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)',
)
const AGENT_TYPE = keccakText('Agent(string source,bytes32 connectionId)')
const LETTERS: Readonly<Record<ChainLetter, Uint8Array>> = { a: keccakText('a'), b: keccakText('b') }

function word(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32)
  let rest = value
  for (let at = 31; rest > 0n; at--) {
    bytes[at] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return bytes
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

function domainHash(name: string, chainId: bigint): Uint8Array {
  return keccak_256(
    concat([EIP712_DOMAIN, keccakText(name), keccakText('1'), word(chainId), new Uint8Array(32)]),
  )
}

const L1_DOMAIN = domainHash('Exchange', 1337n)
const userDomains = new Map<string, Uint8Array>()
/** Chain ids that are remembered; a flood of odd ones must not fill memory. */
const USER_DOMAINS_MAX = 64

function userDomain(chainId: string): Uint8Array {
  const known = userDomains.get(chainId)
  if (known) return known
  const made = domainHash('HyperliquidSignTransaction', BigInt(chainId))
  if (userDomains.size < USER_DOMAINS_MAX) userDomains.set(chainId, made)
  return made
}

function digest(domain: Uint8Array, struct: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(66)
  bytes[0] = 0x19
  bytes[1] = 0x01
  bytes.set(domain, 2)
  bytes.set(struct, 34)
  return keccak_256(bytes)
}

export function hexToBytes(hex: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  const digits = hex.slice(2).padStart(length * 2, '0')
  for (let at = 0; at < length; at++) bytes[at] = Number.parseInt(digits.slice(at * 2, at * 2 + 2), 16)
  return bytes
}

/** Address behind a signature, lower-case; null when no key can have made it. */
function recover(hash: Uint8Array, signature: WireSignature): string | null {
  const recovery = signature.v === 27 || signature.v === 28 ? signature.v - 27 : signature.v
  if (recovery !== 0 && recovery !== 1) return null
  const both = new Uint8Array(64)
  both.set(hexToBytes(signature.r, 32), 0)
  both.set(hexToBytes(signature.s, 32), 32)
  try {
    const key = secp256k1.ecdsaRecover(both, recovery, hash, false)
    const address = keccak_256(key.subarray(1))
    return `0x${Buffer.from(address.buffer, address.byteOffset + 12, 20).toString('hex')}`
  } catch {
    return null // r or s outside of the curve's order
  }
}

/** What an L1 signature is over, besides the action. */
export interface L1Context {
  nonce: number
  vaultAddress: string | null
  expiresAfter: number | null
}

/** keccak(msgpack(action) + nonce + vault + expiry), keys in the order received. @throws Error when the action is nested too deeply */
export function actionHash(action: unknown, context: L1Context): Uint8Array {
  const packed = encoder.encode(action)
  const bytes = new Uint8Array(
    packed.length + 8 + (context.vaultAddress === null ? 1 : 21) + (context.expiresAfter === null ? 0 : 9),
  )
  const view = new DataView(bytes.buffer)
  bytes.set(packed, 0)
  let at = packed.length
  view.setBigUint64(at, BigInt(context.nonce))
  at += 8
  if (context.vaultAddress !== null) {
    bytes[at] = 1
    bytes.set(hexToBytes(context.vaultAddress, 20), at + 1)
    at += 21
  } else at += 1
  if (context.expiresAfter !== null) view.setBigUint64(at + 1, BigInt(context.expiresAfter))
  return keccak_256(bytes)
}

/** Signer of an L1 action whose hash is known, under one chain letter. */
export function recoverL1(
  connectionId: Uint8Array,
  letter: ChainLetter,
  signature: WireSignature,
): string | null {
  return recover(
    digest(L1_DOMAIN, keccak_256(concat([AGENT_TYPE, LETTERS[letter], connectionId]))),
    signature,
  )
}

type FieldType = 'string' | 'address' | 'uint64' | 'bool'
type Fields = readonly (readonly [FieldType, string])[]

const CHAIN: readonly [FieldType, string] = ['string', 'hyperliquidChain']
const NONCE: readonly [FieldType, string] = ['uint64', 'nonce']

/** Primary types and fields of user-signed actions by action type. Source: the Python SDK's signing module. */
const USER_SIGNED: Readonly<Record<string, { primary: string; fields: Fields }>> = {
  usdSend: {
    primary: 'UsdSend',
    fields: [CHAIN, ['string', 'destination'], ['string', 'amount'], ['uint64', 'time']],
  },
  spotSend: {
    primary: 'SpotSend',
    fields: [CHAIN, ['string', 'destination'], ['string', 'token'], ['string', 'amount'], ['uint64', 'time']],
  },
  withdraw3: {
    primary: 'Withdraw',
    fields: [CHAIN, ['string', 'destination'], ['string', 'amount'], ['uint64', 'time']],
  },
  usdClassTransfer: {
    primary: 'UsdClassTransfer',
    fields: [CHAIN, ['string', 'amount'], ['bool', 'toPerp'], NONCE],
  },
  sendAsset: {
    primary: 'SendAsset',
    fields: [
      CHAIN,
      ['string', 'destination'],
      ['string', 'sourceDex'],
      ['string', 'destinationDex'],
      ['string', 'token'],
      ['string', 'amount'],
      ['string', 'fromSubAccount'],
      NONCE,
    ],
  },
  approveAgent: {
    primary: 'ApproveAgent',
    fields: [CHAIN, ['address', 'agentAddress'], ['string', 'agentName'], NONCE],
  },
  approveBuilderFee: {
    primary: 'ApproveBuilderFee',
    fields: [CHAIN, ['string', 'maxFeeRate'], ['address', 'builder'], NONCE],
  },
  tokenDelegate: {
    primary: 'TokenDelegate',
    fields: [CHAIN, ['address', 'validator'], ['uint64', 'wei'], ['bool', 'isUndelegate'], NONCE],
  },
  convertToMultiSigUser: { primary: 'ConvertToMultiSigUser', fields: [CHAIN, ['string', 'signers'], NONCE] },
  userDexAbstraction: {
    primary: 'UserDexAbstraction',
    fields: [CHAIN, ['address', 'user'], ['bool', 'enabled'], NONCE],
  },
  userSetAbstraction: {
    primary: 'UserSetAbstraction',
    fields: [CHAIN, ['address', 'user'], ['string', 'abstraction'], NONCE],
  },
}

const typeHashes = new Map(
  Object.entries(USER_SIGNED).map(([type, { primary, fields }]) => [
    type,
    keccakText(
      `HyperliquidTransaction:${primary}(${fields.map(([kind, name]) => `${kind} ${name}`).join(',')})`,
    ),
  ]),
)

/** True for actions that are signed by the user's own wallet instead of as an L1 action. */
export const isUserSigned = (type: string): boolean => Object.hasOwn(USER_SIGNED, type)

function encodeField(kind: FieldType, value: unknown): Uint8Array {
  switch (kind) {
    case 'string':
      return keccakText(String(value ?? ''))
    case 'bool':
      return word(value === true ? 1n : 0n)
    case 'address': {
      const bytes = new Uint8Array(32)
      bytes.set(hexToBytes(String(value).toLowerCase(), 20), 12)
      return bytes
    }
    case 'uint64':
      return word(BigInt(value as number) & 0xffff_ffff_ffff_ffffn)
  }
}

/** Signer of a user-signed action; an absent agentName counts as empty. Null when the signature or a field is unusable. */
export function recoverUserSigned(
  action: Readonly<Record<string, unknown>> & { type: string },
  signature: WireSignature,
): string | null {
  const shape = USER_SIGNED[action.type]
  const typeHash = typeHashes.get(action.type)
  if (!shape || !typeHash) return null
  try {
    const parts = shape.fields.map(([kind, name]) => encodeField(kind, action[name]))
    return recover(
      digest(userDomain(String(action.signatureChainId)), keccak_256(concat([typeHash, ...parts]))),
      signature,
    )
  } catch {
    return null // a number that is no integer, a chain id that is no hex
  }
}
