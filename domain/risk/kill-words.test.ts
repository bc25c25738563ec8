/** Words that stop trading: every word has one meaning, and no word is off by being unknown. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KILL_WORDS_HELP, killOfText, killOfWord } from './kill-words.ts'

test.each([
  ...['', ' ', '0', 'off', 'FALSE', 'no'].map((word) => ({ word, mode: 'off' })),
  ...['1', 'true', ' Yes ', 'on', 'close', 'CLOSE_ONLY'].map((word) => ({ word, mode: 'close_only' })),
  ...['2', 'halt', 'HALT_ALL', 'stop', 'full'].map((word) => ({ word, mode: 'halt' })),
  { word: 'flatten', mode: 'flatten' },
])('HOLDFAST_KILL="$word" means $mode', ({ word, mode }) => {
  expect(killOfWord(word)).toEqual({ mode, isKnown: true })
})

test('any other word halts and is known to be unknown', () => {
  const known = new Set(KILL_WORDS_HELP.split(/[ ;→]+/))
  fc.assert(
    fc.property(
      fc
        .string({ minLength: 1 })
        .filter((text) => text.trim() !== '' && !known.has(text.trim().toLowerCase())),
      (word) => {
        expect(killOfWord(word)).toEqual({ mode: 'halt', isKnown: false })
      },
    ),
  )
})

test('a file is never off, whatever it says', () => {
  fc.assert(fc.property(fc.string(), (text) => killOfText(text) !== 'off'))
  expect(['off', '0', 'please flatten', 'Stop!'].map(killOfText)).toEqual([
    'close_only',
    'close_only',
    'flatten',
    'halt',
  ])
})

test('the help names every mode with its words', () => {
  expect(KILL_WORDS_HELP).toBe(
    '0 false no n → off; 1 true yes y on close → close_only; 2 halt_all stop full → halt; flatten → flatten',
  )
})
