/** Small parts that every view is made of: panels, tables, badges, figures, ages, and honest empty states. */
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import {
  flattenFacts,
  formatAge,
  formatFullTime,
  formatTime,
  formatUsd,
  NONE,
  tone,
} from '#dashboard/page/format.ts'

/** A titled box; `note` stands at the right of its title. */
export function Panel(props: {
  title: string
  note?: ComponentChildren
  children: ComponentChildren
  class?: string
}) {
  const id = useId()
  return (
    <section class={`panel ${props.class ?? ''}`} aria-labelledby={id}>
      <header class="panel-head">
        <h2 id={id}>{props.title}</h2>
        {props.note && <div class="panel-note">{props.note}</div>}
      </header>
      {props.children}
    </section>
  )
}

/** Says plainly that there is nothing, and why that may be. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>
}

export interface Column<Row> {
  title: string
  /** Figures stand right, words left. */
  figure?: boolean
  cell: (row: Row) => ComponentChildren
}

/** A table with a caption for those who hear it; it scrolls inside its panel and can be scrolled by keyboard. */
export function Table<Row extends { key: string }>(props: {
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  empty: ComponentChildren
  tall?: boolean
}) {
  if (props.rows.length === 0) return <Empty>{props.empty}</Empty>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class={`scroll ${props.tall ? 'tall' : ''}`} tabIndex={0} aria-label={props.caption}>
      <table>
        <caption class="unseen">{props.caption}</caption>
        <thead>
          <tr>
            {props.columns.map((column) => (
              <th key={column.title} scope="col" class={column.figure ? 'figure' : ''}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={row.key} data-key={row.key}>
              {props.columns.map((column) => (
                <td key={column.title} class={column.figure ? 'figure' : ''}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const STATE_TONES: Readonly<Record<string, string>> = {
  RUNNING: 'good',
  READY: 'good',
  UP: 'good',
  VERIFIED: 'good',
  STARTING: 'busy',
  STOPPING: 'busy',
  FLATTENING: 'busy',
  RECONCILING: 'busy',
  RESTARTING: 'busy',
  PAUSED: 'warn',
  UNVERIFIED: 'bad',
  FAILED: 'bad',
  DOWN: 'bad',
  EXITED: 'bad',
  CRASHED: 'bad',
}

/** A state word; colour only repeats what the word says. */
export function State({ word }: { word: string }) {
  const text = word || 'unknown'
  return <span class={`state ${STATE_TONES[text.toUpperCase()] ?? 'idle'}`}>{text}</span>
}

/** Profit or loss in USD, with its sign. */
export function Money({ usd }: { usd: string | number | null }) {
  return <span class={tone(usd)}>{formatUsd(usd, { signed: true })}</span>
}

/** A time of day in UTC; the whole time is in the tooltip. */
export function Time({ ts, now }: { ts: number; now: number }) {
  return ts > 0 ? (
    <time dateTime={new Date(ts).toISOString()} title={formatFullTime(ts)}>
      {formatTime(ts, now)}
    </time>
  ) : (
    <span>{NONE}</span>
  )
}

/** How old something is; beyond `staleMs` it is marked. */
export function Age(props: { ts: number | null; now: number; staleMs?: number; label?: string }) {
  if (!props.ts) return <span class="muted">{NONE}</span>
  const age = props.now - props.ts
  const stale = props.staleMs !== undefined && age > props.staleMs
  return (
    <span class={stale ? 'stale' : 'muted'} title={formatFullTime(props.ts)}>
      {stale ? '⚠ ' : ''}
      {props.label ? `${props.label} ` : ''}
      {formatAge(age)} ago
    </span>
  )
}

/** A figure with its name, for the strips on top of a view. */
export function Figure(props: { name: string; children: ComponentChildren; note?: ComponentChildren }) {
  return (
    <div class="tile">
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
      {props.note && <dd class="tile-note">{props.note}</dd>}
    </div>
  )
}

/** A link that leaves the dashboard. */
export function Outside({
  href,
  children,
  label,
}: {
  href: string
  children: ComponentChildren
  label?: string
}) {
  if (!href) return null
  return (
    <a href={href} target="_blank" rel="noreferrer" aria-label={label}>
      {children} <span aria-hidden="true">↗</span>
    </a>
  )
}

/** Any small object, inner ones included, as names and values. */
export function Facts({ facts, empty }: { facts: Readonly<Record<string, unknown>>; empty?: string }) {
  const rows = flattenFacts(facts)
  if (rows.length === 0) return <Empty>{empty ?? 'Nothing.'}</Empty>
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
