/** Keys come from references, stay in their closure, and are refused where they could leak. */
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createHome, type Home, homeAt } from '#config/home.ts'
import { Settings } from '#config/schema.ts'
import { readSecret } from '#config/secrets.ts'
import { describeError } from '#domain/errors.ts'
import { agentSigner, createSigner, generatedAgent, keyFile, masterAddress, masterSigner } from './keys.ts'
import { createNonceSource } from './nonce.ts'

let home: Home
beforeEach(() => {
  home = homeAt(mkdtempSync(join(tmpdir(), 'keys-')))
  createHome(home)
})
afterEach(() => rmSync(home.root, { recursive: true, force: true }))

const KEY = '0123456789012345678901234567890123456789012345678901234567890123'
const settings = (accounts: unknown, network = 'paper'): Settings =>
  Settings.parse({ exchange: { network }, accounts })
const paper = settings({ a: {} })

test('the address is that of the key', () => {
  expect(createSigner(`0x${KEY}`, 'test').address).toBe('0x14791697260e4c9a71f18484c9f997b308e59325')
})

test('a generated key is made once, 0600, and read back the same', () => {
  const first = masterSigner(paper, home, 'a')
  expect(masterSigner(paper, home, 'a').address).toBe(first.address)
  expect(statSync(keyFile(home, 'a')).mode & 0o777).toBe(0o600)
  expect(masterAddress(paper, home, 'a')).toBe(first.address)
})

test('each role signs with a key of its own', () => {
  const roles = ['trading', 'watchdog', 'operator'] as const
  const master = masterSigner(paper, home, 'a').address
  for (const role of roles) generatedAgent(paper, home, 'a', role)
  const addresses = roles.map((role) => agentSigner(paper, home, 'a', role).address)
  expect(new Set([...addresses, master]).size).toBe(4)
})

test('an agent that was never provisioned is named with what to do', () => {
  expect(() => agentSigner(paper, home, 'a', 'trading')).toThrow(/the file is absent/)
})

test('generated keys are for paper only', () => {
  expect(() => masterSigner(settings({ a: {} }, 'mainnet'), home, 'a')).toThrow(/network mainnet/)
})

test('an unknown account is refused with the known ones', () => {
  expect(() => masterSigner(paper, home, 'b')).toThrow('there is no account "b"; found a')
})

test('a file reference works at 0600 and is refused when others may read it', () => {
  const file = join(home.root, 'agent.key')
  writeFileSync(file, KEY, { mode: 0o600 })
  const live = settings({ a: { key: `file:${file}`, address: `0x${'AB'.repeat(20)}` } }, 'mainnet')
  expect(agentSigner(live, home, 'a', 'trading').address).toBe('0x14791697260e4c9a71f18484c9f997b308e59325')
  expect(masterAddress(live, home, 'a')).toBe(`0x${'ab'.repeat(20)}`)
  chmodSync(file, 0o640)
  expect(() => agentSigner(live, home, 'a', 'trading')).toThrow(/mode 640/)
})

test('a role may have its own reference and else signs with the account key', () => {
  const file = join(home.root, 'watchdog.key')
  writeFileSync(file, '02'.repeat(32), { mode: 0o600 })
  const own = join(home.root, 'agent.key')
  writeFileSync(own, KEY, { mode: 0o600 })
  const live = settings({ a: { key: `file:${own}`, watchdog_key: `file:${file}` } }, 'testnet')
  expect(agentSigner(live, home, 'a', 'watchdog').address).not.toBe(
    agentSigner(live, home, 'a', 'trading').address,
  )
  expect(agentSigner(live, home, 'a', 'operator').address).toBe(
    agentSigner(live, home, 'a', 'trading').address,
  )
})

test('an env reference reads the variable, and its absence names it', () => {
  expect(readSecret('env:AGENT_KEY', { AGENT_KEY: ` ${KEY} ` })).toBe(KEY)
  expect(() => readSecret('env:AGENT_KEY', {})).toThrow('secret env:AGENT_KEY: the variable is not set')
})

test.each([
  ['not hex', 'zz'.repeat(32)],
  ['too short', KEY.slice(2)],
  ['zero', '0'.repeat(64)],
])('a key that is %s is refused without being repeated', (_what, key) => {
  try {
    createSigner(key, 'file:agent.key')
    expect.unreachable()
  } catch (error) {
    expect(describeError(error)).not.toContain(key)
    expect(describeError(error)).toContain('file:agent.key')
  }
})

test('nothing that prints a signer shows its key', () => {
  const signer = createSigner(KEY, 'test')
  const shown = JSON.stringify(signer) + inspect(signer, { depth: 9, showHidden: true }) + String(signer)
  expect(shown).not.toContain(KEY.slice(0, 16))
})

test('nonces strictly increase whatever the clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 41 }), { minLength: 2 }), (times) => {
      const source = createNonceSource()
      const nonces = times.map((at) => source.next(at))
      for (const [at, nonce] of nonces.entries()) {
        expect(nonce).toBeGreaterThan(at === 0 ? -1 : (nonces[at - 1] ?? 0))
        expect(nonce).toBeGreaterThanOrEqual(times[at] ?? 0)
      }
    }),
  )
})
