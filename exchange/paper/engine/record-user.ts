/** Whose account a record is about. */
import type { EngineRecord } from '#exchange/paper/engine/types.ts'

export function recordUser(record: EngineRecord): string {
  switch (record.kind) {
    case 'fill':
      return record.fill.user
    case 'order':
      return record.order.user
    case 'funding':
      return record.payment.user
    case 'ledger':
      return record.update.user
    default:
      return record.user
  }
}
