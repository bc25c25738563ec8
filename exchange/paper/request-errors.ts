/** Requests that cannot be read: HTTP errors with plain-text bodies, as the venue answers them. */
// Not here: refused actions, which are HTTP 200 (actions.ts). Source: wire contract §1.
import { HoldfastError } from '#domain/errors.ts'

/** A request whose answer is an HTTP error. */
export class RequestError extends HoldfastError {
  readonly status: number

  constructor(status: number, text: string) {
    super(text, {
      code: 'BAD_REQUEST',
      retryable: status === 429,
      hint: 'compare the request with the wire contract',
    })
    this.status = status
  }
}

export const UNREADABLE = 'Failed to deserialize the JSON body into the target type'

/** 422: unknown type, missing or wrong field. */
export const unreadable = (): RequestError => new RequestError(422, UNREADABLE)
