/** Runs a maker session over a tape in virtual time: the market, the engine and the desk in one loop without waiting. */
// Here and not in domain/: it joins the maker's decisions with the paper exchange's engine, and domain/ knows no exchange.
import { type EpochMs, MINUTE_MS } from '#domain/time.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import { USD } from '#exchange/paper/engine/units.ts'
import type { Latency } from '#exchange/paper/latency.ts'
import { Ledger } from '#exchange/paper/simulate/ledger.ts'
import { MakerDesk, type MakerSession } from '#exchange/paper/simulate/maker-desk.ts'
import { OrderWay } from '#exchange/paper/simulate/order-way.ts'
import { report, type SimulationReport } from '#exchange/paper/simulate/report.ts'
import type { Tape } from '#exchange/paper/simulate/tape.ts'
import { TapePlayer } from '#exchange/paper/simulate/tape-player.ts'
import { Timers } from '#exchange/paper/simulate/timers.ts'
import { createRandom } from '#exchange/paper/sources/random.ts'

export interface SimulationOptions {
  session: MakerSession
  equityUsd: number
  /** From what the venue shows to our action there. */
  latency: Latency
  /** Seeds ids and latencies. */
  seed: number
  /** Also makes the passes of `touch` that can change nothing: for comparisons. */
  everyPass?: boolean
  /** Called every second of market time with the account as it stands: for tests. */
  look?: (ts: EpochMs, account: Account) => void
}

const USER = `0x${'51'.repeat(20)}`

/** Plays the market alone, without anybody who trades on it. @returns events */
export function playMarket(tape: Tape, seed: number): number {
  const player = new TapePlayer(tape, seed)
  for (let index = 0; index < tape.length; index++) player.play(index)
  return tape.length
}

export function simulate(tape: Tape, options: SimulationOptions): SimulationReport {
  const { session, equityUsd, latency, seed, everyPass = false } = options
  const player = new TapePlayer(tape, seed)
  const { engine } = player
  const { state } = engine
  const beganTs = tape.length > 0 ? player.tsOf(0) : 0
  const account = engine.deposit(beganTs, USER, Math.round(equityUsd * USD))
  const timers = new Timers()
  // Apart from what trades: these go on after the data has ended.
  const looks = new Timers()
  const ledger = new Ledger(state, account, looks)
  const settle = () => {
    for (const record of engine.drain()) {
      if (record.kind === 'funding') ledger.funded(record.payment)
      if (record.kind !== 'fill') continue
      ledger.fill(record.fill, player.midBefore(record.fill.asset))
      desk.filled(record.fill)
      player.ate(record.fill.asset)
    }
  }
  const way = new OrderWay({ engine, account, timers, ledger, latency, random: createRandom(seed), settle })
  const lastTs = (asset: number): EpochMs => player.lastTs(asset)
  const desk = new MakerDesk(session, { engine, account, ledger, way, lastTs, everyPass })
  const pass = (ts: EpochMs) => {
    const next = desk.pass(ts)
    if (next !== Number.POSITIVE_INFINITY) timers.at(next, pass)
  }
  timers.at(beganTs, pass)
  ledger.watch(beganTs, (equity, ts) => {
    desk.checkLoss(ts, equity)
    options.look?.(ts, account)
  })
  settle()
  let now = beganTs
  for (let index = 0; index < tape.length; index++) {
    const ts = player.tsOf(index)
    // Recorded in the order of arrival: a frame may be older than the one before it.
    if (ts > now) now = ts
    if (timers.next < now) timers.runBefore(now)
    if (looks.next < now) looks.runBefore(now)
    player.play(index)
    if (state.records.length > 0) settle()
  }
  ledger.note(now, ledger.equity())
  ledger.close(now + MINUTE_MS)
  return report({
    tape,
    session,
    ledger,
    account,
    state,
    equityUsd,
    latency,
    ended: desk.ended,
    beganTs,
    endedTs: now,
  })
}
