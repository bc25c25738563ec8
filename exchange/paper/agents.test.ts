/** Agents: one unnamed, three named, replaced by name, gone when their time is over. */
import { expect, test } from 'vitest'
import { AGENT_RULES, type Agents, createAgents } from '#exchange/paper/agents.ts'

const NOW = 1_790_000_000_000
const MASTER = `0x${'1'.repeat(40)}`
const key = (digit: string) => `0x${digit.repeat(40)}`

function approve(agents: Agents, address: string, name = '', master = MASTER): string | null {
  const outcome = agents.approve({ master, address, name }, NOW)
  if ('fault' in outcome) return outcome.fault
  for (const change of outcome.changes) agents.apply(change)
  return null
}

test('an agent acts for its master until its time is over, 90 days by default', () => {
  const agents = createAgents()
  expect(approve(agents, key('a'))).toBeNull()
  expect(agents.masterOf(key('a'), NOW + AGENT_RULES.defaultMs - 1)).toBe(MASTER)
  expect(agents.masterOf(key('a'), NOW + AGENT_RULES.defaultMs)).toBeNull()
})

test('valid_until in the name sets the end, at most 180 days, never in the past', () => {
  const agents = createAgents()
  expect(approve(agents, key('a'), `bot valid_until ${NOW + 1_000}`)).toBeNull()
  expect(agents.named(MASTER)).toEqual([
    { address: key('a'), master: MASTER, name: 'bot', validUntil: NOW + 1_000 },
  ])
  expect(approve(agents, key('a'), `bot valid_until ${NOW + 10 * AGENT_RULES.longestMs}`)).toBeNull()
  expect(agents.named(MASTER)[0]?.validUntil).toBe(NOW + AGENT_RULES.longestMs)
  expect(approve(agents, key('b'), `late valid_until ${NOW}`)).toBe('Agent valid_until already expired.')
})

test('an unnamed one replaces the unnamed one, a named one the same name; a fourth name is refused', () => {
  const agents = createAgents()
  approve(agents, key('a'))
  approve(agents, key('b'))
  expect(agents.masterOf(key('a'), NOW)).toBeNull()
  expect(agents.masterOf(key('b'), NOW)).toBe(MASTER)
  for (const [digit, name] of [
    ['c', 'one'],
    ['d', 'two'],
    ['e', 'three'],
  ] as const)
    expect(approve(agents, key(digit), name)).toBeNull()
  expect(approve(agents, key('f'), 'four')).toBe(
    'Too many extra agents for cumulative volume traded. Current limit is 3',
  )
  expect(approve(agents, key('f'), 'two')).toBeNull()
  expect(agents.masterOf(key('d'), NOW)).toBeNull()
})

test('the zero address removes; a key that serves somebody already is refused', () => {
  const agents = createAgents()
  approve(agents, key('a'), 'one')
  expect(approve(agents, key('a'), 'one', key('9'))).toBe('Extra agent already used.')
  expect(approve(agents, MASTER, 'self')).toBe('Extra agent already used.')
  expect(approve(agents, key('0'), 'one')).toBeNull()
  expect(agents.masterOf(key('a'), NOW)).toBeNull()
  expect(agents.named(MASTER)).toEqual([])
  expect(approve(agents, key('a'), 'one', key('9'))).toBeNull()
})
