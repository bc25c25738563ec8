/** A venue that accepts every order at once, in a thread of its own, and says when the bytes had arrived. */
// The thread's clock is the process's own monotonic clock, so that both ends of a measurement are comparable.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

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

function serve(): void {
  let oid = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const received_ns = process.hrtime.bigint().toString()
      const { action } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
        action: { orders: { c: string }[] }
      }
      const statuses = action.orders.map(({ c }) => ({ resting: { oid: ++oid, cloid: c } }))
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify({ status: 'ok', response: { type: 'order', data: { statuses } }, received_ns }),
      )
    })
  })
  server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port))
}

if (!isMainThread) serve()
