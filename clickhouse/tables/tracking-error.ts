/** Tables of models against live accounts: daily tracking error with its causes, book differences by lag, what the targets alone would have made. */
// Not here: the targets (models.ts), who computes them (activities/tracking-error.ts).
import { column } from '#clickhouse/column.ts'
import { defineTable, type Row } from '#clickhouse/table.ts'

const model = column.symbol('name of the model')
const account = column.symbol('name of the account in the settings')
const day = column.time('first millisecond of the UTC day; a return is that from its start to its end')
const part = (doc: string) =>
  column.floatOrNull(`${doc}, fraction of equity; null while the difference is unknown`)

export const trackingError = defineTable({
  name: 'tracking_error',
  why: 'how far each account was from its model each day, and why: the parts add up to the difference',
  key: ['model', 'account', 'day'],
  version: 'revision',
  partition: { by: 'month', column: 'day' },
  columns: {
    model,
    account,
    day,
    lag_days: column.uint32('weights dated D are held on D + lag'),
    leverage: column.float('what target weights are multiplied with'),
    live_return: column.floatOrNull('of the account, flows taken out; null over a gap of snapshots'),
    paper_return: column.floatOrNull('of the targets; null without targets or with too few prices'),
    coverage: column.floatOrNull(
      'share of the gross target weight that has prices; below 0.95 the day is unknown',
    ),
    difference: column.floatOrNull('live − paper'),
    mean_7d: column.floatOrNull('mean difference of 7 calendar days, from 5 known ones on'),
    te_7d: column.floatOrNull('sample standard deviation of them: the tracking error, not annualised'),
    fees: part('fees paid'),
    funding: part('funding received'),
    slippage: part('prices of fills against the middle at their moment'),
    timing: part('trades inside the day instead of at its boundary'),
    sizing: part('right coin and side, other size'),
    missing: part('wanted, not held'),
    extra: part('held, not wanted'),
    wrong_side: part('held on the other side'),
    rest: part('what none of these explains'),
    revision: column.uint64('0, and one more each time that a closed day came out differently', {
      codec: 'ZSTD(1)',
    }),
  },
})
export type TrackingErrorRow = Row<typeof trackingError>

export const trackingErrorLags = defineTable({
  name: 'tracking_error_lags',
  why: "each day's book against the targets of that day and of the three before: which lag is nearest",
  key: ['model', 'account', 'day', 'lag'],
  partition: { by: 'month', column: 'day' },
  columns: {
    model,
    account,
    day,
    lag: column.uint32('age of the targets, calendar days'),
    snapshot_ts: column.time('of the book; 1970-01-01 when the day has none'),
    active_share: column.floatOrNull(
      'half the sum of absolute differences of the two books, each of Σ|w| = 1; null without targets or positions',
    ),
    mean_abs_diff: column.floatOrNull(
      "the original's figure: mean absolute difference over the joined coins",
    ),
    missing: column.uint32('coins wanted, not held'),
    extra: column.uint32('coins held, not wanted'),
    sign_flip: column.uint32('coins held on the other side'),
    mis_sized: column.uint32('coins more than 2 % off in size'),
    aligned: column.uint32('the others'),
    best: column.bool('the nearest of the lags; of equals the smallest'),
  },
})
export type TrackingErrorLagRow = Row<typeof trackingErrorLags>

export const trackingErrorCoins = defineTable({
  name: 'tracking_error_coins',
  why: "each coin's target and weight of a day, the class of the mismatch and what it made",
  key: ['model', 'account', 'day', 'coin'],
  partition: { by: 'month', column: 'day' },
  columns: {
    model,
    account,
    day,
    coin: column.symbol('coin'),
    target: column.float('signed fraction of equity that should have been held, leverage included'),
    actual: column.float('what was held at the start of the day, at the close before'),
    mismatch: column.symbol('missing, extra, sign_flip, mis_sized or aligned'),
    gap_return: column.float('(actual − target) × return of the coin'),
    reason: column.symbol(
      'why it is missing or on the wrong side, as far as orders and targets tell; or empty',
      { since: 4 },
    ),
  },
})
export type TrackingErrorCoinRow = Row<typeof trackingErrorCoins>

export const trackingErrorHours = defineTable({
  name: 'tracking_error_hours',
  why: 'each hour of an account against its model: coins and squared error by class of mismatch',
  key: ['model', 'account', 'ts', 'kind'],
  partition: { by: 'month', column: 'ts' },
  columns: {
    model,
    account,
    ts: column.time('first millisecond of the hour'),
    kind: column.symbol(
      'MATCHED, MATCHED_ZERO, MAGNITUDE_ERROR, WRONG_DIRECTION, MISSING_POSITION or EXTRA_POSITION; every known hour has all six',
    ),
    lag_days: column.uint32('weights dated D are held on D + lag'),
    coins: column.uint32('coins of the class'),
    squared_error: column.float('Σ (weight − target)², fractions of equity'),
    flip_error: column.float('its part of which the targets of a day younger are nearer'),
    younger_error: column.float('Σ (weight − target of a day younger)², over younger_coins'),
    younger_coins: column.uint32('coins of the class when targets of a day younger are known; else 0'),
  },
})
export type TrackingErrorHourRow = Row<typeof trackingErrorHours>

export const modelPerformance = defineTable({
  name: 'model_performance',
  why: 'what the targets of a model would have made as an account holds them (lag, leverage), with costs: to hold live against',
  key: ['model', 'account', 'lag_days', 'day'],
  partition: { by: 'month', column: 'day' },
  columns: {
    model,
    account,
    lag_days: column.uint32('weights dated D are held on D + lag'),
    day,
    leverage: column.float('what target weights are multiplied with'),
    gross_return: column.floatOrNull('of the held weights; null with too few prices'),
    turnover: column.float('half the sum of absolute changes against the drifted weights; entry counts'),
    cost_bps: column.float('of what is traded, one way'),
    net_return: column.floatOrNull('gross − turnover × cost'),
    index: column.float('100 at the start of the window, net of costs'),
  },
})
export type ModelPerformanceRow = Row<typeof modelPerformance>
