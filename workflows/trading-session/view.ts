/** How a session shows itself in the Temporal UI: search attributes on each change, current details as a page of markdown. */
// Not here: the status itself (domain/session/control.ts).

import type { SearchAttributeUpdatePair } from '@temporalio/common'
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow'
import type { SessionLinks } from '#activities/trading-session/admit.ts'
import type { SessionStatus } from '#domain/session/effects.ts'
import type { SessionInput } from '#domain/session/input.ts'
import { SEARCH_ATTRIBUTES } from '#workflows/names.ts'

/** Before the core has said anything. */
export function firstStatus(sessionId: string, input: SessionInput, now: number): SessionStatus {
  return {
    session_id: sessionId,
    engine: input.engine,
    mode: input.mode,
    account: input.account,
    coins: input.coins,
    state: 'STARTING',
    state_ts: now,
    reason: 'started',
    epoch: 0,
    epochs: 0,
    segments: 0,
    kill: 'off',
    params: input.params,
    limits: input.limits,
    decisions: 0,
    last_decision: null,
    positions: [],
    equity_usd: '0',
    realized_pnl_usd: '0',
    fees_usd: '0',
    unrealized_pnl_usd: '0',
    net_pnl_usd: '0',
    fills: 0,
    updated_ts: now,
  }
}

export interface SessionScreen {
  show(status: SessionStatus, host: string, links: SessionLinks): void
}

/** Each upsert is an event of the history, so only what changed is written. */
export function createScreen(): SessionScreen {
  const shown = new Map<string, string>()
  return {
    show(status, host, links) {
      const wanted = {
        state: status.state,
        mode: status.mode,
        engine: status.engine,
        account: status.account,
        coin: status.coins.join(','),
        host,
      }
      const changed: SearchAttributeUpdatePair[] = []
      for (const [name, value] of Object.entries(wanted) as [keyof typeof wanted, string][]) {
        if (value === '' || shown.get(name) === value) continue
        shown.set(name, value)
        changed.push({ key: SEARCH_ATTRIBUTES[name], value })
      }
      if (changed.length > 0) upsertSearchAttributes(changed)
      setCurrentDetails(details(status, host, links))
    },
  }
}

function details(status: SessionStatus, host: string, links: SessionLinks): string {
  const position = status.positions
    .filter(({ sz }) => sz !== '0')
    .map(({ coin, sz, entryPx }) => `${sz} ${coin} at ${entryPx}`)
    .join(', ')
  const last = status.last_decision
  const rows = [
    ['State', `**${status.state}** ${status.reason}`],
    ['Position', position || 'flat'],
    ['Net PnL', `${status.net_pnl_usd} USD (realized ${status.realized_pnl_usd}, fees ${status.fees_usd})`],
    ['Equity', `${status.equity_usd} USD`],
    ['Epoch', `${status.epoch} (${status.segments} segments)`],
    ['Host', host || 'none yet'],
    ['Kill', status.kill],
    ['Decisions', `${status.decisions}${last ? `, last: ${last.kind} ${last.coin} ${last.reason}` : ''}`],
    ['Params', `\`${JSON.stringify(status.params)}\``],
  ]
  const table = rows.map(([name, value]) => `| ${name} | ${(value ?? '').replaceAll('|', '\\|')} |`)
  const pages = [
    links.dashboard && `[Dashboard](${links.dashboard})`,
    links.temporal_ui && `[This session](${links.temporal_ui})`,
  ].filter(Boolean)
  return [
    `### ${status.session_id}`,
    '',
    '| | |',
    '|---|---|',
    ...table,
    '',
    pages.join(' · '),
    '',
    `Updated ${new Date(status.updated_ts).toISOString()}`,
  ].join('\n')
}
