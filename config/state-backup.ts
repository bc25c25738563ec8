/** Backup of what only this machine knows: workflow histories and state of the embedded Temporal, settings, kills, archived histories; and putting it back. */
// Not here: stored rows (they are copied and archived: docs/features/remote-sync.md, archive.md), the command (cli/backup.ts).
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { backup as backupDatabase, DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { readJson } from '#config/atomic-file.ts'
import type { Home } from '#config/home.ts'
import { describeError, HoldfastError } from '#domain/errors.ts'

const FORMAT = 1
const CONTENTS = 'backup.json'

const BackupContents = z.object({
  format: z.literal(FORMAT),
  made_ts: z.number(),
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
  with_secrets: z.boolean(),
})
/** What a backup folder holds; its file backup.json. */
export type BackupContents = z.infer<typeof BackupContents>

export class BackupFailedError extends HoldfastError {
  constructor(what: string, hint: string, cause?: unknown) {
    super(what, {
      code: 'BACKUP_FAILED',
      retryable: false,
      hint: hint || 'see what the message names',
      ...(cause === undefined ? {} : { cause }),
    })
  }
}

export interface BackupPlaces {
  home: Home
  /** The settings file; the YAML files of its folder are kept with it. */
  configFile: string
}

/** Folders of the state folder that are copied as they are. */
const STATE_FOLDERS = ['kills', 'histories'] as const

/**
 * Makes a backup while everything runs: the database is copied by SQLite's own online backup, which waits for no writer.
 * @param folder must not exist; it appears whole under this name, or not at all
 * @throws BackupFailedError
 */
export async function createBackup(
  { home, configFile }: BackupPlaces,
  folder: string,
  options: { now: number; withSecrets: boolean },
): Promise<BackupContents> {
  if (existsSync(folder))
    throw new BackupFailedError(`${folder} exists already`, 'name another folder, or move this one away')
  const draft = `${folder}.part`
  try {
    rmSync(draft, { recursive: true, force: true })
    mkdirSync(draft, { recursive: true, mode: 0o700 })
    if (existsSync(home.temporalDb))
      await copyDatabase(home.temporalDb, join(draft, 'temporal', 'temporal.db'))
    for (const name of STATE_FOLDERS) copyTree(home[name], join(draft, name), () => true)
    copyTree(dirname(configFile), join(draft, 'config'), (path) => /\.ya?ml$/.test(path))
    if (options.withSecrets) copyTree(home.secrets, join(draft, 'secrets'), () => true)
    const files = filesOf(draft).map((path) => ({ path, ...fingerprint(join(draft, path)) }))
    const contents: BackupContents = {
      format: FORMAT,
      made_ts: options.now,
      files,
      with_secrets: options.withSecrets,
    }
    writeFileSync(join(draft, CONTENTS), `${JSON.stringify(contents, null, 2)}\n`)
    renameSync(draft, folder)
    return contents
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    throw error instanceof BackupFailedError
      ? error
      : new BackupFailedError(
          `the backup ${folder} could not be made: ${describeError(error)}`,
          'see the cause; is there room on the disk?',
          error,
        )
  }
}

async function copyDatabase(from: string, to: string): Promise<void> {
  mkdirSync(dirname(to), { recursive: true })
  const source = new DatabaseSync(from, { readOnly: true })
  try {
    await backupDatabase(source, to)
  } finally {
    source.close()
  }
  const copy = new DatabaseSync(to)
  try {
    const { integrity_check } = copy.prepare('PRAGMA integrity_check').get() as { integrity_check: string }
    if (integrity_check !== 'ok')
      throw new BackupFailedError(
        `the copy of ${from} is broken: ${integrity_check}`,
        'try again; look at the disk',
      )
  } finally {
    copy.close()
  }
}

export interface RestoreReport {
  restored: string[]
  /** Settings files that differ from those of the backup and were left alone. */
  kept_config: string[]
}

/**
 * Puts a backup into a state folder on which nothing runs.
 * @param options.overwriteConfig replace settings files that differ
 * @throws BackupFailedError before anything is written when the backup is damaged or the folder holds a Temporal database
 */
export function restoreBackup(
  { home, configFile }: BackupPlaces,
  folder: string,
  options: { overwriteConfig: boolean },
): RestoreReport {
  const contents = readBackup(folder)
  if (existsSync(home.temporalDb))
    throw new BackupFailedError(
      `${home.temporalDb} exists: a restore would replace running workflows`,
      'restore into a new HOLDFAST_HOME, or move this file away first',
    )
  const report: RestoreReport = { restored: [], kept_config: [] }
  for (const { path } of contents.files) {
    const to = placeOf({ home, configFile }, path)
    const isConfig = path.startsWith('config/')
    if (isConfig && existsSync(to) && !sameFile(join(folder, path), to) && !options.overwriteConfig) {
      report.kept_config.push(to)
      continue
    }
    mkdirSync(dirname(to), { recursive: true })
    copyFileSync(join(folder, path), `${to}.new`)
    renameSync(`${to}.new`, to)
    if (path.startsWith('secrets/')) chmodSync(to, 0o600)
    report.restored.push(to)
  }
  return report
}

/** Reads a backup and checks every file of it. @throws BackupFailedError naming the first one that differs */
export function readBackup(folder: string): BackupContents {
  const read = readJson(join(folder, CONTENTS), BackupContents)
  if (read.kind !== 'value')
    throw new BackupFailedError(
      `${folder} is no backup: ${read.kind === 'absent' ? `it has no ${CONTENTS}` : read.why}`,
      'name the folder that `holdfast backup create` made',
    )
  for (const { path, sha256 } of read.value.files) {
    const file = join(folder, path)
    if (path.split('/').includes('..') || !existsSync(file) || fingerprint(file).sha256 !== sha256)
      throw new BackupFailedError(`${file} is missing or was changed`, 'take another copy of the backup')
  }
  return read.value
}

function placeOf({ home, configFile }: BackupPlaces, path: string): string {
  const [kind, ...rest] = path.split('/')
  const places: Readonly<Record<string, string>> = {
    temporal: dirname(home.temporalDb),
    kills: home.kills,
    histories: home.histories,
    secrets: home.secrets,
    config: dirname(configFile),
  }
  const place = places[kind ?? '']
  if (place === undefined)
    throw new BackupFailedError(
      `the backup holds ${path}, which has no place here`,
      'use the version that made it',
    )
  return join(place, ...rest)
}

function copyTree(from: string, to: string, wanted: (path: string) => boolean): void {
  for (const path of filesOf(from).filter(wanted)) {
    mkdirSync(dirname(join(to, path)), { recursive: true })
    copyFileSync(join(from, path), join(to, path))
  }
}

/** Paths below the folder, with slashes, sorted; none when it does not exist. */
function filesOf(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

function fingerprint(file: string): { bytes: number; sha256: string } {
  return {
    bytes: statSync(file).size,
    sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
  }
}

const sameFile = (one: string, other: string): boolean =>
  fingerprint(one).sha256 === fingerprint(other).sha256
