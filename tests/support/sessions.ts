/** Sessions as `holdfast status --json` lists them, for tests that start, watch and end them. */
import type { Stack } from './stack.ts'

export interface SessionListing {
  id: string
  engine: string
  mode: string
  state: string
  equity_usd: number | string
  open_orders: number
}

export async function listSessions(stack: Stack): Promise<SessionListing[]> {
  return (await stack.cliJson<{ sessions: SessionListing[] }>('status')).sessions
}
