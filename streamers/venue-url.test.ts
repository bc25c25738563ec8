/** One address is enough: the WebSocket is found from the HTTP URL. */
import { expect, test } from 'vitest'
import { webSocketUrl } from '#streamers/venue-url.ts'

test.each([
  ['http://127.0.0.1:4001', 'ws://127.0.0.1:4001/ws'],
  ['https://api.hyperliquid.xyz/', 'wss://api.hyperliquid.xyz/ws'],
  ['wss://api.hyperliquid.xyz/ws', 'wss://api.hyperliquid.xyz/ws'],
  ['http://proxy/venue', 'ws://proxy/venue/ws'],
])('%s leads to %s', (base, url) => {
  expect(webSocketUrl(base)).toBe(url)
})
