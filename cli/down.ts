/** `holdfast down`: asks the supervisor to stop everything in order; without one, ends what a killed one has left. */
import type { Command } from 'commander'
import { print, printJson } from '#cli/output.ts'
import { endLeftovers, homeHolder } from '#cli/supervisor/home-lock.ts'
import { signalProcess } from '#cli/supervisor/process-table.ts'
import { systemClock } from '#config/clock.ts'
import { loadEnvironment } from '#config/environment.ts'
import { isSameProcess } from '#config/process-identity.ts'
import { HoldfastError } from '#domain/errors.ts'

/** The supervisor needs at most ten seconds; after this something is wrong. */
const STOP_MS_MAX = 15_000

export function registerDown(program: Command): void {
  program
    .command('down')
    .description('stop everything in order; sessions go on at the next start')
    .option('--json', 'result as one JSON object')
    .action(async (options: { json?: boolean }) => {
      const result = await down()
      if (options.json) return printJson(result)
      if (result.stopped) print(`Stopped (supervisor ${result.pid}) in ${(result.ms / 1000).toFixed(1)} s.`)
      else if (result.leftovers.length > 0)
        print(`Ended what an earlier run left behind: ${result.leftovers.join(', ')}.`)
      else print('Nothing was running.')
    })
}

interface DownResult {
  stopped: boolean
  pid: number | null
  ms: number
  leftovers: string[]
}

/** @throws HoldfastError STOP_TOO_SLOW when the supervisor does not end */
async function down(): Promise<DownResult> {
  const { home } = loadEnvironment()
  const begun = systemClock.monotonicMs()
  const holder = homeHolder(home)
  if (holder === null) {
    const leftovers = await endLeftovers(home, systemClock)
    return { stopped: false, pid: null, ms: systemClock.monotonicMs() - begun, leftovers }
  }
  signalProcess(holder.pid, 'SIGTERM')
  while (isSameProcess(holder.pid, holder.process_started)) {
    if (systemClock.monotonicMs() - begun > STOP_MS_MAX) {
      throw new HoldfastError(
        `the supervisor with pid ${holder.pid} did not stop within ${STOP_MS_MAX / 1000} s`,
        {
          code: 'STOP_TOO_SLOW',
          retryable: true,
          hint: `kill -9 ${holder.pid}: its services then stop by themselves; see logs/supervisor.log in ${home.root}`,
        },
      )
    }
    await systemClock.sleep(50)
  }
  return { stopped: true, pid: holder.pid, ms: Math.round(systemClock.monotonicMs() - begun), leftovers: [] }
}
