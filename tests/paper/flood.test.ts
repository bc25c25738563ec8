/** Whoever floods the exchange with nonsense waits; nobody else's requests take twice as long. */
// Exchange, flood and good client are three processes. Calm and flooded stretches alternate, so that what else the machine does meets both.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PROJECT_ROOT } from '#config/environment.ts'
import { type Child, startChild } from '#tests/support/child.ts'

const ROUNDS = 5
const REQUESTS = 120
/** A round is given up as too noisy at most so often. */
const ATTEMPTS = 3

const home = mkdtempSync(join(tmpdir(), 'paper-flood-'))
let paper: Child
beforeAll(async () => {
  paper = await startChild('exchange/paper/server.ts', {
    HOLDFAST_HOME: home,
    HOLDFAST_CONFIG: join(home, 'none.yaml'),
    HOLDFAST_LOG_LEVEL: 'error',
    HOLDFAST_PORT_PAPER: '0',
  })
}, 30_000)
afterAll(async () => {
  await paper.stop()
  rmSync(home, { recursive: true, force: true })
})

const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const BODY = '{"type":"clearinghouseState","user":"0x0000000000000000000000000000000000000001"}'
const HEADERS = { 'Content-Type': 'application/json', 'Content-Length': BODY.length }

/** Milliseconds of one sensible request. */
async function ask(): Promise<number> {
  const began = performance.now()
  await new Promise<void>((resolve, reject) => {
    const call = request(`${paper.url}/info`, { method: 'POST', agent, headers: HEADERS }, (response) => {
      expect(response.statusCode).toBe(200)
      response.resume()
      response.once('end', resolve)
    })
    call.once('error', reject)
    call.end(BODY)
  })
  return performance.now() - began
}

const median = (values: number[]): number =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)] as number

async function stretch(): Promise<number[]> {
  const times: number[] = []
  for (let at = 0; at < REQUESTS; at++) times.push(await ask())
  return times
}

async function told(flood: ChildProcess, on: boolean): Promise<number> {
  const answered = once(flood, 'message')
  flood.send(on)
  const [sent] = await answered
  return sent as number
}

/** Medians of calm and flooded stretches, and how much was sent meanwhile. */
async function compare(flood: ChildProcess): Promise<{ calm: number; busy: number; sent: number }> {
  const [calm, busy]: [number[], number[]] = [[], []]
  let sent = 0
  for (let round = 0; round < ROUNDS; round++) {
    calm.push(...(await stretch()))
    await told(flood, true)
    busy.push(...(await stretch()))
    sent = await told(flood, false)
  }
  return { calm: median(calm), busy: median(busy), sent }
}

test.each(['forged', 'fresh', 'broken', 'huge', 'deep', 'frames'])(
  'a flood of %s requests does not double the time of sensible ones',
  { timeout: 120_000 },
  async (kind) => {
    const flood = fork('tests/paper/support/flood.ts', [kind, paper.url], { cwd: PROJECT_ROOT })
    await once(flood, 'message')
    await stretch() // warm
    const results: Awaited<ReturnType<typeof compare>>[] = []
    // A stranger's load may hit one kind of stretch more than the other: then it is measured again.
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const result = await compare(flood)
      results.push(result)
      if (result.busy < 2 * result.calm) break
    }
    flood.kill()
    await once(flood, 'exit')
    const { calm, busy, sent } = results.at(-1) as (typeof results)[number]
    process.stdout.write(`flood ${kind}: ${calm.toFixed(2)} → ${busy.toFixed(2)} ms, ${sent} sent\n`)
    expect(sent).toBeGreaterThan(50)
    expect(busy, JSON.stringify(results)).toBeLessThan(2 * calm)
  },
)
