/** Asks a gRPC server whether it serves: the standard health check, spoken directly, so that the supervisor needs no gRPC library. */
import { connect } from 'node:http2'

const SERVICE = 'temporal.api.workflowservice.v1.WorkflowService'
/** One gRPC message: flag byte (not compressed), length, then protobuf field 1 (string) with the service's name. */
const REQUEST = grpcMessage(Buffer.concat([Buffer.from([0x0a, SERVICE.length]), Buffer.from(SERVICE)]))
/** HealthCheckResponse { status: SERVING }. Source: grpc.health.v1 */
const SERVING = grpcMessage(Buffer.from([0x08, 0x01]))
const ANSWER_MS_MAX = 2_000

function grpcMessage(body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(body.length, 1)
  return Buffer.concat([head, body])
}

/** True when the Temporal frontend at `address` (host:port) answers SERVING. Never throws. */
export function temporalServes(address: string, msMax = ANSWER_MS_MAX): Promise<boolean> {
  return new Promise((resolve) => {
    const client = connect(`http://${address}`)
    const chunks: Buffer[] = []
    const finish = (serves: boolean) => {
      clearTimeout(timer)
      client.destroy()
      resolve(serves)
    }
    const timer = setTimeout(() => finish(false), msMax)
    client.on('error', () => finish(false))
    const stream = client.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    stream.on('error', () => finish(false))
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => finish(Buffer.concat(chunks).equals(SERVING)))
    stream.end(REQUEST)
  })
}
