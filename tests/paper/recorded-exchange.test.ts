/** Orders and cancels that somebody really sent to the venue's testnet, sent here: the same kind of answer and the same error text, case by case. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSigner } from '#exchange/client/keys.ts'
import { signL1 } from '#exchange/client/signing.ts'
import type { PaperExchange } from '#exchange/paper/paper-exchange.ts'
import { type ScriptedMarket, scriptedMarket, startPaper } from '#tests/paper/support/paper.ts'
import { missingData, sharedData } from '#tests/support/shared-data.ts'

type Json = Record<string, unknown>
interface Pair {
  name: string
  action: Json & { type: string }
  answer: Json
}

const PAIRS = 'exchange/testnet_exchange_pairs_20260312.jsonl'
const CASSETTES = 'info/http_cassettes.jsonl.gz'
const missing = missingData(PAIRS) ?? missingData(CASSETTES)

function recorded(): Pair[] {
  if (missing !== null) return []
  const lines = [
    ...readFileSync(sharedData(PAIRS), 'utf8').split('\n'),
    ...gunzipSync(readFileSync(sharedData(CASSETTES)))
      .toString('utf8')
      .split('\n'),
  ]
  return lines.filter(Boolean).flatMap((line, at) => {
    const { request, response } = JSON.parse(line) as { request: { action?: Pair['action'] }; response: Json }
    const action = typeof request === 'object' ? request?.action : undefined
    return action ? [{ name: `${at + 1} ${action.type}`, action, answer: response }] : []
  })
}

/** Answers that differ on purpose, with the reason. */
const DIFFERENT: readonly { is: (pair: Pair) => boolean; why: string }[] = [
  {
    is: ({ action }) => action.type === 'perpDeploy',
    why: 'there is no builder deployment here: the action is unreadable (422)',
  },
  {
    is: ({ answer }) =>
      typeof answer.response === 'string' && answer.response.startsWith('User or API Wallet'),
    why: 'the recorded key was unknown to the venue (one of them because its cloid lacked 0x); ours is known',
  },
]

/** An answer without what can never repeat. */
const kind = (answer: unknown): unknown => JSON.parse(JSON.stringify(answer).replace(/"oid":\d+/g, '"oid":0'))

describe.skipIf(missing !== null)('recorded exchange pairs', () => {
  let paper: PaperExchange
  let market: ScriptedMarket
  const signer = createSigner('5'.repeat(64), 'recorded')
  /** Recorded oid → ours. */
  const oids = new Map<number, number>()
  let nonce = Date.now()
  let ethMid = 2_040.2

  beforeAll(async () => {
    const coins = Array.from({ length: 174 }, (_, at) => (at === 4 ? 'ETH' : `C${at}`))
    market = scriptedMarket(coins)
    paper = await startPaper({ source: () => market.source })
    paper.fund(signer.address, 1_000)
    market.emit({
      kind: 'book',
      coin: 'C173',
      ts: Date.now(),
      bids: [{ px: '0.249', sz: '1000.0', n: 1 }],
      asks: [{ px: '0.251', sz: '1000.0', n: 1 }],
    })
  })
  afterAll(() => paper.close())

  async function send(action: Pair['action']): Promise<{ status: number; body: Json }> {
    nonce++
    const body = JSON.stringify({
      action,
      nonce,
      signature: signL1(signer, 'testnet', action, { nonce, expiresAfter: null }),
    })
    const response = await fetch(`${paper.url}/exchange`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    })
    return { status: response.status, body: response.ok ? ((await response.json()) as Json) : {} }
  }

  /** Puts the touch where the recorded fill found it. */
  function quoteFor({ action, answer }: Pair): void {
    const avgPx = /"avgPx":"([\d.]+)"/.exec(JSON.stringify(answer))?.[1]
    const isBuy = (action.orders as { b: boolean }[] | undefined)?.[0]?.b === true
    if (avgPx) ethMid = Number(avgPx) + (isBuy ? -0.2 : 0.2)
    const px = (shift: number) => (Math.round((ethMid + shift) * 10) / 10).toFixed(1)
    const level = (shift: number) => ({ px: px(shift), sz: '10.0', n: 1 })
    market.emit({ kind: 'book', coin: 'ETH', ts: Date.now(), bids: [level(-0.2)], asks: [level(0.2)] })
  }

  function withOurOids(action: Pair['action']): Pair['action'] {
    if (action.type !== 'cancel') return action
    const cancels = (action.cancels as { a: number; o: number }[]).map(({ a, o }) => ({
      a,
      o: oids.get(o) ?? o,
    }))
    return { ...action, cancels }
  }

  let same = 0
  const pairs = recorded()
  test.each(pairs.map((pair) => [pair.name, pair] as const))('%s', async (_name, pair) => {
    const difference = DIFFERENT.find(({ is }) => is(pair))
    quoteFor(pair)
    const { status, body } = await send(withOurOids(pair.action))
    if (difference) {
      expect({ status, body: kind(body) }).not.toEqual({ status: 200, body: kind(pair.answer) })
      return
    }
    expect(kind(body)).toEqual(kind(pair.answer))
    const [theirs] = [...JSON.stringify(pair.answer).matchAll(/"oid":(\d+)/g)].map(([, oid]) => Number(oid))
    const [ours] = [...JSON.stringify(body).matchAll(/"oid":(\d+)/g)].map(([, oid]) => Number(oid))
    if (theirs !== undefined && ours !== undefined) oids.set(theirs, ours)
    same++
  })

  test('nearly all recorded pairs agree, and each difference has its reason', () => {
    expect(same + pairs.filter((pair) => DIFFERENT.some(({ is }) => is(pair))).length).toBe(pairs.length)
    expect(same).toBeGreaterThanOrEqual(40)
  })
})
