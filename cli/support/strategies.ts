/** The strategy that a command was asked for: a name, a strategy of the user, or a strategy file. */
// Not here: the registry (domain/strategies/registry.ts), strategy files (config/strategy-file.ts).
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { loadStrategyFile, resolveStrategy } from '#config/strategy-file.ts'
import { loadUserStrategies, strategyFolder } from '#config/user-strategies.ts'
import { InvalidInputError } from '#domain/errors.ts'
import { type Cadence, driveInterval } from '#domain/strategies/cadence.ts'
import { CandleParams } from '#domain/strategies/candle-params.ts'
import { merge } from '#domain/strategies/overlay.ts'
import {
  type AnyCandleStrategy,
  type CommonCandleParams,
  candleStrategy,
} from '#domain/strategies/registry.ts'
import { userStrategyNames } from '#domain/strategies/user.ts'
import type { FixedInterval } from '#domain/time.ts'

export interface ChosenStrategy {
  /** As reports show it. */
  name: string
  strategy: AnyCandleStrategy
  params: CommonCandleParams
  /** Length of the candles to read: the shortest that it decides on. */
  interval: FixedInterval
}

/** A strategy file by its path, or by its name in config/strategies; null when there is none. */
export function strategyFilePath(text: string): string | null {
  const candidates = [text, join(strategyFolder(), text), join(strategyFolder(), `${text}.yaml`)]
  return candidates.find((path) => /\.ya?ml$/.test(path) && existsSync(path)) ?? null
}

/** @throws InvalidInputError */
export async function chooseStrategy(
  text: string,
  {
    params,
    ...lengths
  }: { params: Record<string, unknown> } & Partial<Record<keyof Cadence, string | undefined>>,
): Promise<ChosenStrategy> {
  await loadUserStrategies()
  const isUser = userStrategyNames().includes(text)
  const file = isUser || isBuiltIn(text) ? null : strategyFilePath(text)
  const base = file === null ? headOf(text, isUser) : resolveStrategy(loadStrategyFile(file), 'paper')
  const own = isUser || (base as { strategy: string }).strategy === 'user' ? { params } : params
  const named = Object.entries(lengths).filter(([, length]) => length !== undefined)
  const given = merge(base, { ...own, ...Object.fromEntries(named) })
  const parsed = CandleParams.safeParse(given)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new InvalidInputError({
      source: file ?? `--strategy ${text}`,
      path: issue?.path.map(String).join('.') ?? '',
      found: JSON.stringify(given).slice(0, 80),
      expected: issue?.message ?? 'valid parameters',
      hint: `strategies: ema_cross, mei_alpha_v1${userStrategyNames()
        .map((name) => `, ${name}`)
        .join('')}, or a file of config/strategies`,
    })
  }
  const chosen = parsed.data
  const name = chosen.strategy === 'user' ? chosen.name : chosen.strategy
  return {
    name,
    strategy: candleStrategy(chosen.strategy),
    params: chosen as CommonCandleParams,
    interval: driveInterval(chosen),
  }
}

const isBuiltIn = (text: string): boolean => text === 'ema_cross' || text === 'mei_alpha_v1'

const headOf = (text: string, isUser: boolean): Record<string, unknown> =>
  isUser ? { strategy: 'user', name: text } : { strategy: text }
