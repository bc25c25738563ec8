/** A maker session on a tape: pass after pass the same decision functions as live, its orders in the paper exchange's own engine. */
// Not here: the decisions (domain/strategies/maker), orders on their way (order-way.ts), the market (tape-player.ts).
// What live has besides, and this has not: lease, journal, risk gate (its caps are the strategy's own), modes, autotune, request budgets.
import { roundAway, shiftBps } from '#domain/market/instrument.ts'
import { killReason } from '#domain/risk/kill-rules.ts'
import type { SessionLimits } from '#domain/session/input.ts'
import { stepExits } from '#domain/strategies/maker/exits/exits.ts'
import {
  firstPortfolio,
  type PortfolioState,
  stepPortfolio,
} from '#domain/strategies/maker/exits/portfolio.ts'
import { marginUsdMax } from '#domain/strategies/maker/inventory.ts'
import { coinParams, type MakerParams } from '#domain/strategies/maker/params.ts'
import { planQuotes, type Quote } from '#domain/strategies/maker/quoting.ts'
import type { TouchParams } from '#domain/strategies/touch-params.ts'
import type { EpochMs } from '#domain/time.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import type { CoinMarket } from '#exchange/paper/engine/book.ts'
import type { Engine } from '#exchange/paper/engine/engine.ts'
import { feeRates, NO_DISCOUNTS } from '#exchange/paper/engine/fees.ts'
import { availableMargin } from '#exchange/paper/engine/margin.ts'
import { USD } from '#exchange/paper/engine/units.ts'
import type { Ledger } from '#exchange/paper/simulate/ledger.ts'
import type { OrderWay } from '#exchange/paper/simulate/order-way.ts'
import {
  exitFactsOf,
  factsOf,
  grossUsdBut,
  openSeat,
  type Seat,
  type SessionFacts,
  touchOf,
} from '#exchange/paper/simulate/seat.ts'
import {
  forgetClosed,
  newQuotes,
  type Planned,
  stillness,
  wrongSlots,
} from '#exchange/paper/simulate/slots.ts'
import { swapsOf } from '#exchange/paper/simulate/swaps.ts'

export interface MakerSession {
  coins: readonly string[]
  params: TouchParams | MakerParams
  limits: SessionLimits
}

export interface DeskDeps {
  engine: Engine
  account: Account
  ledger: Ledger
  way: OrderWay
  /** Time of a coin's last event. */
  lastTs(asset: number): EpochMs
  everyPass: boolean
}

/** Slippage of the last way out. */
const LAST_WAY_OUT_BPS = 200

export class MakerDesk {
  readonly seats: Seat[]
  /** Why the session ended itself; null while it runs. */
  ended: string | null = null
  readonly #session: MakerSession
  readonly #deps: DeskDeps
  readonly #startUsd: number
  #portfolio: PortfolioState = firstPortfolio
  #passes = 0
  /** Until answers are back: no pass begins before. */
  #busyUntil: EpochMs = 0

  constructor(session: MakerSession, deps: DeskDeps) {
    const { params } = session
    this.#session = session
    this.#deps = deps
    this.#startUsd = deps.account.cash / USD
    const isTouch = params.strategy === 'touch'
    this.seats = deps.engine.state.specs
      .filter(({ name }) => session.coins.includes(name))
      .map((spec) =>
        openSeat(spec, isTouch ? null : coinParams(params, spec.name), !isTouch && params.flatten_on_start),
      )
  }

  get loopMs(): number {
    const { params } = this.#session
    return params.strategy === 'touch' ? params.cycle_ms : params.loop_ms
  }

