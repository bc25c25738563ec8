/** An exchange that is opened on first need and kept: a failed attempt is forgotten, so that the next need tries again. */
// Not here: opening it (exchange/client/connect.ts).
import { type ConnectParts, connectExchange, type Exchange } from '#exchange/client/connect.ts'

export interface KeptExchange {
  (): Promise<Exchange>
  close(): Promise<void>
}

export function keptExchange(parts: ConnectParts): KeptExchange {
  let opening: Promise<Exchange> | null = null
  const open = (): Promise<Exchange> => {
    opening ??= connectExchange(parts).catch((error: unknown) => {
      opening = null
      throw error
    })
    return opening
  }
  return Object.assign(open, {
    close: async () => (await opening?.catch(() => null))?.close(),
  })
}
