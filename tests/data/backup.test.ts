/** A backup is made from a running Temporal server, and another machine goes on with it; damaged backups and held folders are refused. */
import { type ChildProcess, spawn } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createHome, type Home, homeAt } from '#config/home.ts'
import { createBackup, readBackup, restoreBackup } from '#config/state-backup.ts'
import { devServerArguments } from '#workers/support/temporal-flags.ts'
import { freePort, missingTemporal, temporalBinary } from '../support/temporal-server.ts'
import { waitUntil } from '../support/wait-until.ts'

let root: string
let home: Home
let configFile: string
const servers: ChildProcess[] = []
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-backup-'))
  home = machine('one')
  configFile = join(root, 'one-config', 'holdfast.yaml')
  mkdirSync(join(dirname(configFile), 'sessions'), { recursive: true })
  writeFileSync(configFile, 'exchange: { seed: 9 }\n')
  writeFileSync(join(dirname(configFile), 'sessions', 'a.yaml'), 'engine: maker\n')
  writeFileSync(join(dirname(configFile), 'code.ts'), 'not settings')
  writeFileSync(join(home.kills, 'all.json'), '{"mode":"halt"}')
  writeFileSync(join(home.secrets, 'key'), 'a key')
})
afterEach(async () => {
  for (const server of servers.splice(0)) server.kill('SIGKILL')
  rmSync(root, { recursive: true, force: true })
})

function machine(name: string): Home {
  const made = homeAt(join(root, name))
  createHome(made)
  return made
}

const backup = (withSecrets = false) =>
  createBackup({ home, configFile }, join(root, 'backup'), { now: 1_700_000_000_000, withSecrets })

/** A dev server on this file; a client that answers. */
async function startServer(dbFile: string): Promise<{ client: Client; stop(): Promise<void> }> {
  const port = await freePort()
  const args = devServerArguments({ port, uiPort: null, dbFile })
  const child = spawn(temporalBinary() ?? '', args, { stdio: 'ignore' })
  servers.push(child)
  const connection = await waitUntil(
    'Temporal to answer',
    async () => {
      const made = await Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: 500 })
      await made.workflowService.describeNamespace({ namespace: 'default' })
      return made
    },
    30_000,
  )
  return {
    client: new Client({ connection }),
    async stop() {
      const exit = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await exit
      await connection.close()
    },
  }
}

test.skipIf(missingTemporal())(
  'workflows that run go on from a backup that was taken meanwhile',
  async () => {
    const first = await startServer(home.temporalDb)
    for (let i = 0; i < 5; i++)
      await first.client.workflow.start('anything', {
        workflowId: `w-${i}`,
        taskQueue: 'nobody',
        args: [{ i }],
      })
    await backup()
    await first.client.workflow.start('anything', { workflowId: 'after', taskQueue: 'nobody', args: [] })
    await first.stop()
    const other = machine('other')
    const otherConfig = join(root, 'other-config', 'holdfast.yaml')
    restoreBackup({ home: other, configFile: otherConfig }, join(root, 'backup'), { overwriteConfig: false })
    const second = await startServer(other.temporalDb)
    for (let i = 0; i < 5; i++) {
      const described = await second.client.workflow.getHandle(`w-${i}`).describe()
      expect(described.status.name).toBe('RUNNING')
    }
    await expect(second.client.workflow.getHandle('after').describe()).rejects.toThrow()
    await second.client.workflow.getHandle('w-0').terminate('it takes orders')
    expect(readFileSync(otherConfig, 'utf8')).toContain('seed: 9')
    expect(readFileSync(join(other.kills, 'all.json'), 'utf8')).toContain('halt')
    await second.stop()
  },
)

test('settings and kills are in it, keys only when asked for, code never', async () => {
  const { files } = await backup()
  expect(files.map(({ path }) => path)).toEqual([
    'config/holdfast.yaml',
    'config/sessions/a.yaml',
    'kills/all.json',
  ])
  rmSync(join(root, 'backup'), { recursive: true })
  const withKeys = await backup(true)
  expect(withKeys.files.map(({ path }) => path)).toContain('secrets/key')
})

test('a changed file, a missing file and a folder that is no backup are refused before anything is written', async () => {
  await backup()
  const folder = join(root, 'backup')
  const restore = (target: Home) =>
    restoreBackup({ home: target, configFile: join(target.root, 'c', 'holdfast.yaml') }, folder, {
      overwriteConfig: false,
    })
  appendFileSync(join(folder, 'config', 'holdfast.yaml'), '# later\n')
  const other = machine('other')
  expect(() => restore(other)).toThrow(expect.objectContaining({ code: 'BACKUP_FAILED' }))
  rmSync(join(folder, 'config', 'holdfast.yaml'))
  expect(() => restore(other)).toThrow(/holdfast\.yaml is missing or was changed/)
  expect(existsSync(join(other.kills, 'all.json'))).toBe(false)
  expect(() => readBackup(root)).toThrow(/is no backup/)
  await expect(backup()).rejects.toThrow(/exists already/)
})

test('a state folder with workflows is not replaced, and settings that differ are left alone unless asked', async () => {
  await backup()
  const other = machine('other')
  mkdirSync(dirname(other.temporalDb), { recursive: true })
  writeFileSync(other.temporalDb, 'workflows')
  const places = { home: other, configFile: join(other.root, 'c', 'holdfast.yaml') }
  const folder = join(root, 'backup')
  expect(() => restoreBackup(places, folder, { overwriteConfig: false })).toThrow(
    /would replace running workflows/,
  )
  rmSync(other.temporalDb)
  mkdirSync(dirname(places.configFile), { recursive: true })
  writeFileSync(places.configFile, 'exchange: { seed: 1 }\n')
  const { kept_config } = restoreBackup(places, folder, { overwriteConfig: false })
  expect(kept_config).toEqual([places.configFile])
  expect(readFileSync(places.configFile, 'utf8')).toContain('seed: 1')
  restoreBackup(places, folder, { overwriteConfig: true })
  expect(readFileSync(places.configFile, 'utf8')).toContain('seed: 9')
})

test('a place that cannot be written is said, and leaves no half backup behind', async () => {
  const file = join(root, 'not-a-folder')
  writeFileSync(file, '')
  await expect(
    createBackup({ home, configFile }, join(file, 'backup'), { now: 0, withSecrets: false }),
  ).rejects.toMatchObject({ code: 'BACKUP_FAILED' })
  expect(existsSync(join(root, 'backup'))).toBe(false)
})
