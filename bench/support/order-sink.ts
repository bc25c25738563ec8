/** A venue that accepts every order at once, in a thread of its own, and says when the bytes had arrived. */
// The thread's clock is the process's own monotonic clock, so that both ends of a measurement are comparable. Bytes and no HTTP server:
// what it takes a venue to read a request is no part of the way there.
import { type AddressInfo, createServer } from 'node:net'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

const HEAD_END = '\r\n\r\n'

export interface OrderSink {
  url: string
  close(): Promise<void>
}

/** Starts the thread. */
export async function startOrderSink(): Promise<OrderSink> {
  const worker = new Worker(new URL(import.meta.url))
  const port = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      await worker.terminate()
    },
  }
}

/** A request is one read, or some: it has arrived with the read that completes its body. */
function serve(): void {
  let oid = 0
  const server = createServer({ noDelay: true }, (socket) => {
    let pending = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      const receivedNs = process.hrtime.bigint()
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      const bodyAt = pending.indexOf(HEAD_END) + HEAD_END.length
      const length = Number(/content-length: (\d+)/i.exec(pending.toString('latin1', 0, bodyAt))?.[1])
      if (bodyAt < HEAD_END.length || pending.length < bodyAt + length) return
      const { action } = JSON.parse(pending.toString('utf8', bodyAt)) as {
        action: { orders: { c: string }[] }
      }
      pending = Buffer.alloc(0)
      const statuses = action.orders.map(({ c }) => ({ resting: { oid: ++oid, cloid: c } }))
      const response = { type: 'order', data: { statuses } }
      const body = JSON.stringify({ status: 'ok', response, received_ns: receivedNs.toString() })
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      )
    })
    socket.on('error', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port))
}

if (!isMainThread) serve()
