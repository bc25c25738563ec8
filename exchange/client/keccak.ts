/** Keccak-256 in 64-bit words: the permutation is put together as WebAssembly when this file loads, and takes an eighth of the time of one in 32-bit numbers. */
// Every signature hashes five blocks, which was a third of signing. Source: the Keccak reference, version 3.0, sections 1.2 and 2.1.
// Not here: what is hashed (signing.ts). keccak.test.ts holds it against @noble/hashes, length by length.

/** Bytes of one block. */
const RATE = 136
const LANES = 25
const CONSTANTS = [
  ...[0x1n, 0x8082n, 0x800000000000808an, 0x8000000080008000n, 0x808bn, 0x80000001n],
  ...[0x8000000080008081n, 0x8000000000008009n, 0x8an, 0x88n, 0x80008009n, 0x8000000an, 0x8000808bn],
  ...[0x800000000000008bn, 0x8000000000008089n, 0x8000000000008003n, 0x8000000000008002n],
  ...[0x8000000000000080n, 0x800an, 0x800000008000000an, 0x8000000080008081n, 0x8000000000008080n],
  ...[0x80000001n, 0x8000000080008008n],
]

/** Opcodes of WebAssembly, as far as they are needed. */
const OP = {
  ...{ loop: 0x03, end: 0x0b, branchIf: 0x0d, get: 0x20, set: 0x21, tee: 0x22, load: 0x29, store: 0x37 },
  ...{ i32: 0x41, i64: 0x42, less: 0x49, add: 0x6a, and: 0x83, xor: 0x85, rotate: 0x89 },
} as const

/** Unsigned LEB128. */
const leb = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...leb(Math.floor(value / 128))]
/** The same for constants, whose last byte carries a sign. */
const signed = (value: number): number[] =>
  value < 64 ? [value] : [(value % 128) + 128, ...signed(Math.floor(value / 128))]
const section = (id: number, body: readonly number[]): number[] => [id, ...leb(body.length), ...body]
const name = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)]

/** Locals: 0 = where the round's constant lies; then lanes, the lanes of the next step, and column sums. */
const A = 1
const B = A + LANES
const C = B + LANES
const lane = (x: number, y: number): number => (x % 5) + 5 * (y % 5)
const get = (local: number): number[] => [OP.get, local]
const rotated = (local: number, by: number): number[] => [...get(local), OP.i64, ...signed(by), OP.rotate]
const FIVE = [0, 1, 2, 3, 4] as const

/** One round on the locals, step by step as the reference writes it. */
function round(): number[] {
  const code: number[] = []
  // θ: every lane takes in the two columns beside its own.
  for (const x of FIVE) {
    code.push(...get(A + x))
    for (const y of [1, 2, 3, 4]) code.push(...get(A + lane(x, y)), OP.xor)
    code.push(OP.set, C + x)
  }
  for (const x of FIVE) {
    for (const y of FIVE) {
      const sides = [...get(C + ((x + 4) % 5)), OP.xor, ...rotated(C + ((x + 1) % 5), 1), OP.xor]
      code.push(...get(A + lane(x, y)), ...sides, OP.set, A + lane(x, y))
    }
  }
  // ρ and π: lanes turn by the triangular numbers and change places.
  code.push(...get(A), OP.set, B)
  let [x, y] = [1, 0]
  for (let step = 0; step < LANES - 1; step++) {
    const by = (((step + 1) * (step + 2)) / 2) % 64
    code.push(...rotated(A + lane(x, y), by), OP.set, B + lane(y, 2 * x + 3 * y))
    ;[x, y] = [y, (2 * x + 3 * y) % 5]
  }
  // χ: each lane with the two to its right. There is no "and not": all ones turn the bits round.
  for (const row of FIVE) {
    for (const column of FIVE) {
      const not = [...get(B + lane(column + 1, row)), OP.i64, 0x7f, OP.xor]
      const mixed = [...not, ...get(B + lane(column + 2, row)), OP.and, ...get(B + lane(column, row)), OP.xor]
      code.push(...mixed, OP.set, A + lane(column, row))
    }
  }
  // ι: the round's constant.
  return [...code, ...get(A), ...get(0), OP.load, 3, 0, OP.xor, OP.set, A]
}

/** `permute` works on the first 200 bytes of `memory`; the constants lie behind them. */
function module(): Uint8Array<ArrayBuffer> {
  const every = Array.from({ length: LANES }, (_, at) => at)
  const loads = every.flatMap((at) => [OP.i32, 0, OP.load, 3, ...leb(at * 8), OP.set, A + at])
  const stores = every.flatMap((at) => [OP.i32, 0, ...get(A + at), OP.store, 3, ...leb(at * 8)])
  const [first, last] = [LANES * 8, (LANES + CONSTANTS.length) * 8]
  const next = [...get(0), OP.i32, ...signed(8), OP.add, OP.tee, 0, OP.i32, ...signed(last), OP.less]
  const body = [
    ...[2, 1, 0x7f, 2 * LANES + 5, 0x7e], // one local of 32 bits, the others of 64
    ...[...loads, OP.i32, ...signed(first), OP.set, 0],
    ...[OP.loop, 0x40, ...round(), ...next, OP.branchIf, 0, OP.end],
    ...[...stores, OP.end],
  ]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 0, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('permute'), 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ])
}

const { memory, permute } = new WebAssembly.Instance(new WebAssembly.Module(module())).exports as {
  memory: WebAssembly.Memory
  permute: () => void
}
new BigUint64Array(memory.buffer, LANES * 8, CONSTANTS.length).set(CONSTANTS)
const state = new Uint8Array(memory.buffer, 0, LANES * 8)
const stateWords = new Uint32Array(memory.buffer, 0, RATE / 4)
const block = new Uint8Array(RATE)
const blockWords = new Uint32Array(block.buffer)

function absorb(): void {
  for (let at = 0; at < blockWords.length; at++)
    stateWords[at] = (stateWords[at] as number) ^ (blockWords[at] as number)
  permute()
}

/** Digest of 32 bytes. It is Ethereum's: the padding is not that of the later SHA-3. */
export function keccak256(message: Uint8Array): Uint8Array {
  state.fill(0)
  let at = 0
  for (; message.length - at >= RATE; at += RATE) {
    block.set(message.subarray(at, at + RATE))
    absorb()
  }
  block.fill(0)
  block.set(message.subarray(at))
  block[message.length - at] = 0x01
  block[RATE - 1] = (block[RATE - 1] as number) | 0x80
  absorb()
  return state.slice(0, 32)
}
