/** The dashboard on a port: an HTTP server around the app, closed with all its live streams. */
// Not here: which services it shows (dashboard/server.ts builds the real ones, tests bring fakes).
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { type AppOptions, createApp } from '#dashboard/app.ts'
import { HoldfastError } from '#domain/errors.ts'

export interface ServeOptions extends Omit<AppOptions, 'guard'> {
  token: string
  allowedHosts: readonly string[]
  /** Address to listen on, e.g. 127.0.0.1. */
  bind: string
  /** 0 takes any free one. */
  port: number
}

export interface ServedDashboard {
  url: string
  close(): Promise<void>
}

/** @throws HoldfastError LISTEN_FAILED when the port is taken or the address is not ours */
export async function serveDashboard(options: ServeOptions): Promise<ServedDashboard> {
  const { token, allowedHosts, bind, port, ...rest } = options
  let app: ReturnType<typeof createApp> | null = null
  const server = createAdaptorServer({
    fetch: (request, env) => (app ? app.fetch(request, env) : new Response(null, { status: 503 })),
  }) as Server
  await listen(server, port, bind)
  const actual = (server.address() as AddressInfo).port
  // The cookie's name carries the port, which is known only now.
  app = createApp({ ...rest, guard: { token, hosts: allowedHosts, cookieName: `holdfast_${actual}` } })
  const { hub } = app
  return {
    url: `http://${bind === '0.0.0.0' || bind === '::' ? '127.0.0.1' : bind}:${actual}`,
    close: () =>
      new Promise((resolve) => {
        hub.close()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, port: number, bind: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new HoldfastError(`the dashboard cannot listen on ${bind}:${port}: ${error.message}`, {
          code: 'LISTEN_FAILED',
          retryable: false,
          hint: 'set HOLDFAST_PORT_DASHBOARD to a free port, HOLDFAST_BIND to an address of this machine',
          cause: error,
        }),
      ),
    )
    server.listen(port, bind, () => resolve())
  })
}
