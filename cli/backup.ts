/** `holdfast backup create|check|restore`: the state of the embedded Temporal and the settings, for another machine. */
// Not here: what is in it (config/state-backup.ts), stored rows (`holdfast sync`, `holdfast archive`).
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { formatBytes, print, printJson } from '#cli/output.ts'
import { homeHolder } from '#cli/supervisor/home-lock.ts'
import { systemClock } from '#config/clock.ts'
import { loadEnvironment } from '#config/environment.ts'
import {
  type BackupContents,
  BackupFailedError,
  createBackup,
  readBackup,
  restoreBackup,
} from '#config/state-backup.ts'

interface Json {
  json?: boolean
}

export function registerBackup(program: Command): void {
  const backup = program
    .command('backup')
    .description('workflows, settings and kills in one folder, for another machine')
  backup
    .command('create [folder]')
    .description('make a backup while everything runs; unset: holdfast-backup-TIME here')
    .option('--with-secrets', 'the keys too: whoever has the folder can trade')
    .option('--json', 'one JSON object')
    .action(
      async (folder: string | undefined, { json, withSecrets = false }: Json & { withSecrets?: boolean }) => {
        const now = systemClock.now()
        const target = resolve(
          folder ?? `holdfast-backup-${new Date(now).toISOString().slice(0, 19).replaceAll(':', '')}`,
        )
        const contents = await createBackup(places(), target, { now, withSecrets })
        if (json) printJson({ folder: target, ...summary(contents) })
        else {
          print(`${target}: ${contents.files.length} files, ${formatBytes(summary(contents).bytes)}`)
          if (!withSecrets)
            print(
              'Keys are not in it (--with-secrets): accounts with generated keys cannot trade from another machine without them.',
            )
        }
      },
    )
  backup
    .command('check <folder>')
    .description('is every file of a backup what it was?')
    .option('--json', 'one JSON object')
    .action((folder: string, { json }: Json) => {
      const contents = readBackup(resolve(folder))
      if (json) printJson({ folder: resolve(folder), ...summary(contents) })
      else print(`${contents.files.length} files are whole; made ${new Date(contents.made_ts).toISOString()}`)
    })
  backup
    .command('restore <folder>')
    .description('put a backup into this state folder, on which nothing may run')
    .option('--overwrite-config', 'replace settings files that differ from those of the backup')
    .option('--json', 'one JSON object')
    .action((folder: string, { json, overwriteConfig = false }: Json & { overwriteConfig?: boolean }) => {
      const { home } = loadEnvironment()
      const holder = homeHolder(home)
      if (holder)
        throw new BackupFailedError(
          `a stack runs on ${home.root} (pid ${holder.pid})`,
          '`holdfast down` first, or set HOLDFAST_HOME to a new folder',
        )
      const report = restoreBackup(places(), resolve(folder), { overwriteConfig })
      if (json) {
        printJson(report)
        return
      }
      print(
        `${report.restored.length} files restored to ${home.root}; \`holdfast up\` goes on where they were.`,
      )
      for (const file of report.kept_config) print(`left alone, because it differs: ${file}`)
    })
}

function places() {
  const environment = loadEnvironment()
  return { home: environment.home, configFile: environment.HOLDFAST_CONFIG }
}

const summary = ({ files, made_ts, with_secrets }: BackupContents) => ({
  ...{ files: files.length, made_ts, with_secrets },
  bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
})
