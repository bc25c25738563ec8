/** A TCP proxy between two processes that cuts and stalls connections when a test says so. */

import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'

export interface RoughNetwork {
  url: string
  /** Resets every connection. New ones are let through. */
  cut(): void
  /** Nothing passes until `flow`, and nobody is told: what a broken router does. */
  stall(): void
  flow(): void
  connections(): number
  close(): Promise<void>
}

/** @param target http URL of the real server */
export async function startRoughNetwork(target: string): Promise<RoughNetwork> {
  const { hostname, port } = new URL(target)
  const pairs = new Set<readonly [Socket, Socket]>()
  let isStalled = false
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    const pair = [near, far] as const
    pairs.add(pair)
    near.pipe(far)
    far.pipe(near)
    if (isStalled) for (const socket of pair) socket.pause()
    for (const socket of pair) {
      socket.on('error', () => {})
      socket.on('close', () => {
        pairs.delete(pair)
        for (const each of pair) each.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const each = (act: (socket: Socket) => void): void => {
    for (const pair of pairs) for (const socket of pair) act(socket)
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => each((socket) => socket.resetAndDestroy()),
    stall() {
      isStalled = true
      each((socket) => socket.pause())
    },
    flow() {
      isStalled = false
      each((socket) => socket.resume())
    },
    connections: () => pairs.size,
    close: () =>
      new Promise((resolve) => {
        each((socket) => socket.destroy())
        server.close(() => resolve())
      }),
  }
}
