/** Who is tracked: the best scored traders that seem to hold something, then the best of the rest; and who came and left since the last time, and why. */
// Not here: scores (score.ts), the daily job (activities/trader-selection.ts).
import { DEFAULT_INFERENCE, type InferenceRules, inferPosition } from '#domain/traders/inference.ts'
import type { LeaderboardRow } from '#domain/traders/leaderboard.ts'
import { type Score, type ScoreParts, scoreTrader, tagsOf } from '#domain/traders/score.ts'

export interface SelectionRules {
  /** Most traders to track. */
  max: number
  /** Least score. */
  score_min: number
  inference: InferenceRules
}

export const DEFAULT_RULES: SelectionRules = { max: 500, score_min: 50, inference: DEFAULT_INFERENCE }

/** A document with less than this share of the last one's rows is broken, not news. */
export const SHRUNKEN_SHARE = 0.5

export interface TrackedTrader {
  address: string
  displayName: string
  /** From 1, best first. */
  rank: number
  score: number
  parts: ScoreParts
  tags: readonly string[]
  accountValue: number
  /** Seems to hold a position, from the leaderboard alone. */
  likely: boolean
  /** Rule and figure of the guess; `fallback` for those that fill up the list. */
  reason: string
  confidence: number
}

export interface ScoredRow {
  row: LeaderboardRow
  score: Score
}

export type ExitReason = 'vanished' | 'score_below_min' | 'outranked'
export type Change =
  | { address: string; change: 'entered'; reason: string }
  | { address: string; change: 'left'; reason: ExitReason }

export interface Selection {
  tracked: readonly TrackedTrader[]
  changes: readonly Change[]
}

/** Score of every row, in the order of the document. */
export const scoreRows = (rows: readonly LeaderboardRow[]): ScoredRow[] =>
  rows.map((row) => ({ row, score: scoreTrader(row) }))

function tracked(
  { row, score }: ScoredRow,
  guess: { likely: boolean; reason: string; confidence: number },
): Omit<TrackedTrader, 'rank'> {
  const { address, displayName, accountValue } = row
  const { total, parts } = score
  return { address, displayName, score: total, parts, tags: tagsOf(row, total), accountValue, ...guess }
}

/**
 * The traders to track, in the order they were taken: first those that seem to hold something, best score first and ties in the
 * document's order, then the best of the rest until the list is full.
 */
export function selectTraders(scored: readonly ScoredRow[], rules: SelectionRules): TrackedTrader[] {
  const good = scored
    .filter(({ score }) => score.total >= rules.score_min)
    .sort((a, b) => b.score.total - a.score.total)
  const taken: Omit<TrackedTrader, 'rank'>[] = []
  const rest: ScoredRow[] = []
  for (const each of good) {
    if (taken.length >= rules.max) break
    const { holds, reason, confidence } = inferPosition(each.row, rules.inference)
    if (holds) taken.push(tracked(each, { likely: true, reason, confidence }))
    else rest.push(each)
  }
  for (const each of rest) {
    if (taken.length >= rules.max) break
    taken.push(tracked(each, { likely: false, reason: 'fallback', confidence: 0 }))
  }
  return taken.map((trader, at) => ({ ...trader, rank: at + 1 }))
}

/** Why a document cannot be used; null when it can. */
export function refuseDocument(document: {
  complete: boolean
  rows: number
  /** Good rows of the last document that was used; 0 before the first. */
  rowsBefore: number
}): string | null {
  if (document.rows === 0) return 'empty'
  if (!document.complete) return 'truncated'
  return document.rows < document.rowsBefore * SHRUNKEN_SHARE ? 'shrunken' : null
}

/** Who came and who left, with reasons. An empty selection changes nothing: it would only empty the list. */
export function changesSince(
  before: readonly string[],
  now: readonly TrackedTrader[],
  scored: readonly ScoredRow[],
  rules: SelectionRules,
): Change[] {
  if (now.length === 0) return []
  const was = new Set(before)
  const is = new Set(now.map(({ address }) => address))
  const scores = new Map(scored.map(({ row, score }) => [row.address, score.total]))
  const entered = now
    .filter(({ address }) => !was.has(address))
    .map(({ address, reason }): Change => ({ address, change: 'entered', reason }))
  const left = before
    .filter((address) => !is.has(address))
    .map((address): Change => {
      const score = scores.get(address)
      const reason: ExitReason =
        score === undefined ? 'vanished' : score >= rules.score_min ? 'outranked' : 'score_below_min'
      return { address, change: 'left', reason }
    })
  return [...entered, ...left]
}
