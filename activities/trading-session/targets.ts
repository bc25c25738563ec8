/** Reads the target weights that a follower session goes by: rows of a model, signals, or what one trader or a basket holds. */
// Not here: bounding and trading them (domain/strategies/follow-targets.ts).
import type { ModelTargetRow } from '#clickhouse/tables/models.ts'
import type { TargetRequest } from '#domain/session/follow-state.ts'
import type { TargetSet } from '#domain/strategies/follow-targets.ts'
import type { Clock, EpochMs } from '#domain/time.ts'
import type { Recommendation } from '#domain/traders/signal.ts'
import { type BasketTrader, basketWeights, signalWeights } from '#domain/traders/target-weights.ts'

export interface TargetsDeps {
  clock: Pick<Clock, 'now'>
  /** Newest set of a model at or before a moment: its rows share their time. */
  modelTargets(model: string, now: EpochMs): Promise<readonly { coin: string; at: EpochMs; weight: number }[]>
  latestSignals(): Promise<
    readonly { coin: string; at: EpochMs; recommendation: Recommendation; confidence: number }[]
  >
  /** Those named, with what is known of them; missing ones are absent. `readTs` is when the least lately read was read. */
  basket(
    traders: readonly string[],
    coins: readonly string[],
  ): Promise<{ traders: readonly BasketTrader[]; readTs: EpochMs }>
  marks(): Promise<Readonly<Record<string, number>>>
  /** Keeps what a session is told to hold, so that its tracking error can be measured like any model's. */
  saveTargets(rows: readonly ModelTargetRow[]): Promise<void>
}

/** Under this name the targets of a session that follows no model of its own are kept. */
export const followedModel = (sessionKey: string): string => `follow/${sessionKey}`

const NONE: TargetSet = { ts: 0, weights: {}, source: '' }

export const createTargetsActivities = (deps: TargetsDeps) => ({
  readTargets: async (request: TargetRequest): Promise<TargetSet> => {
    if (request.source === 'model') return modelSet(deps, request)
    const set = request.source === 'signals' ? await signalSet(deps, request) : await basketSet(deps, request)
    if (set.ts > 0) await keep(deps, request, set)
    return set
  },
})

export type TargetsActivities = ReturnType<typeof createTargetsActivities>

async function modelSet({ clock, modelTargets }: TargetsDeps, { model }: TargetRequest): Promise<TargetSet> {
  const rows = await modelTargets(model, clock.now())
  const [first] = rows
  if (!first) return { ...NONE, source: `model ${model}` }
  return {
    ts: first.at,
    weights: Object.fromEntries(rows.map(({ coin, weight }) => [coin, weight])),
    source: `model ${model}`,
  }
}

/** As old as the oldest signal of a coin that has one. */
async function signalSet(
  { latestSignals }: TargetsDeps,
  { coins, gross }: TargetRequest,
): Promise<TargetSet> {
  const signals = (await latestSignals()).filter(({ coin }) => coins.includes(coin))
  if (signals.length === 0) return { ...NONE, source: 'signals' }
  return {
    ts: Math.min(...signals.map(({ at }) => at)),
    weights: signalWeights(signals, coins, gross),
    source: 'signals',
  }
}

async function basketSet(deps: TargetsDeps, { traders, coins }: TargetRequest): Promise<TargetSet> {
  const source = traders.length === 1 ? `trader ${traders[0]}` : `basket of ${traders.length}`
  const [basket, marks] = await Promise.all([deps.basket(traders, coins), deps.marks()])
  const weights =
    basket.traders.length === traders.length ? basketWeights(basket.traders, marks, coins) : null
  return weights === null ? { ...NONE, source } : { ts: basket.readTs, weights, source }
}

async function keep(
  { clock, saveTargets }: TargetsDeps,
  request: TargetRequest,
  set: TargetSet,
): Promise<void> {
  const now = clock.now()
  await saveTargets(
    request.coins.map((coin) => ({
      model: followedModel(request.session_key),
      ts: now,
      coin,
      weight: set.weights[coin] ?? 0,
      source: request.source,
      received_ts: now,
    })),
  )
}
