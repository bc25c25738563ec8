/** The venue's WebSocket address. */

/** `http(s)://host` or `ws(s)://host[/ws]` → `ws(s)://host/ws`. */
export function webSocketUrl(base: string): string {
  const url = new URL(base)
  url.protocol = url.protocol.replace(/^http/, 'ws')
  if (!url.pathname.endsWith('/ws')) url.pathname = `${url.pathname.replace(/\/$/, '')}/ws`
  return url.href
}
