/** The modes of a maker session: how far behind the touch it quotes, and on how many levels. */
// Not here: which one applies (domain/session-pnl/mode.ts).

/** From the most careful to the boldest. */
export const MODE_NAMES = [
  'EMERGENCY_DEFENSIVE',
  'DEFENSIVE',
  'MODERATE',
  'NORMAL',
  'AGGRESSIVE',
  'VERY_AGGRESSIVE',
] as const
export type ModeName = (typeof MODE_NAMES)[number]

export interface ModeSetting {
  /** Behind the touch, basis points. The original counts dollars on an index near 690: one dollar is 14.5 bps. */
  distanceBps: number
  levels: number
  urgency: 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW'
}

/** Bounds that no mode may leave. */
export const MODE_BOUNDS = { distanceBpsMin: 0.5, distanceBpsMax: 20, levelsMin: 1, levelsMax: 10 } as const

/** Source: spec 003 §4; distances as basis points, within the bounds of §7. */
export const MODE_TABLE: Readonly<Record<ModeName, ModeSetting>> = {
  EMERGENCY_DEFENSIVE: { distanceBps: 10, levels: 1, urgency: 'CRITICAL' },
  DEFENSIVE: { distanceBps: 6, levels: 1, urgency: 'HIGH' },
  MODERATE: { distanceBps: 3, levels: 2, urgency: 'MEDIUM' },
  NORMAL: { distanceBps: 3, levels: 3, urgency: 'LOW' },
  AGGRESSIVE: { distanceBps: 2, levels: 5, urgency: 'LOW' },
  VERY_AGGRESSIVE: { distanceBps: 1, levels: 8, urgency: 'LOW' },
}
