/** The guide of a backtest is the one of a session: the same average, bar by bar. */
import { expect, test } from 'vitest'
import { candleOf } from '../../tests/support/mei.ts'
import { emaCross } from '../strategies/ema-cross.ts'
import { EmaCrossParams } from '../strategies/ema-cross-params.ts'
import { observeBar, openBar } from '../strategies/step-bar.ts'
import { observeGuide } from './world.ts'

test('both averages agree after every bar', () => {
  const params = EmaCrossParams.parse({ strategy: 'ema_cross' })
  const guide = { value: 0, seen: 0, close: 0 }
  let state = openBar(emaCross, [], params)
  for (const close of [100, 120, 80, 95, 130, 60]) {
    observeGuide(guide, close)
    state = observeBar(emaCross, state, [candleOf({ coin: 'BTC', close })], params)
    expect(guide).toEqual({ value: state.guide.ema?.value, seen: state.guide.ema?.seen, close })
  }
})
