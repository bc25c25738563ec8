/** Keccak-256, Ethereum's hash, of what is signed: five blocks a signature, which in 32-bit numbers would be a third of signing. */
// Not here: what is hashed (signing.ts). keccak.test.ts holds the library against @noble/hashes, length by length.
import { createKeccak } from 'hash-wasm'

const hasher = await createKeccak(256)

/** Digest of 32 bytes. Its padding is not that of the later SHA-3. */
export const keccak256 = (message: Uint8Array): Uint8Array => hasher.init().update(message).digest('binary')
