/** The registry files under HOME/run that processes leave for each other: trading hosts, leases of running segments, accounts. */
// Not here: runtime.json of the supervisor (cli/supervisor), kills (config/kill-store.ts).
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readJson, writeJsonAtomic } from '#config/atomic-file.ts'
import type { Home } from '#config/home.ts'
import { hash32 } from '#domain/ids.ts'

/** A trading host that takes direct kills. */
export const HostFile = z.object({
  host_id: z.string().min(1),
  pid: z.int(),
  /** Base URL of its control server. */
  url: z.url(),
  started_ts: z.number(),
  network: z.string(),
})
export type HostFile = z.infer<typeof HostFile>

/** A running segment and until when it may trade. */
export const LeaseFile = z.object({
  session_id: z.string().min(1),
  epoch: z.int().min(0),
  /** hash32 of the workflow's first run id, as in client order ids. */
  run: z.int().min(0),
  account: z.string().min(1),
  coins: z.array(z.string()),
  /** Wall time, epoch ms. */
  lease_until_ts: z.number(),
  pid: z.int(),
  host_id: z.string(),
  /** What the operator wants when nobody renews the lease; unset: cancel_quotes. */
  on_control_loss: z.enum(['cancel_quotes', 'hold']).optional(),
})
export type LeaseFile = z.infer<typeof LeaseFile>

/** Accounts that exist at the exchange and whom streamers and dashboard follow. */
export const AccountsFile = z.array(
  z.object({ name: z.string().min(1), address: z.string().regex(/^0x[0-9a-f]{40}$/) }),
)
export type AccountsFile = z.infer<typeof AccountsFile>

/** 8 hex digits that name a session in file names and client order ids. */
export const sessionTag = (sessionId: string): string => hash32(sessionId).toString(16).padStart(8, '0')

const hostsFolder = (home: Home): string => join(home.run, 'hosts')
const leasesFolder = (home: Home): string => join(home.run, 'leases')
const hostFile = (home: Home, hostId: string): string =>
  join(hostsFolder(home), `${hostId.replace(/[^a-zA-Z0-9_-]/g, '_')}.json`)
export const leaseFile = (home: Home, sessionId: string): string =>
  join(leasesFolder(home), `${sessionTag(sessionId)}.json`)

export const writeHost = (home: Home, host: HostFile): void =>
  writeJsonAtomic(hostFile(home, host.host_id), host)
export const removeHost = (home: Home, hostId: string): void =>
  rmSync(hostFile(home, hostId), { force: true })
export const writeLease = (home: Home, lease: LeaseFile): void =>
  writeJsonAtomic(leaseFile(home, lease.session_id), lease)
/** Only after a clean end: the file of a crashed segment is what the watchdog acts on. */
export const removeLease = (home: Home, sessionId: string): void =>
  rmSync(leaseFile(home, sessionId), { force: true })

/** Files that cannot be read are skipped and reported: one broken file must not blind a kill. */
export const readHosts = (home: Home, onBroken?: OnBroken): HostFile[] =>
  readFolder(hostsFolder(home), HostFile, onBroken)
export const readLeases = (home: Home, onBroken?: OnBroken): LeaseFile[] =>
  readFolder(leasesFolder(home), LeaseFile, onBroken)

export const writeAccounts = (home: Home, accounts: AccountsFile): void =>
  writeJsonAtomic(join(home.run, 'accounts.json'), accounts)
/** [] before the accounts were provisioned. */
export function readAccounts(home: Home): AccountsFile {
  const read = readJson(join(home.run, 'accounts.json'), AccountsFile)
  return read.kind === 'value' ? read.value : []
}

type OnBroken = (file: string, why: string) => void

function readFolder<Schema extends z.ZodType>(
  folder: string,
  schema: Schema,
  onBroken: OnBroken = () => {},
): z.infer<Schema>[] {
  let names: string[]
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.json'))
  } catch {
    return [] // nobody has registered yet
  }
  return names.sort().flatMap((name) => {
    const file = join(folder, name)
    const read = readJson(file, schema)
    if (read.kind === 'value') return [read.value]
    if (read.kind === 'broken') onBroken(file, read.why)
    return []
  })
}
