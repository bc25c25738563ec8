/** What happens to a table's rows besides being stored: copied, archived, dropped; declarations with their defaults, and the settings' word on them. */
// Not here: doing it (clickhouse/sync, clickhouse/archive, clickhouse/retention).
import type { RetentionTier, Table } from '#clickhouse/table.ts'

export type ArchiveCodec = 'zstd' | 'gzip'

/** One table, with every default filled in. */
export interface DataPolicy {
  sync: boolean
  /** Null where no partition ever closes, or where nobody wants files. */
  archive: { by: 'day' | 'month'; codec: ArchiveCodec } | null
  /** Null where everything stays for ever. */
  retention: {
    days: number | null
    tiers: readonly RetentionTier[]
    after: readonly ('archive' | 'sync')[]
  } | null
}

/** The settings that bear on the policies of tables. */
export interface DataSettings {
  sync: { enabled: boolean; skip: readonly string[] }
  archive: { enabled: boolean; skip: readonly string[]; codec: Readonly<Record<string, ArchiveCodec>> }
}

/** As declared, whatever is switched on. */
export function declaredPolicy(table: Table): DataPolicy {
  const { partition, keepDays, tiers = [], archive = 'zstd' } = table
  return {
    sync: table.sync ?? true,
    archive: partition.by === 'none' || archive === false ? null : { by: partition.by, codec: archive },
    retention:
      keepDays === undefined && tiers.length === 0
        ? null
        : { days: keepDays ?? null, tiers, after: table.dropAfter ?? ['archive', 'sync'] },
  }
}

/** The declaration under these settings: what is switched off is neither done nor waited for. */
export function policyOf(table: Table, settings: DataSettings): DataPolicy {
  const declared = declaredPolicy(table)
  const sync = declared.sync && settings.sync.enabled && !settings.sync.skip.includes(table.name)
  const archive =
    settings.archive.enabled && !settings.archive.skip.includes(table.name) && declared.archive
      ? { ...declared.archive, codec: settings.archive.codec[table.name] ?? declared.archive.codec }
      : null
  const isOn = { sync, archive: archive !== null }
  return {
    sync,
    archive,
    retention: declared.retention && {
      ...declared.retention,
      after: declared.retention.after.filter((what) => isOn[what]),
    },
  }
}
