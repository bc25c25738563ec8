/** One question for many: fills of an account that its sessions ask for at about the same time are asked once, after the last of them, and only as far back as they are not known yet. */
// A cut stream makes every session of the account ask for its fills within one loop, and each audit reads minutes of everybody's:
// alone that costs up to 120 of the minute's 1,200 weight a session. Not here: questions that wait for weight, which are joined
// too (exchange/client/info.ts), fills that only the stream has told (recent-fills.ts).
import type { FillEvent } from '#domain/events.ts'
import type { Clock, EpochMs } from '#domain/time.ts'

/** How long the first one waits for others: one pass of a maker. */
const GATHER_MS = 250

/** A venue may list a fill a little late: so much of what was listed is asked for again. */
const AGAIN_MS = 30_000
/** A session without a fill of its own asks from the beginning, so nothing is forgotten before there is much of it. */
const KEPT_MAX = 20_000

/** What the venue has listed: whole from `fromTs` to its newest fill, but for the last half minute. */
interface Listed {
  fromTs: EpochMs
  lastTs: EpochMs
  fills: Map<string, FillEvent>
}

interface Gathering {
  fromTs: EpochMs
  answer: Promise<FillEvent[]>
}

export interface GatheredReads {
  /**
   * Fills at or after `ts`, as `ask` tells them; sent after this call, so the answer is newer than the question.
   * @param isShared false where nobody else may ask: then nothing waits
   */
  fillsSince(ts: EpochMs, isShared: boolean): Promise<FillEvent[]>
}

export function createGatheredReads(
  clock: Pick<Clock, 'sleep'>,
  ask: (fromTs: EpochMs) => Promise<FillEvent[]>,
  keptMax: number = KEPT_MAX,
): GatheredReads {
  let gathering: Gathering | null = null
  let listed: Listed | null = null
  const send = async (own: Gathering): Promise<FillEvent[]> => {
    await clock.sleep(GATHER_MS)
    gathering = null // whoever comes from now on asks anew
    const { fromTs } = own
    const known = listed !== null && listed.fromTs <= fromTs ? listed : null
    const answer = await ask(known === null ? fromTs : Math.max(fromTs, known.lastTs - AGAIN_MS))
    const whole = known ?? { fromTs, lastTs: 0, fills: new Map() }
    take(whole, answer)
    listed = newest(whole, keptMax)
    return [...whole.fills.values()].sort((a, b) => a.ts - b.ts || a.tid - b.tid)
  }
  return {
    async fillsSince(ts, isShared) {
      if (!isShared && gathering === null) return ask(ts)
      if (gathering === null) {
        gathering = { fromTs: ts, answer: Promise.resolve([]) }
        gathering.answer = send(gathering)
      }
      gathering.fromTs = Math.min(gathering.fromTs, ts)
      const fills = await gathering.answer
      return fills.filter((fill) => fill.ts >= ts)
    },
  }
}

function take(listed: Listed, answer: readonly FillEvent[]): void {
  for (const fill of answer) {
    listed.fills.set(`${fill.coin}/${fill.tid}/${fill.oid}`, fill)
    listed.lastTs = Math.max(listed.lastTs, fill.ts)
  }
}

/** The newest half of what would be too much, whole from the first moment after the last one that was dropped. */
function newest(listed: Listed, keptMax: number): Listed {
  if (listed.fills.size <= keptMax) return listed
  const sorted = [...listed.fills].sort(([, a], [, b]) => a.ts - b.ts)
  const cut = sorted.length - Math.ceil(keptMax / 2)
  const fromTs = (sorted[cut - 1]?.[1].ts ?? 0) + 1
  return { ...listed, fromTs, fills: new Map(sorted.filter(([, { ts }]) => ts >= fromTs)) }
}
