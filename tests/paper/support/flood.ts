/** A process that floods an exchange with one kind of nonsense whenever it is told to: node flood.ts KIND URL. */
// Not here: what it does to others (tests/paper/flood.test.ts).
import { Agent, request } from 'node:http'
import { WebSocket } from 'ws'

const [kind, url] = process.argv.slice(2) as [string, string]
const CONNECTIONS = 16

const forged = JSON.stringify({
  action: { type: 'order', orders: [], grouping: 'na' },
  nonce: Date.now(),
  signature: { r: `0x${'1'.repeat(64)}`, s: `0x${'2'.repeat(64)}`, v: 27 },
})
const KINDS: Readonly<Record<string, { path: string; body: string; keepAlive: boolean }>> = {
  forged: { path: '/exchange', body: forged, keepAlive: true },
  fresh: { path: '/exchange', body: forged, keepAlive: false },
  broken: { path: '/info', body: '{"type":', keepAlive: true },
  huge: { path: '/info', body: JSON.stringify({ type: 'x'.repeat(1_000_000) }), keepAlive: true },
  deep: { path: '/exchange', body: `${'['.repeat(200_000)}${']'.repeat(200_000)}`, keepAlive: true },
}

let flooding = false
/** Loops of an earlier flood end, also when the next one begins before they have noticed. */
let round = 0
let sent = 0
process.on('message', (on: boolean) => {
  flooding = on
  round++
  process.send?.(sent)
  if (on) for (let at = 0; at < CONNECTIONS; at++) kind === 'frames' ? void frames() : void bodies()
})

/** One request after the other, as fast as they are refused. */
async function bodies(): Promise<void> {
  const { path, body, keepAlive } = KINDS[kind] ?? (KINDS.forged as (typeof KINDS)[string])
  const agent = new Agent({ keepAlive, maxSockets: 1 })
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
  const mine = round
  while (flooding && mine === round) {
    sent++
    await new Promise<void>((resolve) => {
      const call = request(url + path, { method: 'POST', agent, headers }, (response) => {
        response.resume()
        response.once('close', resolve)
      })
      call.once('error', () => resolve())
      call.end(body)
    })
  }
  agent.destroy()
}

/** Frames that are no requests, as fast as the line takes them. */
async function frames(): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`)
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('open', resolve))
  const mine = round
  while (flooding && mine === round && socket.readyState === socket.OPEN) {
    for (let at = 0; at < 20 && socket.bufferedAmount < 100_000; at++) {
      sent++
      socket.send(`nonsense ${sent}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  socket.terminate()
}
process.send?.(0)
