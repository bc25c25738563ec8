/** Which socket listens to which feed, and sending a frame to all of them: built once, sent as text. */
// Not here: what feeds exist (subscriptions.ts), the sockets' protocol (sockets.ts).

/** A connected client, as far as sending goes. */
export interface Subscriber {
  send(frame: string): void
  /** Bytes that wait to be sent. */
  backlog(): number
}

export interface FanOut {
  add(feed: string, subscriber: Subscriber): void
  remove(feed: string, subscriber: Subscriber): void
  /** Forgets a subscriber everywhere. */
  drop(subscriber: Subscriber): void
  has(feed: string): boolean
  publish(feed: string, frame: () => string): void
  /** Largest backlog of all subscribers, bytes. */
  backlog(): number
  feeds(): number
}

export function createFanOut(): FanOut {
  const feeds = new Map<string, Set<Subscriber>>()
  const bySubscriber = new Map<Subscriber, Set<string>>()

  function remove(feed: string, subscriber: Subscriber): void {
    const listeners = feeds.get(feed)
    listeners?.delete(subscriber)
    if (listeners?.size === 0) feeds.delete(feed)
    const mine = bySubscriber.get(subscriber)
    mine?.delete(feed)
    if (mine?.size === 0) bySubscriber.delete(subscriber)
  }

  return {
    add: (feed, subscriber) => {
      const listeners = feeds.get(feed) ?? new Set()
      feeds.set(feed, listeners.add(subscriber))
      const mine = bySubscriber.get(subscriber) ?? new Set()
      bySubscriber.set(subscriber, mine.add(feed))
    },
    remove,
    drop: (subscriber) => {
      for (const feed of [...(bySubscriber.get(subscriber) ?? [])]) remove(feed, subscriber)
    },
    has: (feed) => feeds.has(feed),
    publish: (feed, frame) => {
      const listeners = feeds.get(feed)
      if (!listeners) return
      const text = frame()
      for (const listener of listeners) listener.send(text)
    },
    backlog: () => {
      let most = 0
      for (const subscriber of bySubscriber.keys()) most = Math.max(most, subscriber.backlog())
      return most
    },
    feeds: () => feeds.size,
  }
}
