/** The process of the embedded ClickHouse: who may call, who may have the folder, how it ends. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROJECT_ROOT } from '#config/environment.ts'
import { FrontDidNotStart, type FrontProcess, startFrontProcess } from './front-process.ts'

describe('who may call', () => {
  let front: FrontProcess
  beforeAll(async () => {
    front = await startFrontProcess({
      env: {
        CLICKHOUSE_USER: 'trader',
        CLICKHOUSE_PASSWORD: 'a:secret',
        HOLDFAST_ALLOWED_HOSTS: 'clickhouse.internal',
        TZ: 'Asia/Tokyo',
      },
    })
  })
  afterAll(() => front.remove())

  const AUTHORIZED = { authorization: `Basic ${Buffer.from('trader:a:secret').toString('base64')}` }

  /** fetch() would not send a Host of its own. */
  const ask = (headers: Record<string, string>, path = '/?query=SELECT 1', method = 'POST') =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const sent = request(`${front.url}${encodeURI(path)}`, { method, headers }, (answer) => {
        let text = ''
        answer.on('data', (chunk: Buffer) => {
          text += chunk.toString()
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      })
      sent.on('error', reject)
      sent.end()
    })

  test('the right login is let in, by header, by ClickHouse headers and by URL', async () => {
    expect(await ask(AUTHORIZED)).toEqual({ status: 200, text: '1\n' })
    expect((await ask({ 'x-clickhouse-user': 'trader', 'x-clickhouse-key': 'a:secret' })).status).toBe(200)
    expect(
      (await ask({}, '/?query=SELECT 1&user=trader&password=a%3Asecret'.replace('%3A', ':'))).status,
    ).toBe(200)
  })

  test.each([
    ['no login', {}],
    ['a wrong password', { authorization: `Basic ${Buffer.from('trader:a:secre').toString('base64')}` }],
    ['a wrong user', { authorization: `Basic ${Buffer.from('default:a:secret').toString('base64')}` }],
  ])('%s is refused with code 516, and the password is not repeated', async (_what, headers) => {
    const answer = await ask(headers)
    expect(answer.status).toBe(401)
    expect(answer.text).toContain('Code: 516.')
    expect(answer.text).not.toContain('secre')
  })

  test('a client with a wrong password learns it as an authentication failure', async () => {
    const { ClickHouseLogLevel, createClient } = await import('@clickhouse/client')
    const stranger = createClient({
      url: front.url,
      username: 'trader',
      password: 'wrong',
      log: { level: ClickHouseLogLevel.OFF },
    })
    await expect(stranger.query({ query: 'SELECT 1' })).rejects.toMatchObject({ code: '516' })
    await stranger.close()
  })

  test.each([
    ['a foreign Host', { host: 'evil.example' }],
    ['a foreign Origin', { origin: 'https://evil.example' }],
    ['a sandboxed Origin', { origin: 'null' }],
    ['a browser that fetches for another site', { 'sec-fetch-site': 'cross-site' }],
  ])('%s is refused, whatever the login', async (_what, headers) => {
    expect((await ask({ ...AUTHORIZED, ...headers })).status).toBe(403)
  })

  test('a configured host name is let in', async () => {
    expect((await ask({ ...AUTHORIZED, host: 'clickhouse.internal:8123' })).status).toBe(200)
  })

  test('a GET may read and may not write', async () => {
    expect((await ask(AUTHORIZED, '/?query=SELECT 2', 'GET')).text).toBe('2\n')
    const refused = await ask(AUTHORIZED, '/?query=CREATE TABLE x (a Int8) ENGINE = Memory', 'GET')
    expect(refused.text).toContain('READONLY')
    const lifted = await ask(AUTHORIZED, '/?query=CREATE TABLE x (a Int8) ENGINE = Memory&readonly=0', 'GET')
    expect(lifted.text).toContain('READONLY')
  })

  test('times are UTC although the machine is in Tokyo', async () => {
    expect((await ask(AUTHORIZED, '/?query=SELECT toDateTime(0), timezone()')).text).toMatch(
      /^1970-01-01 00:00:00\t\S*UTC\n$/,
    )
  })
})

