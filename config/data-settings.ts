/** Settings of what happens to stored rows: copying to a remote database, archive files, retention. */
// Not here: the whole settings file (schema.ts), what each table declares (clickhouse/table.ts).
import { z } from 'zod'

const TableName = z.string().regex(/^[a-z][a-z0-9_]*$/, 'a table name such as trades')

export const SyncSettings = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe(
      'copy tables to a second database; without HOLDFAST_REMOTE_CLICKHOUSE_URL a second embedded one is started',
    ),
  every_s: z.int().min(5).max(86_400).default(60).describe('how often new rows are copied, seconds'),
  verify_every_s: z
    .int()
    .min(60)
    .max(604_800)
    .default(900)
    .describe('how often closed hours are compared on both sides, seconds'),
  skip: z.array(TableName).default([]).describe('tables that are not copied'),
  cluster: z
    .string()
    .regex(/^\w+$/)
    .optional()
    .describe(
      'name of the remote cluster: tables are made ON CLUSTER and replicated; unset: one server or Cloud',
    ),
  parallel: z.int().min(1).max(16).default(2).describe('partitions that are copied at the same time'),
  batch_rows: z.int().min(1_000).max(1_000_000).default(500_000).describe('most rows of one insert'),
  batch_mb: z.int().min(1).max(200).default(64).describe('most uncompressed megabytes of one insert'),
  rows_per_s: z.int().min(1).optional().describe('most rows a second; unset: as fast as it goes'),
  mb_per_s: z.number().positive().optional().describe('most megabytes a second; unset: as fast as it goes'),
  delete_rows_max: z
    .int()
    .min(0)
    .default(10_000)
    .describe(
      'most rows that one comparison deletes from the remote because the local table does not have them',
    ),
})

export const ArchiveSettings = z.strictObject({
  enabled: z.boolean().default(true).describe('write closed partitions to Parquet files'),
  to: z
    .string()
    .regex(/^(?:s3:\/\/[\w.-]+(?:\/.*)?|[^:]+)$/, 'a folder, or s3://BUCKET/PREFIX')
    .optional()
    .describe('folder, or s3://BUCKET/PREFIX; unset: HOLDFAST_HOME/archive'),
  s3_endpoint: z.url().optional().describe('base URL of the S3-compatible store; unset: Amazon in s3_region'),
  s3_region: z.string().default('us-east-1').describe('region of the bucket'),
  skip: z.array(TableName).default([]).describe('tables that are not archived'),
  codec: z
    .record(TableName, z.enum(['zstd', 'gzip']))
    .default({})
    .describe('compression by table where it should differ from the declaration'),
  after_hours: z
    .int()
    .min(1)
    .max(720)
    .default(6)
    .describe('a partition is closed so many hours after its end'),
})

export const RetentionSettings = z.strictObject({
  enabled: z.boolean().default(true).describe('drop rows when their days are over; off: keep everything'),
  keep_days: z
    .record(TableName, z.int().min(1))
    .default({})
    .describe('days by table where they should differ from the declaration'),
  drop_partitions_max: z
    .int()
    .min(1)
    .default(7)
    .describe('most partitions of one table that one run drops: a wrong clock cannot take everything'),
})
