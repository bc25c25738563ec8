/** Faults of a plan, done to the world: processes die and freeze, wires break, servers and streams go away. */
import { createHost, type Host } from './host.ts'
import type { Fault, FaultKind } from './plan.ts'
import type { World } from './world.ts'

/** What a worker gets between SIGTERM and the end. */
const SHUTDOWN_MS = 5_000

export function injectFault(world: World, fault: Fault): void {
  const running = world.hosts.find((each) => each.inboxes.size > 0)
  const host = fault.host === 'running' ? (running ?? world.hosts[0]) : world.hosts[fault.host]
  if (!host) return
  world.log(`FAULT ${fault.kind} ${host.process.name} for ${fault.forMs} ms`)
  const untilMs = world.scheduler.nowMs + fault.forMs
  FAULTS[fault.kind]({ world, host, fault, untilMs })
}

interface Scene {
  world: World
  host: Host
  fault: Fault
  untilMs: number
}

const FAULTS: Readonly<Record<FaultKind, (scene: Scene) => void>> = {
  worker_kill({ world, host, fault }) {
    host.process.kill()
    restart(world, host.index, fault.forMs)
  },
  worker_shutdown({ world, host }) {
    host.process.deliver(() => host.shutdown.abort())
    world.scheduler.after(SHUTDOWN_MS, () => {
      host.process.kill()
      restart(world, host.index, 100)
    })
  },
  freeze({ host, fault }) {
    host.process.freeze(fault.forMs)
  },
  partition({ host, untilMs }) {
    host.partitionedUntilMs = Math.max(host.partitionedUntilMs, untilMs)
  },
  server_down({ world, fault, untilMs }) {
    world.serverDownUntilMs = Math.max(world.serverDownUntilMs, untilMs)
    world.scheduler.after(fault.forMs + 1, () => world.plane.serverCameBack())
  },
  orchestrator_down({ world, untilMs }) {
    world.orchestratorDownUntilMs = Math.max(world.orchestratorDownUntilMs, untilMs)
  },
  venue_down({ world, untilMs }) {
    world.venueDownUntilMs = Math.max(world.venueDownUntilMs, untilMs)
  },
  venue_slow({ world, untilMs }) {
    world.venueSlowUntilMs = Math.max(world.venueSlowUntilMs, untilMs)
  },
  answers_lost({ world, untilMs }) {
    world.answersLostUntilMs = Math.max(world.answersLostUntilMs, untilMs)
  },
  stream_down({ world, host, fault, untilMs }) {
    host.streamDownUntilMs = Math.max(host.streamDownUntilMs, untilMs)
    world.scheduler.after(fault.forMs + 1, () => host.streamCameBack())
  },
  feed_stale({ host, untilMs }) {
    host.feedStaleUntilMs = Math.max(host.feedStaleUntilMs, untilMs)
  },
  journal_down({ world, untilMs }) {
    world.journalDownUntilMs = Math.max(world.journalDownUntilMs, untilMs)
  },
  twin({ world }) {
    world.running?.twin()
  },
}

function restart(world: World, index: 0 | 1, afterMs: number): void {
  world.scheduler.after(afterMs, () => {
    if (world.hosts[index]?.process.isAlive) return
    world.hosts[index] = createHost(world, index)
    world.log(`host-${index} is back as a new process`)
  })
}
