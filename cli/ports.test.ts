/** Port choice: defaults give way, configured ones do not, and nobody gets a port twice. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { choosePort, isFree, PortTakenError, releasePorts } from './ports.ts'

const HOST = '127.0.0.1'
const open: Server[] = []
afterEach(async () => {
  releasePorts()
  await Promise.all(open.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

async function takenPort(): Promise<number> {
  const server = createServer()
  open.push(server)
  server.listen(0, HOST)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
const freePort = async (): Promise<number> =>
  (await choosePort(HOST, { variable: 'X', configured: 0, fallback: 1 })).port

test('a free default is taken as it is', async () => {
  const fallback = await freePort()
  expect(await choosePort(HOST, { variable: 'X', configured: undefined, fallback })).toEqual({
    port: fallback,
  })
})

test('a taken default is replaced by a higher free one, and the answer says so', async () => {
  const fallback = await takenPort()
  const chosen = await choosePort(HOST, { variable: 'X', configured: undefined, fallback })
  expect(chosen.instead_of).toBe(fallback)
  expect(chosen.port).toBeGreaterThan(fallback)
  expect(await isFree(HOST, chosen.port)).toBe(true)
})

test('a configured port that is taken is an error that names the variable and the port', async () => {
  const configured = await takenPort()
  const refused = await choosePort(HOST, { variable: 'HOLDFAST_PORT_X', configured, fallback: 1 }).catch(
    (e: unknown) => e,
  )
  expect(refused).toBeInstanceOf(PortTakenError)
  expect((refused as Error).message).toContain(`HOLDFAST_PORT_X asks for port ${configured}`)
})

test('two services with the same default get two ports, though neither has bound yet', async () => {
  const fallback = await freePort()
  const request = { variable: 'X', configured: undefined, fallback }
  const first = await choosePort(HOST, request)
  const second = await choosePort(HOST, request)
  expect(first.port).toBe(fallback)
  expect(second.port).toBeGreaterThan(first.port)
})
