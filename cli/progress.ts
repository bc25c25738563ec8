/** Progress of a start, as events: shown as a live list, as plain lines, or as JSON lines. */
import pc from 'picocolors'

/** The steps of a start in the order they are shown; several run at once. */
export const START_STEPS = {
  home: 'State folder and ports',
  'temporal-binary': 'Temporal server binary',
  temporal: 'Temporal server',
  clickhouse: 'ClickHouse',
  tables: 'Tables',
  exchange: 'Exchange',
  accounts: 'Accounts and their keys',
  services: 'Workers, streamers, watchdog, dashboard',
  schedules: 'Schedules',
  market: 'Market',
  sessions: 'Sessions',
} as const
export type StepName = keyof typeof START_STEPS

export type ProgressEvent =
  | { kind: 'begun'; step: StepName }
  | { kind: 'note'; step: StepName; text: string }
  | { kind: 'done'; step: StepName; text: string; ms: number }
  | { kind: 'failed'; step: StepName; text: string }

export type ProgressListener = (event: ProgressEvent) => void

/** Runs one step: what it hands back as `text` is shown beside its title. */
export async function runStep<T>(
  listener: ProgressListener,
  clock: { monotonicMs(): number },
  step: StepName,
  work: (note: (text: string) => void) => Promise<{ text: string; value: T }>,
): Promise<T> {
  const started = clock.monotonicMs()
  listener({ kind: 'begun', step })
  try {
    const { text, value } = await work((note) => listener({ kind: 'note', step, text: note }))
    listener({ kind: 'done', step, text, ms: Math.round(clock.monotonicMs() - started) })
    return value
  } catch (error) {
    listener({ kind: 'failed', step, text: error instanceof Error ? error.message : String(error) })
    throw error
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
const doneTitle = (step: StepName, text: string, ms: number): string =>
  `${START_STEPS[step]}${text === '' ? '' : `: ${text}`} ${pc.dim(`(${seconds(ms)})`)}`

/** One line per event: for pipes, log files and terminals without cursor. */
export function plainProgress(print: (line: string) => void): ProgressListener {
  return (event) => {
    switch (event.kind) {
      case 'begun':
        return print(`  … ${START_STEPS[event.step]}`)
      case 'note':
        return print(`    ${event.text}`)
      case 'done':
        return print(`  ✓ ${doneTitle(event.step, event.text, event.ms)}`)
      case 'failed':
        return print(`  ✗ ${START_STEPS[event.step]}`)
    }
  }
}

/** One JSON object per event. */
export const jsonProgress =
  (print: (line: string) => void): ProgressListener =>
  (event) =>
    print(JSON.stringify({ event: event.kind, ...event, kind: undefined }))

/** A live list in the terminal. `finish` must be called at the end, whatever the end is. */
export async function liveProgress(): Promise<{ listener: ProgressListener; finish(): Promise<void> }> {
  const { Listr } = await import('listr2')
  const steps = new Map(Object.keys(START_STEPS).map((step) => [step, createStepState()]))
  const showing = new Map<string, { output: string }>()
  const list = new Listr(
    Object.entries(START_STEPS).map(([step, title]) => ({
      title,
      task: async (_: unknown, task: ShownTask) => {
        const state = steps.get(step) ?? createStepState()
        showing.set(step, task)
        task.output = state.lastNote
        const end = await state.end.promise
        if (end === null) task.skip(`${title}: not reached`)
        else task.title = end
      },
    })),
    // One after the other: a step that is done early is ticked when its turn comes.
    { concurrent: false, exitOnError: false, registerSignalListeners: false },
  )
  const over = list.run().catch(() => {})
  return {
    listener: (event) => {
      const state = steps.get(event.step)
      if (event.kind === 'note') {
        if (state) state.lastNote = event.text
        const task = showing.get(event.step)
        if (task) task.output = event.text
      }
      if (event.kind === 'done') state?.end.resolve(doneTitle(event.step, event.text, event.ms))
      if (event.kind === 'failed') state?.end.reject(new StepFailed(event.text.split('\n')[0] ?? ''))
    },
    finish: async () => {
      for (const { end } of steps.values()) end.resolve(null)
      await over
    },
  }
}

interface ShownTask {
  title: string
  output: string
  skip(message: string): void
}

interface StepState {
  /** Title of the done step; null when it was not reached. */
  end: PromiseWithResolvers<string | null>
  lastNote: string
}

function createStepState(): StepState {
  const end = Promise.withResolvers<string | null>()
  end.promise.catch(() => {}) // the list hears of it when its turn comes
  return { end, lastNote: '' }
}

/** Only a mark for the live list; the error itself is reported by the command. */
class StepFailed extends Error {}
