/** Tables of models: the target weights that sessions follow and live accounts are compared with. */
// Not here: what the comparison yields (pnl.ts), who reads the targets as they were known at a moment (models-queries.ts).
import { column } from '#clickhouse/column.ts'
import { defineTable, type Row } from '#clickhouse/table.ts'

export const modelTargets = defineTable({
  name: 'model_targets',
  why: 'what a model wants to hold: followers trade it, tracking error measures against it',
  key: ['model', 'ts', 'coin'],
  version: 'received_ts',
  partition: { by: 'month', column: 'ts' },
  columns: {
    model: column.symbol('name of the model'),
    ts: column.time('moment from which the weight is meant to be held'),
    coin: column.symbol('coin, as the venue spells it'),
    weight: column.float('signed fraction of equity: 0.25 is a quarter long, −0.1 a tenth short'),
    source: column.symbol('what wrote it: signal, import, or the name of a program'),
    received_ts: column.time('when it became known; a newer one replaces an older one'),
  },
})
export type ModelTargetRow = Row<typeof modelTargets>
