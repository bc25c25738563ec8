/** Runs a set of services: starts them in the order asked for, keeps them running, stops them in a fixed order. */
// Not here: one process (child.ts), which services there are (stack.ts).
import { Child, type ChildDeps, type ServiceSpec } from '#cli/supervisor/child.ts'
import type { RuntimeService } from '#config/runtime-file.ts'
import { assert, HoldfastError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'

/** Services that are stopped together, and how long they may take before they are killed, milliseconds. */
export interface StopPhase {
  services: readonly string[]
  msMax: number
}

export interface Supervisor {
  /** Registers a service; it waits for its start. */
  add(spec: ServiceSpec): void
  /** Registers a service that runs elsewhere. */
  addExternal(name: string, url: string): void
  /** Starts services together. @throws ServiceStartError of the first that could not be started */
  start(names: readonly string[]): Promise<void>
  /** Stops everything in order, within the sum of the phases. Safe to call twice. */
  stop(): Promise<void>
  /** Ends everything at once. */
  killAll(): void
  services(): RuntimeService[]
  /** True while every service is ready or external. */
  isReady(): boolean
}

/** Somebody asked to stop while the start was still going on. */
export class StackStoppingError extends HoldfastError {
  constructor() {
    super('the stack is being stopped', { code: 'STACK_STOPPING', retryable: true, hint: 'start it again' })
  }
}

export interface SupervisorOptions extends ChildDeps {
  clock: Clock
  stopOrder: readonly StopPhase[]
  hush(service: string): void
  /** Names in the order they are shown; others come last, as they were added. */
  shownOrder?: readonly string[]
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const children = new Map<string, Child>()
  const external: RuntimeService[] = []
  let stopping: Promise<void> | null = null
  const shownAt = (name: string): number => {
    const at = options.shownOrder?.indexOf(name) ?? -1
    return at < 0 ? Number.MAX_SAFE_INTEGER : at
  }
  const childOf = (name: string): Child => {
    const child = children.get(name)
    assert(child, `no service ${name}`)
    return child
  }
  const stopPhase = (phase: StopPhase) =>
    Promise.all(
      phase.services.flatMap((name) => {
        const child = children.get(name)
        options.hush(name)
        return child ? [child.stop(phase.msMax)] : []
      }),
    )
  const stopAll = async () => {
    const named = options.stopOrder.flatMap(({ services }) => services)
    const unnamed = [...children.keys()].filter((name) => !named.includes(name))
    for (const phase of [{ services: unnamed, msMax: 1_000 }, ...options.stopOrder]) await stopPhase(phase)
  }
  return {
    add: (spec) => {
      assert(!children.has(spec.name), `service ${spec.name} was added twice`)
      children.set(spec.name, new Child(spec, options))
    },
    addExternal: (name, url) => {
      external.push({
        ...{ name, url, state: 'external', pid: null, process_started: null },
        ...{ restarts: 0, rss_bytes: 0, facts: {}, last_exit: '' },
      })
    },
    start: async (names) => {
      if (stopping) throw new StackStoppingError()
      await Promise.all(names.map((name) => childOf(name).start()))
    },
    stop: () => {
      stopping ??= stopAll()
      return stopping
    },
    killAll: () => {
      for (const child of children.values()) child.killNow()
    },
    services: () =>
      [...external, ...[...children.values()].map((child) => child.status())].sort(
        (a, b) => shownAt(a.name) - shownAt(b.name),
      ),
    isReady: () => [...children.values()].every((child) => child.status().state === 'ready'),
  }
}
