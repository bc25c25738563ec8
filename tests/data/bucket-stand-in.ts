/** A small S3-compatible store for tests: objects in memory, whole and in parts, ranges, and a key that it wants to see. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface BucketStandIn {
  url: string
  objects: Map<string, Buffer>
  close(): Promise<void>
}

/** @param keyId the only access key id that is let in */
export async function startBucket(keyId: string): Promise<BucketStandIn> {
  const objects = new Map<string, Buffer>()
  const uploads = new Map<string, Map<number, Buffer>>()
  const server = createServer((request, response) => void answer(request, response))

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request)
    const url = new URL(request.url ?? '/', 'http://bucket')
    const key = decodeURIComponent(url.pathname)
    const say = (status: number, text = '', headers: Record<string, string> = {}) =>
      void response.writeHead(status, { 'Content-Type': 'application/xml', ...headers }).end(text)
    if (!String(request.headers.authorization ?? '').includes(`Credential=${keyId}/`))
      return say(
        403,
        xmlError('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.'),
      )
    const etag = `"${createHash('md5').update(body).digest('hex')}"`
    const upload = url.searchParams.get('uploadId')
    if (request.method === 'POST' && url.searchParams.has('uploads')) {
      const id = `upload-${uploads.size}`
      uploads.set(id, new Map())
      return say(
        200,
        `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      )
    }
    if (request.method === 'PUT' && upload) {
      uploads.get(upload)?.set(Number(url.searchParams.get('partNumber')), body)
      return say(200, '', { ETag: etag })
    }
    if (request.method === 'POST' && upload) {
      const parts = [...(uploads.get(upload) ?? [])].sort(([a], [b]) => a - b)
      objects.set(key, Buffer.concat(parts.map(([, part]) => part)))
      return say(200, `<CompleteMultipartUploadResult><ETag>"done"</ETag></CompleteMultipartUploadResult>`)
    }
    if (request.method === 'PUT') {
      objects.set(key, body)
      return say(200, '', { ETag: etag })
    }
    const object = objects.get(key)
    if (!object)
      return say(
        404,
        request.method === 'HEAD' ? '' : xmlError('NoSuchKey', 'The specified key does not exist.'),
      )
    const range = /^bytes=(\d+)-(\d*)$/.exec(String(request.headers.range ?? ''))
    const from = range ? Number(range[1]) : 0
    const until = range?.[2] ? Number(range[2]) + 1 : object.length
    response.writeHead(range ? 206 : 200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(Math.min(until, object.length) - from),
      'Accept-Ranges': 'bytes',
      'Last-Modified': new Date(0).toUTCString(),
      ETag: '"object"',
      ...(range
        ? { 'Content-Range': `bytes ${from}-${Math.min(until, object.length) - 1}/${object.length}` }
        : {}),
    })
    response.end(request.method === 'HEAD' ? undefined : object.subarray(from, until))
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** What the AWS client sends may be framed in signed chunks. */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

const xmlError = (code: string, message: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`
