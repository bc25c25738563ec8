/** Tests of reading the leaderboard document from a host that does well and from hosts that do not. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, it } from 'vitest'
import { leaderboardUrl, readLeaderboard } from '#exchange/client/leaderboard-document.ts'

const open: { close(): void }[] = []
afterEach(() => {
  for (const server of open.splice(0)) server.close()
})

async function host(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_request, response) => answer(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({
    close() {
      server.close()
      server.closeAllConnections()
    },
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
async function read(url: string): Promise<string> {
  let text = ''
  await readLeaderboard(url, (piece) => {
    text += piece
  })
  return text
}

it('hands the document over, packed or not, whole letters included', async () => {
  const document = JSON.stringify({ leaderboardRows: [{ displayName: 'é€😀'.repeat(30_000) }] })
  expect(await read(await host((response) => response.end(document)))).toBe(document)
  const packed = await host((response) =>
    response.setHeader('content-encoding', 'gzip').end(gzipSync(document)),
  )
  expect(await read(packed)).toBe(document)
})

it('says that it was not read when the host refuses, breaks off or does not exist', async () => {
  await expect(read(await host((response) => response.writeHead(502).end('bad')))).rejects.toThrow(
    'status 502',
  )
  const broken = await host((response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('{"leaderboardRows":[')
    setImmediate(() => response.destroy())
  })
  await expect(read(broken)).rejects.toMatchObject({ code: 'LEADERBOARD_UNREACHABLE', retryable: true })
  await expect(read('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'LEADERBOARD_UNREACHABLE' })
})

it('knows where each network has it', () => {
  expect(leaderboardUrl('paper', 'http://127.0.0.1:4001/')).toBe('http://127.0.0.1:4001/Mainnet/leaderboard')
  expect(leaderboardUrl('mainnet', 'https://api.hyperliquid.xyz')).toContain('stats-data')
})
