/** API wallets (agents): which key may sign for which account, by the venue's rules. */
// Source: wire contract §5 "Agents".
import type { EpochMs } from '#domain/time.ts'

export const AGENT_RULES = { namedMax: 3, defaultMs: 90 * 86_400_000, longestMs: 180 * 86_400_000 } as const
const NOBODY = `0x${'0'.repeat(40)}`

export interface Agent {
  address: string
  master: string
  /** '' for the unnamed one. */
  name: string
  validUntil: EpochMs
}

/** What an approval asks for. `name` may end in ` valid_until <ms>`. */
export interface Approval {
  master: string
  address: string
  name: string
}

export interface Agents {
  /** The account that a key acts for; null when it is no agent, or no longer. */
  masterOf(address: string, now: EpochMs): string | null
  agent(address: string): Agent | undefined
  named(master: string): Agent[]
  unnamed(master: string): Agent | undefined
  /** @returns the agents to store (validUntil 0 removes), or the venue's text */
  approve(approval: Approval, now: EpochMs): { changes: Agent[] } | { fault: string }
  /** Applies one stored change. */
  apply(change: Agent): void
}

function readName(text: string, now: EpochMs): { name: string; validUntil: EpochMs } | { fault: string } {
  const match = /^(.*?) ?valid_until (\d{1,16})$/.exec(text)
  if (!match) return { name: text, validUntil: now + AGENT_RULES.defaultMs }
  const asked = Number(match[2])
  if (asked <= now) return { fault: 'Agent valid_until already expired.' }
  return { name: match[1] ?? '', validUntil: Math.min(asked, now + AGENT_RULES.longestMs) }
}

export function createAgents(): Agents {
  const byAddress = new Map<string, Agent>()
  const byMaster = new Map<string, Map<string, Agent>>()
  const slots = (master: string) => byMaster.get(master) ?? new Map<string, Agent>()
  const alive = (agent: Agent, now: EpochMs) => agent.validUntil > now

  function apply(change: Agent): void {
    const mine = slots(change.master)
    byMaster.set(change.master, mine)
    const old = mine.get(change.name)
    if (old) byAddress.delete(old.address)
    if (change.validUntil === 0) {
      mine.delete(change.name)
      return
    }
    mine.set(change.name, change)
    byAddress.set(change.address, change)
  }

  return {
    masterOf: (address, now) => {
      const agent = byAddress.get(address)
      return agent && alive(agent, now) ? agent.master : null
    },
    agent: (address) => byAddress.get(address),
    named: (master) => [...slots(master).values()].filter(({ name }) => name !== ''),
    unnamed: (master) => byMaster.get(master)?.get(''),
    approve: ({ master, address, name: text }, now) => {
      const read = readName(text, now)
      if ('fault' in read) return read
      const { name, validUntil } = read
      if (address === NOBODY) return { changes: [{ address, master, name, validUntil: 0 }] }
      const taken = byAddress.get(address)
      if (address === master || (taken && (taken.master !== master || taken.name !== name)))
        return { fault: 'Extra agent already used.' }
      const others = [...slots(master).values()].filter(
        (agent) => agent.name !== '' && agent.name !== name && alive(agent, now),
      )
      if (name !== '' && others.length >= AGENT_RULES.namedMax) {
        return {
          fault: `Too many extra agents for cumulative volume traded. Current limit is ${AGENT_RULES.namedMax}`,
        }
      }
      return { changes: [{ address, master, name, validUntil }] }
    },
    apply,
  }
}
