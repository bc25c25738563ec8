/** `holdfast replay WORKFLOW|FILE`: does the present code take the same steps as the recorded history, and what was decided on the way. */
// Not here: replaying (workers/support/replay.ts), archiving (activities/history-archive.ts).
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import pc from 'picocolors'
import { historyFile } from '#activities/history-archive.ts'
import { print, printJson } from '#cli/output.ts'
import { connectTemporal, loadOperator, type Operator, resolveSessionId } from '#cli/support/operator.ts'
import * as show from '#cli/support/session-print.ts'
import { createLogger } from '#config/logger.ts'
import { describeError, HoldfastError } from '#domain/errors.ts'
import { hash32 } from '#domain/ids.ts'
import type { ReplayVerdict } from '#workers/support/replay.ts'

interface ReplayOptions {
  run?: string
  limit: string
  json?: boolean
}

/** A history and where it came from. */
interface Found {
  history: string
  workflowId: string
  from: string
}

const STORY_MAX = 10_000

export function registerReplay(program: Command): void {
  program
    .command('replay <workflow>')
    .description('replay a recorded history on the present code: same steps, which decisions?')
    .option('--run <id>', 'this run of the workflow; default: the newest')
    .option('--limit <n>', 'how many decisions to show', '50')
    .option('--json', 'one JSON object')
    .action(replay)
}

async function replay(typed: string, options: ReplayOptions): Promise<void> {
  const operator = loadOperator()
  const found = await findHistory(operator, typed, options.run)
  const { replayOnPresentCode } = await import('#workers/support/replay-present.ts')
  const verdict = await replayOnPresentCode(found.history, {
    cacheFolder: operator.environment.home.cache,
    workflowId: found.workflowId,
    log: createLogger('replay', 'silent'),
  })
  const { story, from: storyFrom } = await storyOf(operator, found, verdict)
  if (options.json) {
    printJson({
      deterministic: verdict.deterministic,
      events: verdict.events,
      decisions: story.length,
      first_difference: verdict.first_difference,
      workflow_id: found.workflowId,
      workflow_type: verdict.workflow_type,
      history_from: found.from,
      story_from: storyFrom,
      story,
    })
  } else tell(found, verdict, story, Number(options.limit) || 50)
  if (!verdict.deterministic) process.exitCode = 1
}

/** A file, else the server's history, else the archive's: the server forgets, and may be down. */
async function findHistory(operator: Operator, typed: string, run: string | undefined): Promise<Found> {
  const { readHistoryFile } = await import('#workers/support/replay.ts')
  if (existsSync(typed) && statSync(typed).isFile()) {
    return { history: readHistoryFile(typed), workflowId: 'replay', from: typed }
  }
  const workflowId =
    /^[a-z0-9-]+$/.test(typed) && typed !== 'kill-switch' ? resolveSessionId(operator, typed) : typed
  let trouble = ''
  try {
    const history = await fromServer(operator, workflowId, run)
    if (history !== null) return { history, workflowId, from: 'Temporal' }
    trouble = 'Temporal does not know it'
  } catch (error) {
    trouble = describeError(error)
  }
  const file = archivedFile(operator, workflowId, run)
  if (file !== null) return { history: readHistoryFile(file), workflowId, from: file }
  throw new HoldfastError(
    `no history of ${workflowId}: ${trouble}; the archive ${operator.environment.home.histories} has none`,
    {
      code: 'NO_HISTORY',
      retryable: false,
      hint: 'see `holdfast session list`, or name a history file',
    },
  )
}

async function fromServer(
  operator: Operator,
  workflowId: string,
  run: string | undefined,
): Promise<string | null> {
  const { fetchHistoryJson } = await import('#workers/support/histories.ts')
  const temporal = await connectTemporal(operator)
  try {
    const which = { workflow_id: workflowId, ...(run === undefined ? {} : { run_id: run }) }
    return await fetchHistoryJson(temporal.client, which)
  } finally {
    await temporal.close()
  }
}

/** Newest archived run of the workflow, or the one asked for. */
function archivedFile(operator: Operator, workflowId: string, run: string | undefined): string | null {
  const folder = operator.environment.home.histories
  if (!existsSync(folder)) return null
  const [prefix = ''] = historyFile({ workflow_id: workflowId, run_id: '\n' }).split('\n')
  const [newest] = readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && (run === undefined || name.startsWith(prefix + run)))
    .map((name) => ({
      path: join(folder, name),
      ts: startedTs(join(folder, name), name.slice(prefix.length)),
    }))
    .sort((a, b) => b.ts - a.ts)
  return newest?.path ?? null
}

/** Run ids of the server are UUIDs of version 7, which begin with their time; of others the file's own time has to do. */
function startedTs(path: string, runId: string): number {
  const match = /^([0-9a-f]{8})-([0-9a-f]{4})-7/.exec(runId)
  return match ? Number.parseInt(`${match[1]}${match[2]}`, 16) : statSync(path).mtimeMs
}

/** The SDK wraps the one telling sentence in several layers of its own. */
const tellingPart = (difference: string): string =>
  /message: "(\[TMPRL\d+\][^"]*)"/.exec(difference)?.[1] ?? difference

/** What the history holds; for a maker, whose decisions fall inside segments, what its journal wrote. */
async function storyOf(
  operator: Operator,
  { workflowId, history }: Found,
  verdict: ReplayVerdict,
): Promise<{ story: show.DecisionLine[]; from: string }> {
  const { decisionLine, storedDecisions } = await import('#cli/support/decisions.ts')
  if (verdict.decisions.length > 0) return { story: verdict.decisions.map(decisionLine), from: 'history' }
  if (!workflowId.startsWith('session/')) return { story: [], from: 'history' }
  try {
    return {
      story: await storedDecisions(operator, workflowId, { limit: STORY_MAX, run: runOf(history) }),
      from: 'ClickHouse',
    }
  } catch {
    return { story: [], from: 'nowhere: ClickHouse does not answer' }
  }
}

interface StartedEvent {
  workflowExecutionStartedEventAttributes?: { firstExecutionRunId?: string }
}

/** hash32 of the first run id, under which the journal stores its rows; 0, which means all runs, where the history does not tell. */
function runOf(history: string): number {
  const { events } = JSON.parse(history) as { events?: StartedEvent[] }
  const first = events?.[0]?.workflowExecutionStartedEventAttributes?.firstExecutionRunId
  return first ? hash32(first) : 0
}

function tell(
  found: Found,
  verdict: ReplayVerdict,
  story: readonly show.DecisionLine[],
  limit: number,
): void {
  print(
    verdict.deterministic
      ? `${pc.green('deterministic')}: the present code takes the same steps through all ${verdict.events} events`
      : `${pc.red('NOT deterministic')}: ${tellingPart(verdict.first_difference)}`,
  )
  print(`  ${found.workflowId} (${verdict.workflow_type}), history from ${found.from}`)
  if (story.length === 0) return
  print('')
  show.decisions(story.slice(-limit))
  if (story.length > limit) print(`  the last ${limit} of ${story.length} decisions; --limit shows more`)
}
