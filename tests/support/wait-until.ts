/** Waiting for a condition in a test: asked again and again, with a limit, and a message that says what was last seen. */
import { setTimeout as delay } from 'node:timers/promises'
import { assert } from '#domain/errors.ts'

/**
 * Resolves with the first value of `look` that is neither null, undefined nor false.
 * @throws InvariantError after `timeoutMs`, with `what` and the last error or value
 */
export async function waitUntil<Value>(
  what: string,
  look: () => Promise<Value | null | undefined | false> | Value | null | undefined | false,
  timeoutMs: number,
): Promise<Value> {
  const started = performance.now()
  let last: unknown
  while (performance.now() - started < timeoutMs) {
    try {
      const value = await look()
      if (value !== null && value !== undefined && value !== false) return value
      last = value
    } catch (error) {
      last = error
    }
    await delay(50)
  }
  assert(
    false,
    `waited ${timeoutMs} ms for ${what}; last seen: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
  )
}
