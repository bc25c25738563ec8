/** A kill in each state of each machine of a maker: nothing rests and nothing is held afterwards. */
import { expect, test } from 'vitest'
import { killAndClose, type MakerStage, makerStage } from '#tests/support/maker-stage.ts'

interface Case {
  params: Record<string, unknown>
  /** Brings the stage into the state. */
  enter: (stage: MakerStage) => Promise<void>
  hold?: string
}

/** Too tight to quote in, so that no quote takes the profit first. */
const takes = {
  take_profit_enabled: true,
  take_profit_min_usd: 1,
  take_profit_min_bps: 10,
  min_spread_bps: 50,
}
const bails = { bailout_enabled: true }
const rise = async (stage: MakerStage, ms = 600): Promise<void> => {
  stage.trade(10_080, 10_082)
  await stage.advance(ms)
}
const fall = async (stage: MakerStage, cents: number, ms: number): Promise<void> => {
  stage.trade(cents, cents + 2)
  await stage.advance(ms)
}
/** Every closing order finds an empty book: a step after the other is used up. */
const unfilled = (stage: MakerStage): void => {
  const place = stage.ports.venue.placeOrders
  Object.assign(stage.ports.venue, {
    placeOrders: async (...[orders, options]: Parameters<typeof place>) => {
      const exits = orders.filter(({ purpose, tif }) => purpose === 'exit' && tif === 'ioc')
      if (exits.length === 0) return place(orders, options)
      // Steps must not follow each other faster than heartbeats tell of them.
      await new Promise<void>((resolve) => stage.scheduler.after(1_500, resolve))
      return exits.map(({ cloid }) => ({
        ...{ cloid, status: 'rejected' as const, message: 'Order could not immediately match' },
      }))
    },
  })
}
const untilPhase = async (stage: MakerStage, phase: string, step?: number): Promise<void> => {
  for (let waited = 0; waited < 200; waited++) {
    const state = stage.memory().exits.SIM?.takeProfit
    if (state?.phase === phase && (step === undefined || (state.phase === 'CLOSING' && state.step === step)))
      return
    await stage.advance(100)
  }
  throw new TypeError(`never ${phase}: ${JSON.stringify(stage.memory().exits.SIM)}`)
}
const closingStep = (step: number): Case => ({
  params: takes,
  hold: '5',
  enter: async (stage) => {
    unfilled(stage)
    await rise(stage, 50)
    await untilPhase(stage, 'CLOSING', step)
  },
})

const CASES: Record<string, Case> = {
  'quoting, flat': { params: {}, enter: async () => undefined },
  'quoting, long': { params: {}, hold: '5', enter: async () => undefined },
  'quoting on ten levels': { params: { levels: 5, size_notional_usd: 100 }, enter: async () => undefined },
  'take profit CLOSING(1)': closingStep(1),
  'take profit CLOSING(2)': closingStep(2),
  'take profit CLOSING(3)': closingStep(3),
  'take profit REST': {
    params: takes,
    hold: '5',
    enter: async (stage) => {
      unfilled(stage)
      await rise(stage)
      await untilPhase(stage, 'REST')
      await stage.advance(500)
    },
  },
  'take profit COOLDOWN': { params: takes, hold: '5', enter: (stage) => rise(stage, 2_500) },
  'bailout waiting': { params: bails, hold: '5', enter: (stage) => fall(stage, 9_980, 2_000) },
  'bailout partial done': {
    params: { ...bails, bailout_partial_min_s: 1, bailout_full_mae_bps: 500 },
    hold: '5',
    enter: (stage) => fall(stage, 9_950, 3_000),
  },
  'bailout full, paused': { params: bails, hold: '5', enter: (stage) => fall(stage, 9_900, 2_000) },
  'over the cap, flattening': {
    params: { max_per_coin_notional: 500, flatten_chunk_usd: 100 },
    hold: '15',
    enter: (stage) => stage.advance(600),
  },
  'flattening at start': {
    params: { flatten_on_start: true, flatten_chunk_usd: 100 },
    hold: '15',
    enter: async () => undefined,
  },
  'portfolio paused': {
    params: { portfolio_pause_threshold_pct: 0.1 },
    hold: '20',
    enter: (stage) => fall(stage, 9_400, 1_500),
  },
}

test.each(Object.entries(CASES))('killed while %s', async (_name, { params, enter, hold }) => {
  const stage = await makerStage(params, { before: (at) => (hold ? at.hold(hold) : undefined) })
  await enter(stage)
  const left = await killAndClose(stage)
  expect(left).toEqual({ open: 0, position: 0n })
})

const CROSS = 'Post only order would have immediately matched'

test.each([
  { fate: 'taken', arriveMs: 50, tells: true },
  { fate: 'taken', arriveMs: 50, tells: false },
  { fate: 'taken', arriveMs: 1_200, tells: false },
  { fate: 'refused, the old order ended', arriveMs: 50, tells: true },
  { fate: 'refused, the old order ended', arriveMs: 50, tells: false },
  { fate: 'refused, the old order kept', arriveMs: 50, tells: true },
  { fate: 'refused, the old order kept', arriveMs: 50, tells: false },
  { fate: 'lost on its way', arriveMs: 1_000_000, tells: false },
])(
  'a kill while a modify is on its way leaves nothing open: $fate after $arriveMs ms, answered: $tells',
  async ({ fate, arriveMs, tells }) => {
    const stage = await makerStage({ levels: 2, size_notional_usd: 100 })
    const { scheduler, venue } = stage
    const sent: string[] = []
    stage.ports.venue.modifyOrders = (modifies, { expiresAfter }) => {
      sent.push(...modifies.map(({ cloid }) => cloid))
      stage.knobs.kill = { mode: 'flatten', by: 'direct', reason: 'test' }
      stage.wake()
      const execute = () => {
        venue.nowMs = scheduler.nowMs
        const kept = fate.endsWith('kept')
        if (!kept && fate.startsWith('refused')) Object.assign(stage.market, { bid: 9_900, ask: 9_902 })
        if (!kept) return venue.modify(modifies, expiresAfter)
        return modifies.map(({ order: { cloid } }) => ({
          ...{ cloid, status: 'rejected' as const, message: CROSS, code: 'POST_ONLY_CROSS' },
        }))
      }
      return new Promise((resolve) => {
        scheduler.after(arriveMs, () => {
          const answers = execute()
          if (tells) scheduler.after(50, () => resolve(answers))
        })
      })
    }
    stage.trade(10_003, 10_005)
    await stage.advance(400)
    expect(sent.length).toBeGreaterThan(0)
    expect(await killAndClose(stage)).toEqual({ open: 0, position: 0n })
  },
)

test('an emergency stop ends the segment by itself, to be flattened', async () => {
  const stage = await makerStage(
    { portfolio_pause_threshold_pct: 0.05 + 0.05, emergency_stop_loss_pct: 0.15 },
    { before: ({ hold }) => hold('40') },
  )
  await fall(stage, 9_500, 3_000)
  expect(stage.outcome).toMatchObject({ kind: 'killed', by: 'risk', mode: 'flatten' })
  expect(stage.venue.open()).toEqual([])
})
