/** How often a belief about positions was right: precision, recall and accuracy of "holds something", and sign and size of what is held. */
// Not here: the beliefs (inference.ts, position-book.ts), the truth they are held against (activities/trader-reconcile.ts).

/** Yes or no against yes or no. */
export interface Confusion {
  truePositive: number
  falsePositive: number
  falseNegative: number
  trueNegative: number
}

export const NO_CONFUSION: Confusion = {
  truePositive: 0,
  falsePositive: 0,
  falseNegative: 0,
  trueNegative: 0,
}

export function addAnswer(to: Confusion, believed: boolean, truth: boolean): Confusion {
  if (believed) {
    return truth
      ? { ...to, truePositive: to.truePositive + 1 }
      : { ...to, falsePositive: to.falsePositive + 1 }
  }
  return truth ? { ...to, falseNegative: to.falseNegative + 1 } : { ...to, trueNegative: to.trueNegative + 1 }
}

export interface Rates {
  samples: number
  /** Of those believed to hold something, the share that did. */
  precision: number
  /** Of those that held something, the share that was believed to. */
  recall: number
  accuracy: number
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)

export function ratesOf({ truePositive, falsePositive, falseNegative, trueNegative }: Confusion): Rates {
  const samples = truePositive + falsePositive + falseNegative + trueNegative
  return {
    samples,
    precision: share(truePositive, truePositive + falsePositive),
    recall: share(truePositive, truePositive + falseNegative),
    accuracy: share(truePositive + trueNegative, samples),
  }
}

/** Size is right within this share of the true size. */
export const SIZE_TOLERANCE = 0.05

/** Signed sizes that are to be compared. */
export interface SizePair {
  believed: number
  truth: number
}

export const isSignRight = ({ believed, truth }: SizePair): boolean =>
  Math.sign(believed) === Math.sign(truth)

/** Of a true zero only zero is right. */
export const isSizeRight = ({ believed, truth }: SizePair): boolean =>
  Math.abs(believed - truth) <= SIZE_TOLERANCE * Math.abs(truth)
