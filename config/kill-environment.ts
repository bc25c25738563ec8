/** HOLDFAST_KILL: a kill of everything that stands from the start of a process on, for hosts where nobody can type a command. */
// Not here: the words (domain/risk/kill-words.ts), kills in general (kill-store.ts).
import type { KillStore } from '#config/kill-store.ts'
import { killOfWord } from '#domain/risk/kill-words.ts'
import type { KillOrder } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'

/**
 * Engages what the variable asks for, durably: it stands on when the variable is gone, until `holdfast kill --mode off` lifts it,
 * and comes back with the next process that is started under the variable.
 * @param word the variable; undefined where it is not set
 * @returns the kill that now stands for all, and a warning where the word is unknown; null when nothing was asked for
 */
export function engageEnvironmentKill(
  store: Pick<KillStore, 'engage'>,
  word: string | undefined,
  now: EpochMs,
): { kill: KillOrder; warning: string } | null {
  const { mode, isKnown } = killOfWord(word ?? '')
  if (mode === 'off') return null
  const kill = store.engage({
    scope: { kind: 'all' },
    mode,
    reason: `HOLDFAST_KILL=${(word ?? '').trim().slice(0, 100)}${isKnown ? '' : ' (unknown word)'}`,
    requested_by: 'environment',
    requested_ts: now,
  })
  const warning = isKnown ? '' : `HOLDFAST_KILL holds a word that is not known, so everything is halted`
  return { kill, warning }
}
