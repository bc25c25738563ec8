/** User feeds: first messages, and what the engine's records mean to each of them. */
// Not here: who listens (fan-out.ts). Source of shapes: wire contract §4.
import type { EpochMs } from '#domain/time.ts'
import { openOrders } from '#exchange/paper/account-info.ts'
import type { Agents } from '#exchange/paper/agents.ts'
import { activeAssetData, clearinghouseState, spotClearinghouseState } from '#exchange/paper/clearinghouse.ts'
import type { Engine } from '#exchange/paper/engine/engine.ts'
import type { EngineRecord, Fill, Order } from '#exchange/paper/engine/types.ts'
import { formatUnits, formatUsd } from '#exchange/paper/engine/units.ts'
import type { FanOut } from '#exchange/paper/fan-out.ts'
import { frontOrder, ledgerUpdate, wireFill, wireFunding, wireOrder } from '#exchange/paper/render.ts'

export interface AccountFeedsDeps {
  engine: Engine
  fanOut: FanOut
  agents: Agents
  now(): EpochMs
}

export interface AccountFeeds {
  serves(type: string): boolean
  /** Frames that a new subscriber gets. */
  first(type: string, user: string, coin: string): string[]
  /** Tells what happened; states (open orders, balances) follow with the next `flush`. */
  tell(records: readonly EngineRecord[]): void
  /** Publishes the states of accounts that changed; with `all`, of every account that somebody listens to. */
  flush(all: boolean): void
}

const SNAPSHOT_MAX = 2_000
/** Kinds whose first message is the same as every later one: the whole state. */
const STATES = ['openOrders', 'clearinghouseState', 'spotState', 'twapStates', 'webData3'] as const
const STREAMS = [
  'userFills',
  'userFundings',
  'userNonFundingLedgerUpdates',
  'userHistoricalOrders',
  'userTwapSliceFills',
  'userTwapHistory',
  'orderUpdates',
  'userEvents',
  'notification',
  'activeAssetData',
] as const
const SERVED: ReadonlySet<string> = new Set([...STATES, ...STREAMS])

const frame = (channel: string, data: unknown): string => JSON.stringify({ channel, data })
const BACKSTOP = `0x${'0'.repeat(40)}`

/** What happened to one user in one group of records. */
interface Happened {
  fills: Fill[]
  updates: Extract<EngineRecord, { kind: 'order' }>[]
  fundings: Extract<EngineRecord, { kind: 'funding' }>[]
  ledger: Extract<EngineRecord, { kind: 'ledger' }>[]
  liquidations: Extract<EngineRecord, { kind: 'liquidation' }>[]
}

const userOf = (record: EngineRecord): string => {
  switch (record.kind) {
    case 'fill':
      return record.fill.user
    case 'order':
      return record.order.user
    case 'funding':
      return record.payment.user
    case 'ledger':
      return record.update.user
    default:
      return record.user
  }
}

function byUser(records: readonly EngineRecord[]): Map<string, Happened> {
  const users = new Map<string, Happened>()
  for (const record of records) {
    const user = userOf(record)
    let happened = users.get(user)
    if (!happened) {
      happened = { fills: [], updates: [], fundings: [], ledger: [], liquidations: [] }
      users.set(user, happened)
    }
    if (record.kind === 'fill') happened.fills.push(record.fill)
    else if (record.kind === 'order') happened.updates.push(record)
    else if (record.kind === 'funding') happened.fundings.push(record)
    else if (record.kind === 'ledger') happened.ledger.push(record)
    else if (record.kind === 'liquidation') happened.liquidations.push(record)
  }
  return users
}

/** Endings that the user did not ask for. */
const NOT_BY_USER: ReadonlySet<string> = new Set([
  'marginCanceled',
  'selfTradeCanceled',
  'reduceOnlyCanceled',
  'liquidatedCanceled',
  'scheduledCancel',
  'siblingFilledCanceled',
])

