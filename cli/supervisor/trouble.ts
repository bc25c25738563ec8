/** The most telling line of each service's recent trouble: what a failed start is explained with. */
import type { LogLine } from '#cli/supervisor/log-sink.ts'

export interface TroubleMemory {
  note(line: LogLine): void
  /** '' when the service has said nothing. */
  of(service: string): string
}

/** The last line in our own words beats the line of a raised error in a stack trace, which beats any other output. */
export function createTroubleMemory(): TroubleMemory {
  const best = new Map<string, { weight: number; text: string }>()
  return {
    note: (line) => {
      const weight = weigh(line)
      if (weight < (best.get(line.service)?.weight ?? 0)) return
      const { hint } = line.fields
      const text = typeof hint === 'string' && hint !== '' ? `${line.text} (${hint})` : line.text
      best.set(line.service, { weight, text: text.trim() })
    },
    of: (service) => best.get(service)?.text ?? '',
  }
}

function weigh({ level, text }: LogLine): number {
  if (level === 'fatal') return 4
  if (level === 'error') return 3
  return /^\s*\w*(?:Error|panic|fatal)\b.*:/i.test(text) ? 2 : 1
}
