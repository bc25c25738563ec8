/** Public statistics from a local stand-in: read whole, tried again after a fault, given up where trying is pointless. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DOCUMENTS, publicDocuments } from '#exchange/client/public-stats.ts'

let server: Server
let url: string
let answers: { status: number; body: string }[]
let asked: string[]

beforeEach(async () => {
  asked = []
  answers = []
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const { status, body } = answers.shift() ?? { status: 404, body: '' }
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterEach(() => new Promise((resolve) => server.close(resolve)))

const clock = { sleep: async () => {} }
const fetchOne = () => publicDocuments(url, clock).open_interest?.()
const good = {
  status: 200,
  body: JSON.stringify({ chart_data: [{ time: '2026-02-16', coin: 'BTC', open_interest: 5 }] }),
}

test('each document has its own path below the address; without an address there is none', () => {
  expect(Object.keys(publicDocuments(url, clock))).toEqual([...DOCUMENTS])
  expect(publicDocuments('', clock)).toEqual({})
})

test('a fault of the server is tried again', async () => {
  answers = [{ status: 503, body: '' }, good]
  expect(await fetchOne()).toMatchObject([{ coin: 'BTC', value: '5' }])
  expect(asked).toEqual(['/open_interest', '/open_interest'])
})

test.each([
  [{ status: 403, body: '' }, /HTTP 403/],
  [{ status: 200, body: '<html>' }, /no JSON/],
  [{ status: 200, body: '{}' }, /chart_data/],
])('%j is given up at once', async (answer, why) => {
  answers = [answer, good]
  await expect(fetchOne()).rejects.toThrow(why)
  expect(asked).toHaveLength(1)
})

test('after three faults it is told', async () => {
  answers = Array.from({ length: 4 }, () => ({ status: 500, body: '' }))
  await expect(fetchOne()).rejects.toThrow(/HTTP 500/)
  expect(asked).toHaveLength(3)
})