  /** One pass. @returns when the next one may begin */
  pass(ts: EpochMs): EpochMs {
    if (this.ended !== null) return Number.POSITIVE_INFINITY
    if (ts < this.#busyUntil) return this.#busyUntil
    const { params } = this.#session
    this.#deps.ledger.counts.passes++
    const session = this.#sessionFacts(ts)
    const halted = this.#portfolioHalts(ts)
    if (this.ended !== null) return Number.POSITIVE_INFINITY
    const isDue = params.strategy === 'touch' || this.#passes++ % params.quote_every_loops === 0
    const plans: Planned[] = []
    for (const seat of this.seats) {
      const planned = this.#plan(seat, session, halted)
      if (planned !== null) plans.push(planned)
    }
    if (isDue) this.#move(ts, plans)
    return Math.max(ts + this.loopMs, this.#busyUntil)
  }

  /** A fill of ours. */
  filled(fill: { asset: number; isBuy: boolean; crossed: boolean; ts: EpochMs }): void {
    const seat = this.seats.find(({ spec }) => spec.asset === fill.asset)
    seat?.fills.push({ side: fill.isBuy ? 'buy' : 'sell', maker: !fill.crossed, ts: fill.ts })
  }

  /** Ends the session: everything back, and out of what is held. */
  end(ts: EpochMs, why: string): void {
    if (this.ended !== null) return
    this.ended = why
    const { engine, account, way } = this.#deps
    const open = [...account.open.values()].map(({ asset, oid }) => ({ asset, id: oid }))
    engine.cancel(ts, account.address, open)
    for (const seat of this.seats) {
      seat.slots.clear()
      const szi = account.coins[seat.spec.asset]?.szi ?? 0
      const touch = touchOf(seat, this.#market(seat))
      if (szi === 0 || touch === null) continue
      const side = szi > 0 ? ('sell' as const) : ('buy' as const)
      const pxE8 =
        side === 'sell'
          ? roundAway(shiftBps(touch.bidE8, -LAST_WAY_OUT_BPS), 'buy', seat.spec.szDecimals)
          : roundAway(shiftBps(touch.askE8, LAST_WAY_OUT_BPS), 'sell', seat.spec.szDecimals)
      const quote: Quote = { pxE8, szE8: BigInt(Math.abs(szi)) * seat.scale.sz, reduceOnly: true }
      way.exit(ts, seat, { side, quote, tif: 'ioc' })
    }
  }

  /** Ends it when it has lost as much as its limit says. */
  checkLoss(ts: EpochMs, equity: number): void {
    const netE8 = BigInt(Math.round(equity - this.#startUsd * USD)) * 100n
    const reason = killReason(netE8, this.#session.limits.loss_usd_max)
    if (reason !== null) this.end(ts, reason)
  }

  #market({ spec }: Seat): CoinMarket {
    return this.#deps.engine.state.markets[spec.asset] as CoinMarket
  }

  #sessionFacts(ts: EpochMs): SessionFacts {
    const { engine, account } = this.#deps
    const { params, coins } = this.#session
    const { cross, add } = feeRates(account, ts, NO_DISCOUNTS)
    const isTouch = params.strategy === 'touch'
    const free = isTouch ? 0 : Math.max(0, availableMargin(account, engine.state.marks)) / USD
    return {
      ts,
      fees: { makerBps: add / 1e6, takerBps: cross / 1e6 },
      maxGrossUsd: isTouch ? Number.MAX_SAFE_INTEGER : params.max_gross_notional,
      marginUsdMax: isTouch
        ? null
        : marginUsdMax(params, { freeUsd: free, coins: coins.length, isTest: true }),
      closeOnly: false,
    }
  }

  /** Drawdown of the session: pauses quotes, or ends it flat. */
  #portfolioHalts(ts: EpochMs): boolean {
    const { params } = this.#session
    if (params.strategy === 'touch') return false
    const equityUsd = this.#deps.ledger.equity() / USD
    const step = stepPortfolio(
      this.#portfolio,
      { ts, netPnlUsd: equityUsd - this.#startUsd, equityUsd },
      params,
    )
    this.#portfolio = step.state
    if (step.verdict === 'kill') this.end(ts, 'EMERGENCY_STOP')
    return step.verdict !== 'ok'
  }

  /** What should rest for a coin; null when nothing can have changed since the last pass. */
  #plan(seat: Seat, session: SessionFacts, halted: boolean): Planned | null {
    const { account, ledger, lastTs, way, everyPass } = this.#deps
    const { params, limits } = this.#session
    const market = this.#market(seat)
    const held = account.coins[seat.spec.asset]
    forgetClosed(seat)
    if (params.strategy === 'touch') {
      const stale = session.ts - lastTs(seat.spec.asset) > params.stale_ms
      const still = stillness(seat, market, { szi: held?.szi ?? 0, stale, ts: session.ts })
      if (still === seat.still && !everyPass) return null
      seat.still = still
    }
    const otherGrossUsd = grossUsdBut(seat, this.seats, account, this.#deps.engine.state.markets)
    const facts = factsOf(seat, market, held, { lastTs: lastTs(seat.spec.asset), otherGrossUsd, session })
    if (seat.knobs === null) {
      const touchStep = planQuotes(seat.state, facts, params as TouchParams, limits)
      ledger.decided(touchStep.plan.verdict.reason)
      return { seat, facts, plan: touchStep.plan }
    }
    const exits = stepExits(seat.exits, exitFactsOf(seat, facts, held, seat.knobs.stale_ms), seat.knobs)
    seat.exits = exits.state
    if (exits.cancel || (exits.order !== null && seat.exit.order !== null)) way.withdrawExit(session.ts, seat)
    if (exits.order !== null) {
      const { side, pxE8, szE8, tif } = exits.order
      way.exit(session.ts, seat, { side, quote: { pxE8, szE8, reduceOnly: true }, tif })
      ledger.decided('EXIT')
    }
    const rests = session.ts < seat.rejects.pausedUntilTs ? 'REJECTS' : null
    const blocked = exits.blocked ?? (halted ? 'PORTFOLIO_PAUSE' : rests)
    const step = planQuotes(seat.state, blocked === null ? facts : { ...facts, blocked }, seat.knobs, limits)
    seat.state = step.state
    ledger.decided(step.plan.verdict.reason)
    return { seat, facts, plan: step.plan }
  }

  #move(ts: EpochMs, plans: readonly Planned[]): void {
    const { account, way } = this.#deps
    const wrong = wrongSlots(this.#session.params, plans)
    if (wrong.length === 0) {
      this.#busyUntil = Math.max(this.#busyUntil, way.place(ts, newQuotes(plans, ts)))
      return
    }
    const swaps = swapsOf(wrong, account, this.#session.limits, ts)
    const only = wrong.filter(({ one }) => !swaps.some((each) => each.one === one))
    const place = (now: EpochMs, known: boolean): EpochMs =>
      known && this.ended === null ? way.place(now, newQuotes(plans, now)) : now
    const swap = (now: EpochMs): EpochMs => place(now, way.modify(now, swaps, ts))
    // Cancels first: the slots are free for certain once the answer is back.
    const cancel = (now: EpochMs): EpochMs => {
      const known = way.cancel(now, only) && this.ended === null
      if (!known) way.cancel(now, swaps)
      return known && swaps.length > 0 ? this.#after(now, swap) : place(now, known)
    }
    this.#after(ts, only.length > 0 ? cancel : swap)
  }

  /** Lets something happen after one way. No pass begins before what it returns. @returns when the next one may, as far as is known */
  #after(ts: EpochMs, run: (ts: EpochMs) => EpochMs): EpochMs {
    this.#busyUntil = Number.POSITIVE_INFINITY
    const arrives = this.#deps.way.after(ts, (now) => {
      this.#busyUntil = run(now)
    })
    if (this.#busyUntil === Number.POSITIVE_INFINITY) this.#busyUntil = arrives
    return this.#busyUntil
  }
}
