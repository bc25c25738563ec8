/** Decisions in full, for human eyes: the verdict, the gates with their numbers, the facts, and what was refused around it. */
import pc from 'picocolors'
import { print, printTable } from '#cli/output.ts'
import type { Explained } from '#cli/support/decisions.ts'

const REFUSALS = new Set(['ORDER_REFUSED', 'ORDER_DROPPED'])
/** A refusal belongs to the decision before it when it follows within this time. */
const FOLLOWS_MS = 120_000

export function explained(found: readonly Explained[], all: readonly Explained[]): void {
  if (found.length === 0) print('no decisions yet')
  for (const decision of found) {
    if (REFUSALS.has(decision.reason)) refusal(decision, all)
    else one(decision)
  }
}

/** An order that a gate held back: the decision behind it says what was wanted. */
function refusal(refused: Explained, all: readonly Explained[]): void {
  const behind = all.findLast(
    ({ at, coin, reason }) =>
      coin === refused.coin && at <= refused.at && refused.at - at <= FOLLOWS_MS && !REFUSALS.has(reason),
  )
  if (behind) one(behind)
  one(refused)
}

function one({ ts, coin, kind, reason, gate, reasons, gates, inputs }: Explained): void {
  const stopped = gate === '' ? pc.green('not stopped') : pc.red(`stopped by ${gate}`)
  print(`${pc.bold(`${ts} ${coin}`)} ${kind} ${reason}, ${stopped}`)
  if (reasons.length > 1) print(`  reasons that held: ${reasons.join(', ')}`)
  if (gates.length > 0) {
    printTable(
      ['gate', '', 'value', 'limit'],
      gates.map(({ gate: name, ok, value, limit }) => [
        name,
        ok ? pc.green('passed') : pc.red('shut'),
        value === null ? '' : figure(value),
        limit === null ? '' : figure(limit),
      ]),
    )
  }
  const facts = Object.entries(inputs).map(([name, value]) => [
    name,
    typeof value === 'number' ? figure(value) : String(value),
  ])
  if (facts.length > 0) printTable(['on', ''], facts)
}

const figure = (value: number): string => String(Number(value.toPrecision(8)))