export function createAccountFeeds(deps: AccountFeedsDeps): AccountFeeds {
  const { engine, fanOut } = deps
  const { specs } = engine.state
  const dirty = new Set<string>()
  /** Feeds of states that somebody has asked for: user → types. */
  const watched = new Map<string, Set<string>>()

  const stateFrame = (type: string, user: string): string => {
    const account = engine.account(user)
    const now = deps.now()
    switch (type) {
      case 'openOrders':
        return frame(type, {
          dex: '',
          user,
          orders: account ? openOrders(account).map((order) => frontOrder(specs, order, account.open)) : [],
        })
      case 'clearinghouseState':
        return frame(type, {
          dex: '',
          user,
          clearinghouseState: clearinghouseState(engine.state, account, now),
        })
      case 'spotState':
        return frame(type, { user, spotState: spotClearinghouseState(account) })
      case 'twapStates':
        return frame(type, { dex: '', user, states: [] })
      default:
        return webData(user, now)
    }
  }

  function webData(user: string, now: EpochMs): string {
    const agent = deps.agents.unnamed(user)
    const userState = {
      agentAddress: agent?.address ?? null,
      agentValidUntil: agent?.validUntil ?? null,
      cumLedger: formatUsd(engine.account(user)?.deposited ?? 0),
      serverTime: now,
      isVault: false,
      user,
    }
    return frame('webData3', {
      userState,
      perpDexStates: [{ totalVaultEquity: '0.0', perpsAtOpenInterestCap: [], leadingVaults: [] }],
    })
  }

  const historyEntry = (order: Order) => {
    const account = engine.account(order.user)
    return {
      order: frontOrder(specs, order, account?.open ?? new Map()),
      status: order.status,
      statusTimestamp: order.statusTs,
    }
  }

  function snapshot(type: string, user: string): string[] {
    const account = engine.account(user)
    const whole = { isSnapshot: true, user }
    switch (type) {
      case 'userFills':
        return [
          frame(type, {
            ...whole,
            fills: account
              ? account.fills
                  .slice(-SNAPSHOT_MAX)
                  .reverse()
                  .map((fill) => wireFill(specs, fill))
              : [],
          }),
        ]
      case 'userFundings':
        return [
          frame(type, {
            ...whole,
            fundings: account
              ? account.funding.slice(-500).map((payment) => wireFunding(specs, payment))
              : [],
          }),
        ]
      case 'userNonFundingLedgerUpdates':
        return [
          frame(type, {
            ...whole,
            nonFundingLedgerUpdates: account ? account.ledger.slice(-SNAPSHOT_MAX).map(ledgerUpdate) : [],
          }),
        ]
      case 'userHistoricalOrders': {
        const orders = account ? [...account.open.values(), ...account.closed.values()] : []
        return [
          frame(type, {
            ...whole,
            orderHistory: orders
              .sort((a, b) => b.statusTs - a.statusTs)
              .slice(0, SNAPSHOT_MAX)
              .map(historyEntry),
          }),
        ]
      }
      case 'userTwapSliceFills':
        return [frame(type, { ...whole, twapSliceFills: [] })]
      case 'userTwapHistory':
        return [frame(type, { ...whole, history: [] })]
      default:
        return [] // orderUpdates, userEvents, notification begin with the next event
    }
  }

  const assetDataFrame = (user: string, coin: string): string => {
    const spec = specs.find(({ name }) => name === coin)
    return frame(
      'activeAssetData',
      spec ? activeAssetData(engine.state, engine.account(user), user, spec) : null,
    )
  }

  function tellStreams(user: string, happened: Happened): void {
    const { fills, updates, fundings, ledger, liquidations } = happened
    if (updates.length > 0) {
      fanOut.publish(`orderUpdates:${user}`, () =>
        frame(
          'orderUpdates',
          updates.map(({ order, sz, status, ts }) => ({
            order: wireOrder(specs, order, sz),
            status,
            statusTimestamp: ts,
          })),
        ),
      )
      fanOut.publish(`userHistoricalOrders:${user}`, () =>
        frame('userHistoricalOrders', {
          user,
          orderHistory: updates.map(({ order }) => historyEntry(order)),
        }),
      )
    }
    if (fills.length > 0) {
      const wire = () => fills.map((fill) => wireFill(specs, fill))
      fanOut.publish(`userFills:${user}`, () => frame('userFills', { user, fills: wire() }))
      fanOut.publish(`userEvents:${user}`, () => frame('user', { fills: wire() }))
      for (const fill of fills)
        if (!fill.crossed)
          fanOut.publish(`notification:${user}`, () =>
            frame('notification', { notification: filledNote(fill) }),
          )
    }
    for (const { payment } of fundings)
      fanOut.publish(`userEvents:${user}`, () => frame('user', { funding: wireFunding(specs, payment) }))
    if (fundings.length > 0) {
      fanOut.publish(`userFundings:${user}`, () =>
        frame('userFundings', { user, fundings: fundings.map(({ payment }) => wireFunding(specs, payment)) }),
      )
    }
    if (ledger.length > 0) {
      fanOut.publish(`userNonFundingLedgerUpdates:${user}`, () =>
        frame('userNonFundingLedgerUpdates', {
          user,
          nonFundingLedgerUpdates: ledger.map(({ update }) => ledgerUpdate(update)),
        }),
      )
    }
    for (const { lid, ntl, accountValue } of liquidations) {
      fanOut.publish(`userEvents:${user}`, () =>
        frame('user', {
          liquidation: {
            lid,
            liquidator: BACKSTOP,
            liquidated_user: user,
            liquidated_ntl_pos: formatUsd(ntl),
            liquidated_account_value: formatUsd(accountValue),
          },
        }),
      )
    }
    const unasked = updates.filter(({ status }) => NOT_BY_USER.has(status))
    if (unasked.length > 0) {
      fanOut.publish(`userEvents:${user}`, () =>
        frame('user', {
          nonUserCancel: unasked.map(({ order }) => ({
            coin: specs[order.asset]?.name ?? '',
            oid: order.oid,
          })),
        }),
      )
    }
  }

  function filledNote(fill: Fill): string {
    const spec = specs[fill.asset]
    const px = formatUnits(fill.px, spec?.pxDecimals ?? 0).replace(/\.0$/, '')
    return `Resting order filled: ${fill.isBuy ? 'Bought' : 'Sold'} ${formatUnits(fill.sz, spec?.szDecimals ?? 0)} ${spec?.name ?? ''} at $${px}`
  }

  return {
    serves: (type) => SERVED.has(type),
    first: (type, user, coin) => {
      const types = watched.get(user) ?? new Set()
      if (type === 'activeAssetData') {
        watched.set(user, types.add(`${type}:${coin}`))
        return [assetDataFrame(user, coin)]
      }
      if (!(STATES as readonly string[]).includes(type)) return snapshot(type, user)
      watched.set(user, types.add(type))
      return [stateFrame(type, user)]
    },
    tell: (records) => {
      for (const [user, happened] of byUser(records)) {
        tellStreams(user, happened)
        dirty.add(user)
      }
    },
    flush: (all) => {
      for (const [user, types] of watched) {
        if (!all && !dirty.has(user)) continue
        for (const type of types) {
          const [kind, coin] = type.split(':') as [string, string | undefined]
          const feed = coin === undefined ? `${kind}:${user}` : `${kind}:${user}:${coin}`
          if (!fanOut.has(feed)) types.delete(type)
          else
            fanOut.publish(feed, () =>
              coin === undefined ? stateFrame(kind, user) : assetDataFrame(user, coin),
            )
        }
        if (types.size === 0) watched.delete(user)
      }
      dirty.clear()
    },
  }
}
