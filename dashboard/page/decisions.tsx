/** The decisions of a session, the ones not to trade included, each with the inputs it was taken on. */
import { useState } from 'preact/hooks'
import type { DecisionView } from '#dashboard/model.ts'
import { NONE } from '#dashboard/page/format.ts'
import { Empty, Facts, Panel, Time } from '#dashboard/page/parts.tsx'

/** Newest first; a press shows the inputs. */
export function Decisions(props: { rows: readonly DecisionView[]; now: number; running: boolean }) {
  const { rows, now, running } = props
  const sorted = [...rows].sort((a, b) => b.ts - a.ts || b.seq - a.seq)
  return (
    <Panel
      title="Decisions"
      note={<span class="muted">{rows.length}, newest first; press one for its inputs</span>}
    >
      {rows.length === 0 ? (
        <Empty>{running ? 'No decisions yet.' : 'No decisions.'}</Empty>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section class="scroll tall" tabIndex={0} aria-label="Decisions">
          <table class="decisions">
            <caption class="unseen">Decisions</caption>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col" class="figure">
                  No.
                </th>
                <th scope="col">Coin</th>
                <th scope="col">Decision</th>
                <th scope="col">Reason</th>
                <th scope="col">Gate</th>
                <th scope="col">Inputs</th>
              </tr>
            </thead>
            <tbody>
              {sorted.map((row) => (
                <Decision key={row.key} row={row} now={now} />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Panel>
  )
}

function Decision({ row, now }: { row: DecisionView; now: number }) {
  const [open, setOpen] = useState(false)
  const facts = Object.keys(row.inputs).length
  return (
    <>
      <tr data-key={row.key} class={open ? 'open' : ''}>
        <td>
          <Time ts={row.ts} now={now} />
        </td>
        <td class="figure">{row.seq}</td>
        <td>{row.coin}</td>
        <td>
          <span class={`decision ${row.kind}`}>{row.kind.replace('_', ' ')}</span>
        </td>
        <td>
          <code>{row.reason}</code>
        </td>
        <td>{row.gate ? <span class="gate">{row.gate}</span> : <span class="muted">{NONE}</span>}</td>
        <td>
          <button type="button" class="expand" aria-expanded={open} onClick={() => setOpen(!open)}>
            <span aria-hidden="true">{open ? '▾' : '▸'}</span> {facts} fact
            {facts === 1 ? '' : 's'}
            <span class="unseen"> of decision {row.seq}</span>
          </button>
        </td>
      </tr>
      {open && (
        <tr class="inputs">
          <td colSpan={7}>
            <Facts facts={row.inputs} empty="It was taken on no stored facts." />
          </td>
        </tr>
      )}
    </>
  )
}
