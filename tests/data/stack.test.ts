/** The whole stack with copying switched on: a second embedded ClickHouse, the commands, the workflow with its details, the report page's answer. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ArchiveRunReport } from '#clickhouse/archive/archive-run.ts'
import type { RetentionReport } from '#clickhouse/retention/retention.ts'
import type { SyncStatus } from '#clickhouse/sync/status.ts'
import { controlToken } from '#config/home.ts'
import { TASK_QUEUES, WORKFLOW_TYPES } from '#workflows/names.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { missingTemporal } from '../support/temporal-server.ts'
import { waitUntil } from '../support/wait-until.ts'

const missing = missingTemporal()
let stack: Stack
let folder: string
beforeAll(async () => {
  if (missing) return
  folder = mkdtempSync(join(tmpdir(), 'holdfast-data-stack-'))
  const config = join(folder, 'holdfast.yaml')
  writeFileSync(config, JSON.stringify({ sync: { enabled: true, every_s: 5 }, sessions: { start: [] } }))
  stack = await startStack({ env: { HOLDFAST_CONFIG: config } })
}, 180_000)
afterAll(async () => {
  await stack?.stop()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

test.skipIf(missing)(
  'rows of the streamers are copied by the clock; status, archive and retention answer; the workflow shows what it did',
  async () => {
    expect(stack.service('clickhouse-remote').state).toBe('ready')
    const status = await waitUntil(
      'rows on the remote side and a run that ended',
      async () => {
        const now = await stack.cliJson<SyncStatus>('sync', 'status')
        const copied = now.tables.find(({ table }) => table === 'trades')?.copied_rows ?? 0
        // A table tells its rows while the run that copies them still goes on to others.
        return copied > 0 && now.runs.length > 0 ? now : null
      },
      60_000,
    )
    expect(status.remote).toMatchObject({ reachable: true, kind: 'server', why: '' })
    expect(status.tables.filter(({ outcome }) => outcome === 'drift')).toEqual([])
    expect(status.runs.length).toBeGreaterThan(0)

    const connection = await Connection.connect({ address: stack.runtime().temporal_address })
    const client = new Client({ connection })
    const report = (await client.workflow.execute(WORKFLOW_TYPES.syncToRemote, {
      workflowId: 'copy-by-hand',
      taskQueue: TASK_QUEUES.orchestrator,
      args: [{}],
    })) as { outcome: string; refused: object }
    expect(report.refused).toEqual({})
    await connection.close()

    const archived = await stack.cliJson<ArchiveRunReport>('archive', 'run')
    expect(archived.failed).toEqual([])
    const retention = await stack.cliJson<RetentionReport>('retention', 'run', '--dry-run')
    expect(retention).toMatchObject({ dry_run: true, dropped_rows: 0 })

    const answer = await fetch(`${stack.runtime().dashboard_url}/api/reports/data?hours=1`, {
      headers: { authorization: `Bearer ${controlToken(stack.home)}` },
    })
    const { data } = (await answer.json()) as { data: { on: object; runs: { job: string }[] } }
    expect(data.on).toMatchObject({ sync: true })
    expect(data.runs.map(({ job }) => job)).toContain('sync')
  },
)
