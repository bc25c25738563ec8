/** What a synthetic market is made with, and what it is continued from. */

import { InvalidInputError } from '#domain/errors.ts'
import type { Clock, EpochMs } from '#domain/time.ts'
import type { PopulationState } from '#exchange/paper/sources/population.ts'
import { STEP_MS, type SyntheticCoinState } from '#exchange/paper/sources/synthetic-market.ts'

/** How much of a market is made. Coarser steps and books make days of many coins in minutes. */
export interface SyntheticShape {
  /** Size of the population. */
  traders?: number | undefined
  /** Market milliseconds from step to step: a multiple of 100 that divides a minute. */
  stepMs?: number | undefined
  /** Market milliseconds between two books of a coin. */
  bookMs?: number | undefined
  /** Begins so long before now and runs up to the present at `speed`, then goes on in real time; 0 begins now. */
  pastMs?: number | undefined
}

export interface SyntheticOptions extends SyntheticShape {
  seed: number
  coins: readonly string[]
  /** Market milliseconds per millisecond. */
  speed: number
  clock: Clock
  checkpoint?: SyntheticCheckpoint | null
}

export interface SyntheticCheckpoint {
  seed: number
  coins: readonly string[]
  /** Time of step 0: end of the prepared past. */
  startTs: EpochMs
  /** Market time that the states stand at. */
  step: number
  states: readonly SyntheticCoinState[]
  population: PopulationState
}

/** True when a stored position is one of the market asked for. */
export const isOfMarket = (stored: SyntheticCheckpoint, { seed, coins }: SyntheticOptions): boolean =>
  stored.seed === seed &&
  stored.coins.length === coins.length &&
  stored.coins.every((coin, at) => coin === coins[at])

/** @throws InvalidInputError when steps would not meet whole minutes */
export function checkStepMs(stepMs: number): void {
  if (stepMs >= STEP_MS && stepMs % STEP_MS === 0 && 60_000 % stepMs === 0) return
  throw new InvalidInputError({
    source: 'synthetic market',
    path: 'step_ms',
    found: String(stepMs),
    expected: `a multiple of ${STEP_MS} that divides a minute, e.g. 100, 500, 1000, 5000`,
  })
}
