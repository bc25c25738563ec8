/** Which subscriptions of one connection are answered: acknowledged, refused for good, or still awaited. */
import { type ParsedFrame, type Subscription, subscriptionKey } from '#exchange/wire/frames.ts'

export interface Acknowledgements {
  /** A new connection begins: nothing is asked for yet. */
  begin(): void
  /** These are asked for. */
  expect(subscriptions: readonly Subscription[]): void
  acknowledged(frame: Extract<ParsedFrame, { kind: 'acknowledged' }>): void
  /** Takes a refusal. @returns false when it only says that the subscription is held already */
  refused(frame: Extract<ParsedFrame, { kind: 'refused' }>): boolean
  /** True when nothing is awaited any more. */
  isComplete(): boolean
  /** Subscription → the venue's words. */
  refusals(): Readonly<Record<string, string>>
}

/** Longest piece of a refusal that is kept, characters. */
const WORDS_CHARS_MAX = 300

export function createAcknowledgements(): Acknowledgements {
  const awaited = new Set<string>()
  const refusals = new Map<string, string>()
  return {
    begin() {
      refusals.clear()
      awaited.clear()
    },
    expect(subscriptions) {
      for (const subscription of subscriptions) awaited.add(subscriptionKey(subscription))
    },
    acknowledged({ subscription }) {
      awaited.delete(subscriptionKey(subscription))
    },
    refused({ message, subscription }) {
      const key = subscription ? subscriptionKey(subscription) : ''
      const isHeldAlready = message.startsWith('Already ')
      if (awaited.delete(key) && !isHeldAlready) refusals.set(key, message.slice(0, WORDS_CHARS_MAX))
      return !isHeldAlready
    },
    isComplete: () => awaited.size === 0,
    refusals: () => Object.fromEntries(refusals),
  }
}
