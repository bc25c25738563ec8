/** Live topics as server-sent events: one stream a page, which is cut when its reader does not keep up. */
// Not here: what is sent and when (dashboard/live-hub.ts).
import type { LiveHub, LiveMessage } from '#dashboard/live-hub.ts'

/** A page that is so far behind reconnects and starts from a fresh snapshot. */
export const STREAM_LIMITS = { backlogBytesMax: 4_000_000, retryMs: 1_000 } as const

/**
 * Opens the stream of some topics.
 * @returns the response, or why there is none: too many readers, or a topic that does not exist
 */
export function liveResponse(
  hub: LiveHub,
  topics: readonly string[],
): { response: Response } | { refused: 'full' | 'unknown_topic' } {
  const encoder = new TextEncoder()
  let leave = (): void => {}
  let ended = false
  let backlog: string[] = [`retry: ${STREAM_LIMITS.retryMs}\n\n`]
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null

  const send = (message: LiveMessage): void => {
    if (ended) return
    const frame = `event: ${message.kind}\ndata: ${JSON.stringify(message)}\n\n`
    if (!controller) {
      backlog.push(frame)
      return
    }
    // desiredSize falls below zero by the bytes that the reader has not taken.
    if ((controller.desiredSize ?? 0) < -STREAM_LIMITS.backlogBytesMax) {
      ended = true
      leave()
      controller.error(new DOMException('the reader does not keep up', 'AbortError'))
      return
    }
    controller.enqueue(encoder.encode(frame))
  }

  const subscription = hub.subscribe(topics, send)
  if (!subscription.ok) return { refused: subscription.reason }
  leave = subscription.close
  const body = new ReadableStream<Uint8Array>(
    {
      start(opened) {
        controller = opened
        for (const frame of backlog) opened.enqueue(encoder.encode(frame))
        backlog = []
      },
      cancel: () => {
        ended = true
        leave()
      },
    },
    { highWaterMark: 0, size: (chunk) => chunk?.byteLength ?? 0 },
  )
  return {
    response: new Response(body, {
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
    }),
  }
}
