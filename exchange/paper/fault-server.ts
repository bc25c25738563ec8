/** The port that switches faults on and off: POST /faults, POST /stall, POST /disconnect, GET /faults. Guarded by the control token, off by default. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { guardAdmin } from '#exchange/paper/admin.ts'
import { type FaultRules, type Faults, NO_FAULTS } from '#exchange/paper/faults.ts'
import { readJson, sendJson, sendText } from '#exchange/paper/http-messages.ts'
import { type Fields, fieldsOf, whole } from '#exchange/paper/read-json.ts'
import { RequestError, unreadable } from '#exchange/paper/request-errors.ts'

export interface FaultServerDeps {
  faults: Faults
  token: string
  hosts: readonly string[]
  monotonicMs(): number
  /** Cuts every socket. @returns how many */
  disconnectAll(): number
}

const STALL_MS_MAX = 600_000

function readRules(fields: Fields): Partial<FaultRules> {
  const rules: Partial<FaultRules> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'seed') continue
    const isChance = name !== 'slow_ms' && name !== 'clock_skew_ms'
    if (!Object.hasOwn(NO_FAULTS, name) || typeof value !== 'number' || !Number.isFinite(value))
      throw unreadable()
    if (isChance ? value < 0 || value > 1 : name === 'slow_ms' && value < 0) throw unreadable()
    rules[name as keyof FaultRules] = value
  }
  return rules
}

async function answer(request: IncomingMessage, deps: FaultServerDeps): Promise<unknown> {
  guardAdmin(request, deps)
  const { faults } = deps
  switch (`${request.method} ${request.url}`) {
    case 'GET /faults':
      break
    case 'POST /faults': {
      const fields = fieldsOf(await readJson(request))
      faults.set(readRules(fields), fields.seed === undefined ? undefined : whole(fields.seed))
      break
    }
    case 'POST /reset':
      faults.set(NO_FAULTS)
      faults.stall(0)
      break
    case 'POST /stall': {
      const ms = whole(fieldsOf(await readJson(request)).ms)
      if (ms > STALL_MS_MAX) throw unreadable()
      faults.stall(deps.monotonicMs() + ms)
      break
    }
    case 'POST /disconnect':
      return { disconnected: deps.disconnectAll() }
    default:
      throw new RequestError(404, 'Not found')
  }
  return { rules: faults.rules, counts: faults.counts() }
}

/** @returns the port that was taken and how to close it */
export async function startFaultServer(
  deps: FaultServerDeps,
  listen: { host: string; port: number },
): Promise<{ port: number; close(): void }> {
  const server = createServer((request, response) => {
    answer(request, deps).then(
      (body) => sendJson(response, 200, body),
      (error: unknown) =>
        sendText(
          response,
          error instanceof RequestError ? error.status : 500,
          error instanceof RequestError ? error.message : 'Internal error',
        ),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(listen.port, listen.host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
