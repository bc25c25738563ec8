/** A live stream delivers what the hub says, and is cut when its reader does not keep up. */
import { expect, test, vi } from 'vitest'
import type { LiveHub, LiveMessage } from '#dashboard/live-hub.ts'
import { liveResponse, STREAM_LIMITS } from '#dashboard/live-route.ts'

const message = (bytes: number): LiveMessage => ({
  kind: 'fault',
  topic: 'overview',
  now_ts: 1,
  message: 'x'.repeat(bytes),
})

function world(subscribe?: LiveHub['subscribe']) {
  const close = vi.fn()
  let say: (message: LiveMessage) => void = () => {}
  const hub: LiveHub = {
    subscribe:
      subscribe ??
      ((_topics, listener) => {
        say = listener
        return { ok: true, close }
      }),
    poke: () => {},
    clients: () => 0,
    close: () => {},
  }
  return { hub, close, say: (one: LiveMessage) => say(one) }
}

function open(hub: LiveHub): ReadableStreamDefaultReader<Uint8Array> {
  const live = liveResponse(hub, ['overview'])
  if (!('response' in live) || !live.response.body) throw new TypeError('no stream')
  return live.response.body.getReader()
}

test('each message is one event with its kind as name', async () => {
  const { hub, say } = world()
  const reader = open(hub)
  say(message(1))
  const texts = [await reader.read(), await reader.read()].map(({ value }) => new TextDecoder().decode(value))
  expect(texts[0]).toBe(`retry: ${STREAM_LIMITS.retryMs}\n\n`)
  expect(texts[1]).toBe(
    'event: fault\ndata: {"kind":"fault","topic":"overview","now_ts":1,"message":"x"}\n\n',
  )
})

test('a reader who leaves is unsubscribed', async () => {
  const { hub, close } = world()
  await open(hub).cancel()
  expect(close).toHaveBeenCalledOnce()
})

test.each([
  { messages: 2, cut: false },
  { messages: 4, cut: true },
])('with $messages unread messages of half the limit, the stream is cut: $cut', async ({ messages, cut }) => {
  const { hub, close, say } = world()
  const reader = open(hub)
  for (let at = 0; at < messages; at++) say(message(STREAM_LIMITS.backlogBytesMax / 2))
  expect(close).toHaveBeenCalledTimes(cut ? 1 : 0)
  if (cut) await expect(reader.read()).rejects.toThrow('does not keep up')
})

test.each(['full', 'unknown_topic'] as const)('a hub that refuses with %s opens no stream', (reason) => {
  const { hub } = world(() => ({ ok: false, reason }))
  expect(liveResponse(hub, ['overview'])).toEqual({ refused: reason })
})
