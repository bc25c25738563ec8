/** Changes of a running session: recorded with what changed, refused without harm, and coins that fall out stay until they are flat. */
import { describe, expect, test } from 'vitest'
import { HoldfastError } from '#domain/errors.ts'
import type { SessionBook } from '#domain/session/book.ts'
import type { Closing } from '#domain/session/control-close.ts'
import { firstCheckpoint } from '#domain/trading/checkpoint.ts'
import { flatPosition } from '#domain/trading/position.ts'
import { limitsOf } from '#tests/support/segment-inputs.ts'
import { bookOf, candleSession, fakeEffects } from '#tests/support/session-effects.ts'
import { dropLeft, takeUpdate } from './control-update.ts'

function stage(session: Record<string, unknown> = {}, change: Partial<SessionBook> = {}) {
  const input = candleSession({ coins: ['BTC', 'ETH'], ...session })
  const { effects, state, wishes } = fakeEffects()
  const book = bookOf(input, { state: 'RUNNING', ...change })
  const closing: Closing = { book, input, effects, wishes, enter: () => undefined }
  const update = async (wish: object): Promise<void> => {
    wishes.askUpdate({ params: book.params, limits: book.limits, ...wish })
    await takeUpdate(closing)
  }
  return { book, effects, state, wishes, update, input }
}
const holding = (...coins: string[]) => ({
  ...firstCheckpoint(1, 0),
  positions: coins.map((coin) => ({ ...flatPosition(coin), sz: '2' })),
})

test('what changed is recorded with who and why; new parameters make the strategy learn anew', async () => {
  const { book, update, wishes } = stage()
  const params = { ...book.params, slow_bars: 30 } as SessionBook['params']
  await update({ params, limits: limitsOf({ order_usd_max: 77 }), by: 'anna', reason: 'slower' })
  expect(book.recent).toMatchObject([
    {
      ...{ kind: 'params', reason: 'PARAMS_UPDATED' },
      inputs: {
        by: 'anna',
        why: 'slower',
        'params.slow_bars': '4 → 30',
        'limits.order_usd_max': '1000 → 77',
      },
    },
  ])
  expect([book.isStrategyStale, book.limits.order_usd_max, wishes.update]).toEqual([true, 77, null])
})

test('limits alone leave the strategy as it is, and nothing at all is no record', async () => {
  const { book, update } = stage()
  await update({ limits: limitsOf({ order_usd_max: 77 }) })
  expect(book.isStrategyStale).toBe(false)
  const before = book.recent.length
  await update({})
  expect(book.recent).toHaveLength(before)
})

describe('coins', () => {
  test('that are new are admitted first and make the strategy learn', async () => {
    const { book, effects, update } = stage()
    const asked: (readonly string[])[] = []
    effects.admit = async ({ coins }) => {
      asked.push(coins)
      return { size_decimals: { SOL: 2 }, leverage_max: { SOL: 20 }, kill: null }
    }
    await update({ coins: ['BTC', 'ETH', 'SOL'], by: 'watchlist' })
    expect([asked, book.coins, book.sizeDecimals.SOL, book.leverageMax.SOL]).toEqual([
      [['SOL']],
      ['BTC', 'ETH', 'SOL'],
      2,
      20,
    ])
    expect([book.isStrategyStale, book.recent.at(-1)?.reason]).toEqual([true, 'COINS_UPDATED'])
  })

  test('that may not be traded change nothing, and the refusal is recorded', async () => {
    const { book, effects, update } = stage()
    effects.admit = () =>
      Promise.reject(new HoldfastError('busy', { code: 'ACCOUNT_BUSY', retryable: false, hint: '' }))
    await update({ coins: ['SOL'] })
    expect(book.coins).toEqual(['BTC', 'ETH'])
    expect(book.recent).toMatchObject([
      { reason: 'COINS_REFUSED', gate: 'ADMISSION', inputs: { coins: 'SOL' } },
    ])
  })

  test('that fall out without a position go at once; with one they stay until it is closed', async () => {
    const { book, update } = stage({}, { checkpoint: holding('ETH') })
    await update({ coins: ['BTC'] })
    expect([book.coins, book.leaving]).toEqual([['BTC', 'ETH'], ['ETH']])
    dropLeft(book)
    expect(book.coins).toEqual(['BTC', 'ETH'])
    book.checkpoint = holding()
    dropLeft(book)
    expect([book.coins, book.leaving]).toEqual([['BTC'], []])
  })

  test.each([
    { fallen: 'hold', commands: 0 },
    { fallen: 'close', commands: 1 },
  ])('under fallen: $fallen their position is closed by $commands orders', async ({ fallen, commands }) => {
    const { update, wishes } = stage({ watchlist: { fallen } }, { checkpoint: holding('ETH') })
    await update({ coins: ['BTC'], by: 'watchlist' })
    expect(wishes.commands).toHaveLength(commands)
    if (commands > 0)
      expect(wishes.commands[0]).toMatchObject({ kind: 'force_close', coin: 'ETH', by: 'watchlist' })
  })
})
