/** Orders of people, their outcome and their record, for human eyes. */

import pc from 'picocolors'
import { print, printTable } from '#cli/output.ts'
import { type OwnChange, wayBack } from '#cli/support/own-changes.ts'
import type { SessionMessage } from '#cli/support/session-history.ts'
import type { CommandAnswer, SessionView } from '#workflows/trading-session/messages.ts'

export function commandAnswer({ result, session }: CommandAnswer): void {
  const colour = result.status === 'done' ? pc.green : pc.red
  print(`${colour(result.status)} ${session.session_id}${result.gate ? `: ${result.gate}` : ''}`)
  if (result.orders.length > 0) {
    printTable(
      ['coin', 'side', 'size', 'filled', 'gate'],
      result.orders.map(({ coin, side, sz, filled, gate }) => [coin, side, sz, filled, gate]),
    )
  }
  const held = session.positions.filter(({ sz }) => Number(sz) !== 0)
  print(
    held.length === 0
      ? 'flat'
      : held.map(({ coin, sz, entryPx }) => `${sz} ${coin} at ${entryPx}`).join(', '),
  )
}

export function changed(view: SessionView, changes: readonly string[]): void {
  print(`${pc.green('changed')} ${view.session_id}: ${changes.join(' ')}`)
}

export function messages(found: readonly SessionMessage[]): void {
  if (found.length === 0) print('nobody has asked anything of it')
  else
    printTable(
      ['time', 'what', 'status', 'by', 'why', 'words'],
      found.map(({ ts, kind, name, status, by, reason, body }) => [
        ts.replace('T', ' ').replace('Z', ''),
        kind === 'start' ? 'start' : `${kind} ${name}`,
        status,
        by,
        reason,
        kind === 'start' ? '' : wordsOf(body),
      ]),
    )
}

/** What the session changed by itself; nothing for one that changed nothing. */
export function ownChanges(id: string, found: readonly OwnChange[]): void {
  if (found.length === 0) return
  print('')
  printTable(
    ['time', 'coin', 'what', 'was', 'is', 'why', 'back with'],
    found.map((change) => [
      change.ts.replace('T', ' ').replace('Z', ''),
      ...[change.coin, change.what, change.was, change.now, change.reason, wayBack(id, change)],
    ]),
  )
}

function wordsOf(body: unknown): string {
  if (typeof body !== 'object' || body === null) return ''
  const { by: _by, reason: _reason, ...rest } = body as Record<string, unknown>
  return Object.keys(rest).length === 0 ? '' : JSON.stringify(rest)
}
