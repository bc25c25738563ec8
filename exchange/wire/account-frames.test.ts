/** What a fill says of a liquidation: kept with user and method, absent where the fill has nothing to do with one. */
// Not here: whole frames, recorded and broken (parse-frame.test.ts).
import { expect, test } from 'vitest'
import { readFill } from '#exchange/wire/account-frames.ts'
import { MalformedFrameError } from '#exchange/wire/errors.ts'

const USER = `0x${'A'.repeat(40)}`
const wire = {
  ...{
    coin: 'BTC',
    px: '1',
    sz: '1',
    side: 'A',
    time: 1,
    startPosition: '1',
    dir: 'Close Long',
    closedPnl: '0',
  },
  ...{ hash: '', oid: 1, crossed: true, fee: '0', tid: 1, feeToken: 'USDC' },
}
const place = { channel: 'userFills', path: '[0]', account: 'main', snapshot: false, receivedTs: 2 }

test('a liquidation keeps its user in lower case and its method', () => {
  const liquidation = { liquidatedUser: USER, markPx: '1.0', method: 'backstop' }
  expect(readFill({ ...wire, liquidation }, place).liquidation).toEqual({
    user: USER.toLowerCase(),
    method: 'backstop',
  })
  expect(readFill({ ...wire, liquidation: { markPx: '1.0', method: 'market' } }, place).liquidation).toEqual({
    user: '',
    method: 'market',
  })
})

test.each([[undefined], [null]])('a fill with liquidation %s is none', (liquidation) => {
  expect(readFill({ ...wire, liquidation }, place)).not.toHaveProperty('liquidation')
})

test('a liquidation of another shape refuses the fill with its place', () => {
  expect(() => readFill({ ...wire, liquidation: 'yes' }, place)).toThrow(MalformedFrameError)
  expect(() => readFill({ ...wire, liquidation: { liquidatedUser: '0x1' } }, place)).toThrow(/liquidatedUser/)
})
