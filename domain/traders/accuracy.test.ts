/** Tests of precision, recall and accuracy, and of sign and size. */
import { expect, it } from 'vitest'
import { addAnswer, isSignRight, isSizeRight, NO_CONFUSION, ratesOf } from '#domain/traders/accuracy.ts'

it('counts the four cases', () => {
  const answers: [boolean, boolean][] = [
    [true, true],
    [true, true],
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ]
  const confusion = answers.reduce((sum, [believed, truth]) => addAnswer(sum, believed, truth), NO_CONFUSION)
  expect(confusion).toEqual({ truePositive: 3, falsePositive: 1, falseNegative: 1, trueNegative: 1 })
  expect(ratesOf(confusion)).toEqual({ samples: 6, precision: 0.75, recall: 0.75, accuracy: 4 / 6 })
})

it('is zero without samples rather than not a number', () => {
  expect(ratesOf(NO_CONFUSION)).toEqual({ samples: 0, precision: 0, recall: 0, accuracy: 0 })
})

it('asks for the sign, and for the size within a twentieth', () => {
  expect(isSignRight({ believed: 1, truth: 9 })).toBe(true)
  expect(isSignRight({ believed: 0, truth: 1e-8 })).toBe(false)
  expect(isSizeRight({ believed: 105, truth: 100 })).toBe(true)
  expect(isSizeRight({ believed: 105.01, truth: 100 })).toBe(false)
  expect(isSizeRight({ believed: -95, truth: -100 })).toBe(true)
  expect(isSizeRight({ believed: 1e-8, truth: 0 })).toBe(false)
})
