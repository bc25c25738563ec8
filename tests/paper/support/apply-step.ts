/** Does one random step on an engine: orders, cancels and settings of an account, moves of the market, time. */
// Not here: which steps there are (random-steps.ts), prices and sizes (small-market.ts).
import type { Engine } from '#exchange/paper/engine/engine.ts'
import type { OrderRequest } from '#exchange/paper/engine/types.ts'
import type { Step } from './random-steps.ts'
import { at, levels, size, USERS } from './small-market.ts'

export const request = (
  step: { asset: number; isBuy: boolean; offset: number; lots: number },
  more: Partial<OrderRequest> = {},
): OrderRequest => ({
  asset: step.asset,
  isBuy: step.isBuy,
  px: at(step.asset, step.offset),
  sz: size(step.asset, step.lots),
  reduceOnly: false,
  tif: 'Gtc',
  trigger: null,
  cloid: null,
  ...more,
})

function trigger(
  step: { asset: number; isBuy: boolean; offset: number; lots: number },
  tpsl: 'tp' | 'sl',
  isMarket: boolean,
  isBuy = step.isBuy,
): OrderRequest {
  const trigger = { isMarket, px: at(step.asset, step.offset), tpsl, above: isBuy === (tpsl === 'sl') }
  return request({ ...step, isBuy }, { reduceOnly: true, trigger })
}

export function applyStep(engine: Engine, step: Step, now: number): void {
  const name = 'user' in step ? (USERS[step.user] as string) : ''
  const open = [...(engine.account(name)?.open.values() ?? [])]
  const picked = 'pick' in step ? open[step.pick % Math.max(1, open.length)] : undefined
  switch (step.do) {
    case 'order':
      engine.placeOrders(now, name, {
        orders: [request(step, { tif: step.tif, reduceOnly: step.reduceOnly })],
        grouping: 'na',
        builder: null,
      })
      break
    case 'trigger':
      engine.placeOrders(now, name, {
        orders: [trigger(step, step.tpsl, step.isMarket)],
        grouping: 'na',
        builder: null,
      })
      break
    case 'bracket': {
      const [tp, sl] = [
        trigger({ ...step, offset: step.isBuy ? 14 : -14 }, 'tp', true, !step.isBuy),
        trigger({ ...step, offset: step.isBuy ? -14 : 14 }, 'sl', true, !step.isBuy),
      ]
      engine.placeOrders(now, name, {
        orders: [request(step), tp, sl],
        grouping: 'normalTpsl',
        builder: null,
      })
      break
    }
    case 'cancel':
      if (picked) engine.cancel(now, name, [{ asset: picked.asset, id: picked.oid }])
      break
    case 'modify':
      if (picked)
        engine.modify(now, name, {
          id: picked.oid,
          order: request({ ...step, asset: picked.asset, isBuy: picked.isBuy }),
          alwaysPlace: true,
        })
      break
    case 'leverage':
      engine.updateLeverage(now, name, step)
      break
    case 'isolated':
      engine.updateIsolatedMargin(now, name, step)
      break
    case 'book':
      engine.bookSnapshot(now, step.asset, {
        bids: levels(step.asset, at(step.asset, step.offset), -1, step.sz),
        asks: levels(step.asset, at(step.asset, step.offset + step.gap), 1, step.sz),
      })
      break
    case 'trade':
      engine.publicTrade(now, step.asset, {
        aggressorIsBuy: step.isBuy,
        px: at(step.asset, step.offset),
        sz: size(step.asset, step.lots),
      })
      break
    case 'mark':
      engine.markPrice(now, step.asset, {
        mark: at(step.asset, step.offset),
        oracle: at(step.asset, step.offset),
      })
      break
    case 'twap': {
      const twap = {
        asset: step.asset,
        isBuy: step.isBuy,
        sz: size(step.asset, step.lots),
        reduceOnly: step.reduceOnly,
        minutes: step.minutes,
        randomize: true,
      }
      engine.startTwap(now, name, twap)
      break
    }
    case 'wait':
      engine.tick(engine.state.now + step.minutes * 60_000)
      break
    case 'funding':
      engine.funding(now, step.asset, step.rate)
      break
  }
}
