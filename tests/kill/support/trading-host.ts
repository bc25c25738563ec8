/** A stand-in for a trading host: one session that holds a position, keeps two quotes and its lease, and obeys its inbox; a process that tests stop and kill. */
// Real parts: kill store, registry, control port, venue, lease files. Not here: strategies, Temporal.
import { systemClock as clock } from '#config/clock.ts'
import { loadEnvironment } from '#config/environment.ts'
import { controlToken } from '#config/home.ts'
import { createKillStore } from '#config/kill-store.ts'
import { loadSettings } from '#config/load.ts'
import { createLogger } from '#config/logger.ts'
import { removeLease, writeLease } from '#config/run-files.ts'
import { buildCloid, hash32, isOwnCloid } from '#domain/ids.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import { connectExchange } from '#exchange/client/connect.ts'
import { startControlServer } from '#workers/support/control-server.ts'
import { createSessionRegistry } from '#workers/support/session-registry.ts'

const COIN = 'ETH'
const RUN = 7
const EPOCH = 1
const [account = '', key = '', obedience = 'obeys'] = process.argv.slice(2)
const session_id = `session/paper/${key}`

const environment = loadEnvironment()
const { home } = environment
const log = createLogger('trading-host', 'error')
const killStore = createKillStore(home.kills)
const registry = createSessionRegistry({ killStore, clock })
const control = await startControlServer({
  ...{ registry, killStore, clock, log, home },
  guard: { allowedHosts: [], token: controlToken(home) },
  host: { host_id: `host-${key}`, network: 'paper', bind: '127.0.0.1', port: 0 },
})
const exchange = await connectExchange({
  settings: loadSettings(environment.HOLDFAST_CONFIG),
  ...{ home, url: environment.HOLDFAST_EXCHANGE_URL ?? '', role: 'trading', clock },
})
const venue = exchange.venue(account)
let seq = 0

const order = (
  side: 'buy' | 'sell',
  px: string,
  sz: string,
  more: Partial<OrderIntent> = {},
): OrderIntent => ({
  cloid: buildCloid({ tag: hash32(session_id), run: RUN, epoch: EPOCH, seq: seq++, leg: 0 }),
  ...{ coin: COIN, side, px, sz, tif: 'alo', reduce_only: false, purpose: 'quote' },
  ...more,
})
const send = (...orders: OrderIntent[]) =>
  venue.placeOrders(orders, { expiresAfter: clock.now() + TIMING.orderTtlMs })

/** Long 2 coins, a stop under them, a quote on each side. */
await send(order('buy', '3510', '2', { tif: 'ioc' }))
await send(
  order('sell', '3000', '2', { reduce_only: true, trigger: { px: '3000', kind: 'stop' }, purpose: 'stop' }),
  order('buy', '3400', '1'),
  order('sell', '3600', '1'),
)
const renew = () =>
  writeLease(home, {
    ...{
      session_id,
      epoch: EPOCH,
      run: RUN,
      account,
      coins: [COIN],
      pid: process.pid,
      host_id: `host-${key}`,
    },
    lease_until_ts: clock.now() + TIMING.leaseTtlMs,
  })
renew()
const facts = { session_id, account, engine: 'maker', mode: 'paper', coins: [COIN], epoch: EPOCH, run: RUN }
const { inbox } = registry.open(facts)
process.send?.({ kind: 'ready', url: control.url })

for (;;) {
  const kill = inbox.kill()
  if (kill && kill.mode !== 'close_only' && obedience === 'obeys') {
    const own = (await venue.openOrders()).filter(({ cloid }) => isOwnCloid(cloid, session_id))
    await venue.cancelByOid(own, { expiresAfter: clock.now() + TIMING.orderTtlMs })
    const held = (await venue.account()).positions.find(({ coin }) => coin === COIN)
    if (kill.mode === 'flatten' && held) {
      await send(order('sell', '3000', held.sz, { tif: 'ioc', reduce_only: true, purpose: 'flatten' }))
    }
    removeLease(home, session_id)
    break
  }
  renew()
  // A quote that is gone comes back while nothing forbids it: what a host does that wakes up too late.
  if (!kill) {
    const open = (await venue.openOrders()).filter(
      ({ cloid, trigger }) => isOwnCloid(cloid, session_id) && !trigger,
    )
    if (open.length < 2 && !inbox.kill()) await send(order('buy', '3400', '1'))
  }
  await clock.sleep(200, inbox.changed())
}
await clock.sleep(60_000)
