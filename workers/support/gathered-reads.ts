/** One question for many: reads of an account that its sessions ask for at about the same time are sent once, after the last of them has asked. */
// A cut stream makes every session of the account ask for its fills within one loop; alone each question would cost 20 of the
// minute's 1,200 weight and more. Not here: questions that wait for weight, which are joined too (exchange/client/info.ts).
import type { FillEvent } from '#domain/events.ts'
import type { Clock, EpochMs } from '#domain/time.ts'

/** How long the first one waits for others: one pass of a maker. */
const GATHER_MS = 250

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
): GatheredReads {
  let gathering: Gathering | null = null
  const send = async (own: Gathering): Promise<FillEvent[]> => {
    await clock.sleep(GATHER_MS)
    gathering = null // whoever comes from now on asks anew
    return ask(own.fromTs)
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
