/** Every refusal of the API looks alike: a code for scripts, a message and a hint for people. */
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

export interface Fault {
  code: string
  hint: string
  message: string
}

/** `message` says what was found; unset where the hint says it all. */
export const fault = (code: string, hint: string, message = hint): Fault => ({ code, hint, message })

export const problem = (c: Context, status: ContentfulStatusCode, error: Fault): Response =>
  c.json({ error }, status)
