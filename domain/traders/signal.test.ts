/** Tests of the aggregated signal against worked examples and at its bounds. */
import { expect, it } from 'vitest'
import {
  aggregateSignal,
  changeOf,
  isAlert,
  recommend,
  type SignalVote,
  signalConfidence,
} from '#domain/traders/signal.ts'

it('folds five traders as the worked example says', () => {
  const votes: SignalVote[] = [
    { score: 91.5, size: 12.4 },
    { score: 77.25, size: 3.1 },
    { score: 62.8, size: -5.5 },
    { score: 55.05, size: 0 },
    { score: null, size: 0.9 },
  ]
  expect(aggregateSignal(votes)).toEqual({
    longScore: 2.1875,
    shortScore: 0.628,
    totalWeight: 3.366,
    netExposure: 10.7367,
    longBias: 0.6499,
    shortBias: 0.1866,
    longs: 3,
    shorts: 1,
    flats: 1,
    unknown: 0,
    participation: 0.8365,
    recommendation: 'LONG',
    confidence: 0.5282,
  })
})

it('folds 120 traders as the worked example says', () => {
  const votes = Array.from({ length: 120 }, (_, at) => ({ score: 60 + (at % 37), size: at < 83 ? 1 : -2 }))
  expect(aggregateSignal(votes)).toMatchObject({
    longScore: 63.48,
    shortScore: 28.86,
    totalWeight: 92.34,
    netExposure: 5.76,
    longBias: 0.6875,
    shortBias: 0.3125,
    recommendation: 'LONG',
    confidence: 0.9686,
  })
})

it.each([
  [0.6, 0.25, 12.5, 40, 'NEUTRAL', 0.5925],
  [0.60001, 0.2, 12.5, 40, 'LONG', 0.655],
  [0.35, 0.55, 61, 142, 'NEUTRAL', 0.75],
  [0.15, 0.605, 31.2, 57, 'SHORT', 0.8012],
])(
  'long %d short %d of weight %d by %d holders is %s with %d',
  (longBias, shortBias, totalWeight, holders, word, confidence) => {
    expect(recommend(longBias, shortBias)).toBe(word)
    expect(signalConfidence({ longBias, shortBias, totalWeight, holders })).toBe(confidence)
  },
)

it('gives those whose position is not known no vote, and says nothing when nobody is known', () => {
  const known = { score: 80, size: 1 }
  expect(aggregateSignal([known, { score: 90, size: null }])).toMatchObject({
    totalWeight: 0.8,
    unknown: 1,
    longBias: 1,
  })
  expect(aggregateSignal([{ score: 90, size: null }])).toBeNull()
  expect(aggregateSignal([])).toBeNull()
})

it('has no bias when the weights do not add up to anything', () => {
  expect(aggregateSignal([{ score: -80, size: 1 }])).toMatchObject({
    longBias: 0,
    shortBias: 0,
    participation: 0,
    recommendation: 'NEUTRAL',
  })
})

const at = (recommendation: 'LONG' | 'SHORT' | 'NEUTRAL', confidence: number, longBias = 0.3) => ({
  recommendation,
  confidence,
  longBias,
})

it('alerts when it is sure, and when it changed', () => {
  expect(isAlert(at('SHORT', 0.7), null)).toBe(true)
  expect(isAlert(at('SHORT', 0.6999), null)).toBe(false)
  expect(isAlert(at('LONG', 0.64), at('NEUTRAL', 0.5))).toBe(true)
  expect(isAlert(at('NEUTRAL', 0.3, 0.42), at('NEUTRAL', 0.3, 0.33))).toBe(false)
  expect(isAlert(at('NEUTRAL', 0.3, 0.43), at('NEUTRAL', 0.3, 0.33))).toBe(false) // 0.0999…98 as a double
  expect(isAlert(at('NEUTRAL', 0.3, 0.36), at('NEUTRAL', 0.3, 0.47))).toBe(true)
})

it('names the change since the signal before', () => {
  expect(changeOf(at('LONG', 1), null)).toBe('first')
  expect(changeOf(at('LONG', 1), at('NEUTRAL', 1))).toBe('neutral_to_long')
  expect(changeOf(at('LONG', 1, 0.9), at('LONG', 1, 0.7))).toBe('bias_up')
  expect(changeOf(at('LONG', 1, 0.7), at('LONG', 1, 0.9))).toBe('bias_down')
  expect(changeOf(at('LONG', 1, 0.75), at('LONG', 1, 0.7))).toBe('')
})
