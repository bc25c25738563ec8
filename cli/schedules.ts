/** `holdfast schedules apply|list`: brings the server's schedules to what is declared in code, as often as one likes. */
// Not here: the declarations (workflows/schedules.ts). Pausing, triggering and backfilling is for the Temporal UI.
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  ScheduleNotFoundError,
  type ScheduleOptions,
} from '@temporalio/client'
import type { Command } from 'commander'
import { print, printJson, printTable } from '#cli/output.ts'
import { loadEnvironment } from '#config/environment.ts'
import { loadSettings } from '#config/load.ts'
import { hash32 } from '#domain/ids.ts'
import { connectClient } from '#workers/support/temporal-client.ts'
import { KILL_SWITCH_ID } from '#workflows/kill-switch/messages.ts'
import { TASK_QUEUES, WORKFLOW_TYPES } from '#workflows/names.ts'
import { SCHEDULES, type ScheduleDeclaration, schedulesFor } from '#workflows/schedules.ts'

/** Marks a schedule as ours, so that one that is no longer declared can be told from a stranger's. */
const OWNER = { owner: 'holdfast' } as const

export interface ScheduleChange {
  id: string
  change: 'created' | 'updated' | 'unchanged' | 'deleted'
}

/**
 * Creates, updates and deletes until the server has exactly the declared schedules; a pause that somebody set stays.
 * Also starts the kill switch, the one workflow that always runs.
 */
export async function applySchedules(
  client: Client,
  declared: readonly ScheduleDeclaration[] = SCHEDULES,
): Promise<ScheduleChange[]> {
  const changes = await Promise.all(declared.map((declaration) => applyOne(client, declaration)))
  const gone = await retired(client, new Set(declared.map(({ id }) => id)))
  for (const id of gone) await client.schedule.getHandle(id).delete()
  await client.workflow.start(WORKFLOW_TYPES.killSwitch, {
    workflowId: KILL_SWITCH_ID,
    taskQueue: TASK_QUEUES.orchestrator,
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: 'Global kill switch: send it the signal engage',
  })
  return [...changes, ...gone.map((id) => ({ id, change: 'deleted' as const }))]
}

async function applyOne(client: Client, declaration: ScheduleDeclaration): Promise<ScheduleChange> {
  const { id } = declaration
  const handle = client.schedule.getHandle(id)
  const wanted = scheduleOptions(declaration)
  try {
    const present = await handle.describe()
    if (fingerprintOf(present) === fingerprint(declaration)) return { id, change: 'unchanged' }
    await handle.update(({ state }) => ({
      spec: wanted.spec,
      action: wanted.action,
      ...(wanted.policies ? { policies: wanted.policies } : {}),
      state: { ...wanted.state, paused: state.paused, ...(state.note ? { note: state.note } : {}) },
    }))
    return { id, change: 'updated' }
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error
  }
  try {
    await client.schedule.create(wanted)
    return { id, change: 'created' }
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return { id, change: 'unchanged' } // another apply was faster
    throw error
  }
}

function scheduleOptions(declaration: ScheduleDeclaration): ScheduleOptions {
  return {
    scheduleId: declaration.id,
    spec: { intervals: [{ every: declaration.every_ms }], jitter: declaration.jitter_ms },
    action: {
      type: 'startWorkflow',
      workflowType: declaration.workflow_type,
      workflowId: declaration.id,
      taskQueue: declaration.task_queue,
      args: [declaration.input],
      memo: { ...OWNER, declaration: fingerprint(declaration) },
      staticSummary: declaration.note,
    },
    policies: {
      overlap: declaration.overlap,
      catchupWindow: declaration.catchup_ms,
      pauseOnFailure: declaration.pause_on_failure,
    },
    memo: OWNER,
    state: { note: declaration.note },
  }
}

/** What a schedule was made from: kept in its action's memo, since the server normalises everything else. */
const fingerprint = (declaration: ScheduleDeclaration): string =>
  hash32(JSON.stringify(declaration)).toString(16)

function fingerprintOf({ action }: ScheduleDescription): string {
  const memo = (action.memo ?? {}) as Record<string, unknown>
  return typeof memo.declaration === 'string' ? memo.declaration : ''
}

async function retired(client: Client, declared: ReadonlySet<string>): Promise<string[]> {
  const ids: string[] = []
  for await (const { scheduleId, memo } of client.schedule.list()) {
    if (memo?.owner === OWNER.owner && !declared.has(scheduleId)) ids.push(scheduleId)
  }
  return ids
}

export function registerSchedules(program: Command): void {
  const schedules = program.command('schedules').description('What runs by the clock')
  schedules
    .command('apply')
    .description('bring the server to what is declared in code; repeating it changes nothing')
    .option('--json', 'one JSON line')
    .action(async ({ json }: { json?: boolean }) => {
      const changes = await withClient((client) =>
        applySchedules(client, schedulesFor(loadSettings(loadEnvironment().HOLDFAST_CONFIG))),
      )
      if (json) printJson({ schedules: changes })
      else for (const { id, change } of changes) print(`${id}: ${change}`)
    })
  schedules
    .command('list')
    .description('each with its next run and what it missed')
    .option('--json', 'one JSON line')
    .action(async ({ json }: { json?: boolean }) => {
      const rows = await withClient((client) =>
        listSchedules(client, schedulesFor(loadSettings(loadEnvironment().HOLDFAST_CONFIG))),
      )
      if (json) printJson({ schedules: rows })
      else {
        printTable(
          ['id', 'every', 'next run', 'paused', 'late runs left out', 'what for'],
          rows.map((row) => [
            row.id,
            `${row.every_ms / 60_000} min`,
            row.next_ts === null ? '–' : new Date(row.next_ts).toISOString(),
            row.paused ? 'yes' : 'no',
            String(row.missed),
            row.note,
          ]),
        )
      }
    })
}

export interface ScheduleLine {
  id: string
  every_ms: number
  next_ts: number | null
  paused: boolean
  /** Runs left out because they would have been too late, or because the one before still ran. */
  missed: number
  note: string
}

/** The declared schedules as the server has them. @throws ScheduleNotFoundError before the first apply */
export async function listSchedules(
  client: Client,
  declared: readonly ScheduleDeclaration[] = SCHEDULES,
): Promise<ScheduleLine[]> {
  return Promise.all(
    declared.map(async ({ id, every_ms, note }) => {
      const { state, info } = await client.schedule.getHandle(id).describe()
      return {
        id,
        every_ms,
        next_ts: info.nextActionTimes[0]?.getTime() ?? null,
        paused: state.paused,
        missed: info.numActionsMissedCatchupWindow + info.numActionsSkippedOverlap,
        note,
      }
    }),
  )
}

async function withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const temporal = await connectClient(loadEnvironment())
  try {
    return await work(temporal.client)
  } finally {
    await temporal.close()
  }
}
