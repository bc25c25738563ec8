/** What a person's word in HOLDFAST_KILL or in a hand-made kill file means. A word nobody knows stops everything: it was meant to stop something. */
// Not here: where the words are found and the kill is kept (config/kill-store.ts, config/kill-environment.ts).
import type { KillMode } from '#domain/session/types.ts'

const WORDS: readonly (readonly [KillMode, readonly string[]])[] = [
  ['off', ['', '0', 'false', 'no', 'n', 'off']],
  ['close_only', ['1', 'true', 'yes', 'y', 'on', 'close', 'close_only']],
  ['halt', ['2', 'halt', 'halt_all', 'stop', 'full']],
  ['flatten', ['flatten']],
]

/** All words of HOLDFAST_KILL, for the help text: `0 … off; 1 … close_only; …`. */
export const KILL_WORDS_HELP = WORDS.map(
  ([mode, words]) => `${words.filter((word) => word !== mode && word !== '').join(' ') || mode} → ${mode}`,
).join('; ')

/** The kill that the variable asks for, in any case and with white space around; `halt` for a word that is none of them. */
export function killOfWord(word: string): { mode: KillMode; isKnown: boolean } {
  const plain = word.trim().toLowerCase()
  const found = WORDS.find(([, words]) => words.includes(plain))
  return found ? { mode: found[0], isKnown: true } : { mode: 'halt', isKnown: false }
}

/** The kill that a hand-made file asks for by being there: `flatten` or `halt` where its text says so, else `close_only`; never `off`. */
export function killOfText(text: string): KillMode {
  const plain = text.toLowerCase()
  if (plain.includes('flatten')) return 'flatten'
  return /halt|full|stop/.test(plain) ? 'halt' : 'close_only'
}
