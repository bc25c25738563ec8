/** `holdfast provision`: accounts, search attributes and schedules of a stack that runs without our supervisor, e.g. in containers. */
// Not here: the work itself (cli/setup-steps.ts).
import type { Command } from 'commander'
import { print, printJson } from '#cli/output.ts'
import { runSetupStep } from '#cli/setup-steps.ts'
import { loadEnvironment } from '#config/environment.ts'
import { loadSettings } from '#config/load.ts'
import { createLogger } from '#config/logger.ts'

export function registerProvision(program: Command): void {
  program
    .command('provision')
    .description('fund paper accounts, approve their keys, apply the schedules; repeating it changes nothing')
    .option('--sessions', 'also start the sessions of the settings')
    .option('--json', 'one JSON object')
    .action(async (options: { sessions?: boolean; json?: boolean }) => {
      const environment = loadEnvironment()
      const log = createLogger('provision', 'warn')
      const done: Record<string, string> = {}
      for (const step of ['accounts', 'schedules'] as const) {
        done[step] = (await runSetupStep({ step }, { environment, log })).text
      }
      if (options.sessions) {
        const files = loadSettings(environment.HOLDFAST_CONFIG).sessions.start
        done.sessions = (await runSetupStep({ step: 'sessions', files }, { environment, log })).text
      }
      if (options.json) printJson(done)
      else for (const [step, text] of Object.entries(done)) print(`${step}: ${text}`)
    })
}
