/** The state folder: every file that Holdfast writes lies under it, at the path given here. */
// Not here: what is in the files; each owner writes its own.
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** All paths of one state folder. */
export interface Home {
  root: string
  /** Process registry: runtime.json, hosts/<id>.json, leases/<session>.json. */
  run: string
  logs: string
  clickhouse: string
  temporalDb: string
  paper: string
  /** One folder per writing process. */
  spool: string
  secrets: string
  /** Engaged kills, one JSON file a scope: read by every process that can place an order. */
  kills: string
  /** Histories of finished sessions. */
  histories: string
  /** State folder of the second embedded ClickHouse, when rows are copied to one. */
  remote: string
  /** Parquet files of closed partitions, unless the settings name another place. */
  archive: string
  cache: string
}

export function homeAt(root: string): Home {
  return {
    root,
    run: join(root, 'run'),
    logs: join(root, 'logs'),
    clickhouse: join(root, 'data', 'clickhouse'),
    temporalDb: join(root, 'data', 'temporal', 'temporal.db'),
    paper: join(root, 'data', 'paper'),
    spool: join(root, 'spool'),
    secrets: join(root, 'secrets'),
    kills: join(root, 'kills'),
    histories: join(root, 'histories'),
    archive: join(root, 'archive'),
    remote: join(root, 'remote'),
    cache: join(root, 'cache'),
  }
}

/** Creates the folders; secrets are readable by their owner only. */
export function createHome(home: Home): void {
  const folders = [
    home.run,
    home.logs,
    home.clickhouse,
    dirname(home.temporalDb),
    home.paper,
    home.spool,
    home.secrets,
    home.kills,
    home.histories,
    home.cache,
  ]
  for (const folder of folders) mkdirSync(folder, { recursive: true })
  chmodSync(home.secrets, 0o700)
}

/** The token that guards every local control port; made on first use, 0600. Send it as `Authorization: Bearer <token>`. */
export function controlToken(home: Home): string {
  const file = join(home.secrets, 'control-token')
  if (!existsSync(file)) {
    mkdirSync(home.secrets, { recursive: true, mode: 0o700 })
    try {
      writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600, flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // another process made it just now
    }
  }
  return readFileSync(file, 'utf8').trim()
}
