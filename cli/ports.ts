/** Local ports: a default that is taken gives way to the next free one; one that was asked for must be free. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { isSameProcess, processStarted } from '#config/process-identity.ts'
import { HoldfastError } from '#domain/errors.ts'

/** How far above a default port a free one is looked for. */
const TRIES_MAX = 200

export class PortTakenError extends HoldfastError {
  constructor(variable: string, port: number) {
    super(`${variable} asks for port ${port}, and another process has it`, {
      code: 'PORT_TAKEN',
      retryable: true,
      hint: `free the port, or set ${variable} to another one (0: any free one; unset: the next free one after the default)`,
      details: { port },
    })
  }
}

export interface PortRequest {
  /** Variable that can set it, for messages. */
  variable: string
  /** What the variable holds; 0 means any free port. */
  configured: number | undefined
  fallback: number
}

export interface ChosenPort {
  port: number
  /** Set when the default was taken: what to tell the user. */
  instead_of?: number
}

/**
 * Chooses one port and reserves it for this process: two stacks that start at the same moment get different ones.
 * @throws PortTakenError when the configured port is taken
 */
export async function choosePort(host: string, request: PortRequest): Promise<ChosenPort> {
  const { configured, fallback, variable } = request
  if (configured === 0) return { port: await anyFreePort(host) }
  if (configured !== undefined) {
    if (!(await isFree(host, configured))) throw new PortTakenError(variable, configured)
    reserve(configured)
    return { port: configured }
  }
  for (let port = fallback; port < Math.min(fallback + TRIES_MAX, 65_536); port += 1) {
    if ((await isFree(host, port)) && reserve(port)) {
      return port === fallback ? { port } : { port, instead_of: fallback }
    }
  }
  throw new PortTakenError(variable, fallback)
}

/** Gives back what this process has reserved: its services have bound their ports, or it stops. */
export function releasePorts(): void {
  for (const name of readdirSync(reservations())) {
    const file = join(reservations(), name)
    if (holderOf(file)?.pid === process.pid) rmSync(file, { force: true })
  }
}

export function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

function anyFreePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host, port: 0 }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** One file a port, in the user's part of the temporary folder: shared by all stacks of this user. */
function reservations(): string {
  const folder = join(tmpdir(), `holdfast-ports-${userInfo().uid}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

function reserve(port: number): boolean {
  const file = join(reservations(), String(port))
  const own = JSON.stringify({ pid: process.pid, started: processStarted(process.pid) })
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      writeFileSync(file, own, { flag: 'wx' })
      return true
    } catch {
      const holder = holderOf(file)
      if (holder?.pid === process.pid) return false // this process wants two different ports
      if (holder && isSameProcess(holder.pid, holder.started)) return false
      rmSync(file, { force: true })
    }
  }
  return false
}

function holderOf(file: string): { pid: number; started: string | null } | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { pid: number; started: string | null }
  } catch {
    return null
  }
}