describe('who may have the folder', () => {
  test('a second process on the same folder is told which process has it', async () => {
    const first = await startFrontProcess()
    const failed = await startFrontProcess({ home: first.home }).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(FrontDidNotStart)
    expect(String(failed)).toContain(`held by process ${first.child.pid}`)
    expect(String(failed)).toContain('DATA_FOLDER_HELD')
    expect((await fetch(`${first.url}/ping`)).status).toBe(200)
    await first.remove()
  })

  test('a killed process holds nothing: the next one starts at once', async () => {
    const front = await startFrontProcess()
    await front.crash()
    await front.start()
    expect((await fetch(`${front.url}/ping`)).status).toBe(200)
    await front.remove()
  })

  test.skipIf(process.platform !== 'linux')(
    'a stranger that opened the folder is named by its pid',
    async () => {
      const home = mkdtempSync(join(tmpdir(), 'holdfast-clickhouse-'))
      const folder = join(home, 'data', 'clickhouse')
      mkdirSync(folder, { recursive: true })
      const code = `require(${JSON.stringify(createRequire(import.meta.url).resolve('chdb'))}); const s = new (require('chdb').Session)(${JSON.stringify(folder)}); console.log('open'); setTimeout(() => s.close(), 60000)`
      const stranger = spawn(process.execPath, ['-e', code], {
        cwd: PROJECT_ROOT,
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      await once(stranger.stdout, 'data')
      const failed = await startFrontProcess({ home }).catch((error: unknown) => error)
      expect(String(failed)).toContain(`held by process ${stranger.pid}, which is not Holdfast`)
      stranger.kill('SIGKILL')
      await once(stranger, 'exit')
      rmSync(home, { recursive: true, force: true })
    },
  )

  test('a port that is taken is named', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const failed = await startFrontProcess({ port }).catch((error: unknown) => error)
    expect(String(failed)).toContain('PORT_TAKEN')
    expect(String(failed)).toContain(String(port))
    taken.close()
  })
})

describe('how it ends', () => {
  test('idle, it is gone within 2 s of SIGTERM, with exit code 0', async () => {
    const front = await startFrontProcess()
    const client = front.client()
    await client.query({ query: 'SELECT 1', format: 'JSON' }).then((answer) => answer.json())
    const { ms, code } = await front.stop()
    expect(code).toBe(0)
    expect(ms).toBeLessThan(2_000)
    await client.close()
    await front.remove()
  })

  test('in the middle of queries that would last for hours, it is gone within 2 s, and opens again with its data', async () => {
    const front = await startFrontProcess()
    const client = front.client()
    await client.command({ query: 'CREATE TABLE kept (a Int64) ENGINE = MergeTree ORDER BY a' })
    await client.insert({ table: 'kept', values: [{ a: 1 }], format: 'JSONEachRow' })
    const endless = [
      'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))',
      'SELECT sleepEachRow(1) FROM numbers(10000) SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0',
    ].map((query) => client.query({ query, format: 'JSON' }).then((answer) => answer.json()))
    const ended = Promise.allSettled(endless)
    const other = front.client()
    const running = async () =>
      (
        await (
          await other.query({ query: 'SELECT count() AS c FROM system.processes', format: 'JSONEachRow' })
        ).json<{ c: string }>()
      )[0]?.c
    await expect.poll(running).toBe('3')
    const { ms } = await front.stop()
    expect(ms).toBeLessThan(2_000)
    expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await front.start()
    expect(await (await other.query({ query: 'SELECT a FROM kept', format: 'JSONEachRow' })).json()).toEqual([
      { a: '1' },
    ])
    await Promise.all([client.close(), other.close()])
    await front.remove()
  })
})
