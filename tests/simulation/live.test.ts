/** Live sessions through the gates, in seeded weather: after every run the exchange and the session hold the same position in every coin. */
import { expect, test } from 'vitest'
import { liveGate } from '#domain/risk/live-gates.ts'
import { GATES_OPEN, livePlanOf } from './live-plan.ts'
import type { Met } from './met.ts'
import { runPlan } from './world.ts'

const RUNS = 200

test(`the position on the exchange equals the session's after each of ${RUNS} fault runs in mode live`, async () => {
  const seen = {
    orders: 0,
    fills: 0,
    held: 0,
    asked: 0,
    commands: 0,
    finished: 0,
    flips: 0,
    turned: 0,
    rests: 0,
    targets: 0,
  }
  const met: Met = { rejected: 0, partIoc: 0, partResting: 0, untold: 0, untoldFilled: 0, unheardFills: 0 }
  for (let seed = 1; seed <= RUNS; seed++) {
    const plan = livePlanOf(seed)
    const run = await runPlan(plan, { trace: true })
    expect(run.violations, `seed ${seed}`).toEqual([])
    expect(run.held, `seed ${seed}`).toEqual(run.known)
    seen.orders += run.orders
    seen.fills += run.fills
    seen.held += Object.keys(run.held).length > 0 ? 1 : 0
    seen.finished += run.finished ? 1 : 0
    seen.asked += count(run.trace, ' asks ')
    for (const what of Object.keys(met) as (keyof Met)[]) met[what] += run.met[what]
    seen.flips += count(run.trace, ' flip SIGNAL_FLIP')
    seen.turned += turns(run.trace)
    seen.rests += count(run.trace, ' exit FLIP_REST')
    seen.targets += count(run.trace, 'places target')
    seen.commands += count(run.trace, / (FORCE_ENTRY|FORCE_CLOSE|REDUCE)/)
  }
  // Worlds in which nothing happens would prove nothing.
  expect(seen.finished).toBe(RUNS)
  expect(seen.orders).toBeGreaterThan(RUNS * 5)
  expect(seen.fills).toBeGreaterThan(RUNS * 3)
  expect(seen.held).toBeGreaterThan(RUNS / 5)
  expect(seen.asked).toBeGreaterThan(RUNS / 4)
  process.stdout.write(`${RUNS} live runs met ${JSON.stringify({ ...met, flipRests: seen.rests })}\n`)
  expect(met.rejected).toBeGreaterThan(RUNS / 4)
  expect(met.partIoc).toBeGreaterThan(RUNS / 4)
  expect(met.partResting).toBeGreaterThan(0)
  expect(met.untold).toBeGreaterThan(RUNS / 4)
  expect(met.untoldFilled).toBeGreaterThan(RUNS / 8)
  expect(met.unheardFills).toBeGreaterThan(RUNS / 8)
  expect(seen.commands).toBeGreaterThan(RUNS / 2)
  expect(seen.flips).toBeGreaterThan(RUNS / 4)
  expect(seen.turned).toBeGreaterThan(RUNS / 8)
  expect(seen.rests).toBeGreaterThan(0)
  expect(seen.targets).toBeGreaterThan(RUNS / 4)
}, 120_000)

const count = (trace: readonly string[], word: string | RegExp): number =>
  trace.filter((line) => (typeof word === 'string' ? line.includes(word) : word.test(line))).length

/** Entries that were sent within two seconds after the exit of their flip, which is to say once that had left nothing. */
function turns(trace: readonly string[]): number {
  let flippedMs = Number.NEGATIVE_INFINITY
  let turned = 0
  for (const line of trace) {
    const seconds = Number.parseFloat(line)
    if (line.includes(' flip SIGNAL_FLIP')) flippedMs = seconds
    if (line.includes('places entry') && seconds - flippedMs < 2) {
      turned += 1
      flippedMs = Number.NEGATIVE_INFINITY
    }
  }
  return turned
}

test.each([
  ['LIVE_NETWORK', { network: 'paper' as const }],
  ['LIVE_ENABLE', { enable: undefined }],
  ['LIVE_CONFIRM', { confirm: 'yes' }],
  ['LIVE_KEY', { key: 'generated' }],
  ['LIVE_CAPS', { caps: undefined }],
  ['LIVE_LIMITS', { caps: { order_usd_max: 1, position_usd_max: 1, gross_usd_max: 1, loss_usd_max: 1 } }],
  ['LIVE_KILL', { kill: 'close_only' as const }],
])(
  'with gate %s shut a whole session in all that weather opens nothing at the exchange',
  async (gate, change) => {
    const gates = { ...GATES_OPEN, ...change }
    expect(liveGate(gates)?.gate).toBe(gate)
    for (let seed = 1; seed <= 5; seed++) {
      const run = await runPlan({ ...livePlanOf(seed), gates })
      expect([run.violations, run.orders, run.fills], `seed ${seed}`).toEqual([[], 0, 0])
      expect(run.decisions).toBeGreaterThan(0)
    }
  },
)
