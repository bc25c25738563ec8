/** Money movements as the venue wrote them, signed from the side of the account that asks. */
import { expect, test } from 'vitest'
import { MalformedFrameError } from '#exchange/wire/errors.ts'
import { readLedgerUpdate, readLedgerUpdates } from '#exchange/wire/ledger.ts'
import { parseFrame } from '#exchange/wire/parse-frame.ts'

const US = `0x${'a'.repeat(40)}`
const THEM = `0x${'b'.repeat(40)}`
const HASH = `0x${'1'.repeat(64)}`
const place = { path: '[0]', user: US, account: 'main', receivedTs: 9 }
const read = (delta: Record<string, unknown>) =>
  readLedgerUpdate({ time: 1_731_999_196_516, hash: HASH, delta }, place)

test.each([
  [{ type: 'deposit', usdc: '2703997.4500000002' }, '2703997.45', '2703997.45'],
  [{ type: 'withdraw', usdc: '9.0', nonce: 1, fee: '1.0' }, '-10', '9'],
  [{ type: 'accountClassTransfer', usdc: '12.0', toPerp: false }, '-12', '12'],
  [{ type: 'accountClassTransfer', usdc: '12.0', toPerp: true }, '12', '12'],
  [{ type: 'internalTransfer', usdc: '5', user: US, destination: THEM, fee: '1' }, '-6', '5'],
  [{ type: 'internalTransfer', usdc: '5', user: THEM, destination: US, fee: '1' }, '5', '5'],
  [
    { type: 'subAccountTransfer', usdc: '7.5', user: US.toUpperCase().replace('X', 'x'), destination: THEM },
    '-7.5',
    '7.5',
  ],
  [{ type: 'vaultDeposit', vault: THEM, usdc: '100' }, '-100', '100'],
  [{ type: 'vaultWithdraw', vault: THEM, netWithdrawnUsd: '99.5' }, '99.5', '99.5'],
  [
    {
      type: 'spotTransfer',
      token: 'MAX',
      amount: '320121.396989',
      usdcValue: '0.0',
      user: THEM,
      destination: US,
      fee: '0.0',
    },
    '0',
    '320121.396989',
  ],
  [
    {
      type: 'send',
      user: US,
      destination: THEM,
      sourceDex: '',
      destinationDex: '',
      token: 'USDC',
      amount: '3',
      fee: '0',
    },
    '-3',
    '3',
  ],
  [
    {
      type: 'send',
      user: US,
      destination: US,
      sourceDex: 'spot',
      destinationDex: '',
      token: 'USDC',
      amount: '3',
      fee: '0',
    },
    '3',
    '3',
  ],
  [
    {
      type: 'send',
      user: THEM,
      destination: US,
      sourceDex: '',
      destinationDex: 'spot',
      token: 'USDC',
      amount: '3',
      fee: '0',
    },
    '0',
    '3',
  ],
  [{ type: 'aKindOfTomorrow', usdc: '3' }, '0', '3'],
])('%j flows %s into the perpetual wallet', (delta, usd, amount) => {
  expect(read(delta)).toMatchObject({
    kind: 'ledger',
    word: delta.type,
    usd,
    amount,
    hash: HASH,
    account: 'main',
  })
})

test('the same record is the same text, whatever the order of its fields', () => {
  expect(read({ type: 'deposit', usdc: '1' }).details).toBe(read({ usdc: '1', type: 'deposit' }).details)
})

test('a record without time, kind or number is refused with its place', () => {
  expect(() => readLedgerUpdates([{ hash: HASH, delta: { type: 'deposit' } }], place)).toThrow(
    MalformedFrameError,
  )
  expect(() => read({ usdc: '1' })).toThrow(/\[0\]\.delta\.type/)
  expect(() => read({ type: 'deposit', usdc: 'many' })).toThrow(/\[0\]\.delta\.usdc/)
})

test('a frame of the channel becomes events of its user; a snapshot says so', () => {
  const frame = {
    channel: 'userNonFundingLedgerUpdates',
    data: {
      user: US,
      isSnapshot: true,
      nonFundingLedgerUpdates: [{ time: 1, hash: HASH, delta: { type: 'deposit', usdc: '1' } }],
    },
  }
  expect(parseFrame(JSON.stringify(frame), 5)).toMatchObject({
    kind: 'account',
    user: US,
    snapshot: true,
    events: [{ kind: 'ledger', account: US, usd: '1', receivedTs: 5 }],
  })
})
