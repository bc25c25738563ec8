/** User feeds: tells subscribers what the engine's records mean to them, and repeats states that changed. */
// Not here: the frames of states and histories (account-frames.ts), who listens (fan-out.ts). Source of shapes: wire contract §4.
import {
  type AccountView,
  assetDataFrame,
  frame,
  historyEntry,
  isStateFeed,
  STATE_FEEDS,
  snapshotFrames,
  stateFrame,
} from '#exchange/paper/account-frames.ts'
import { recordUser } from '#exchange/paper/engine/record-user.ts'
import type { EngineRecord, Fill } from '#exchange/paper/engine/types.ts'
import { formatUnits, formatUsd } from '#exchange/paper/engine/units.ts'
import type { FanOut } from '#exchange/paper/fan-out.ts'
import {
  ledgerUpdate,
  twapEntry,
  twapFill,
  wireFill,
  wireFunding,
  wireOrder,
} from '#exchange/paper/render.ts'

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
/** Every feed of one user. */
export const USER_FEEDS: ReadonlySet<string> = new Set([...STATE_FEEDS, ...STREAMS])

/** Endings that the user did not ask for. */
const NOT_BY_USER: ReadonlySet<string> = new Set([
  'marginCanceled',
  'selfTradeCanceled',
  'reduceOnlyCanceled',
  'liquidatedCanceled',
  'scheduledCancel',
  'siblingFilledCanceled',
])
const BACKSTOP = `0x${'0'.repeat(40)}`

type RecordOf<Kind extends EngineRecord['kind']> = Extract<EngineRecord, { kind: Kind }>

const ofKind = <Kind extends EngineRecord['kind']>(
  records: readonly EngineRecord[],
  kind: Kind,
): RecordOf<Kind>[] => records.filter((record): record is RecordOf<Kind> => record.kind === kind)

export class AccountFeeds {
  readonly #view: AccountView
  readonly #fanOut: FanOut
  readonly #dirty = new Set<string>()
  /** States that somebody has asked for: user → `type` or `activeAssetData:coin`. */
  readonly #watched = new Map<string, Set<string>>()

  constructor(view: AccountView, fanOut: FanOut) {
    this.#view = view
    this.#fanOut = fanOut
  }

  serves(type: string): boolean {
    return USER_FEEDS.has(type)
  }

  /** Frames that a new subscriber gets. */
  first(type: string, user: string, coin: string): string[] {
    if (type === 'activeAssetData') {
      this.#watch(user, `${type}:${coin}`)
      return [assetDataFrame(this.#view, user, coin)]
    }
    if (!isStateFeed(type)) return snapshotFrames(this.#view, type, user)
    this.#watch(user, type)
    return [stateFrame(this.#view, type, user)]
  }

  /** Tells what happened; states (open orders, balances) follow with the next `flush`. */
  tell(records: readonly EngineRecord[]): void {
    const users = new Map<string, EngineRecord[]>()
    for (const record of records) {
      const user = recordUser(record)
      const mine = users.get(user)
      if (mine) mine.push(record)
      else users.set(user, [record])
    }
    for (const [user, happened] of users) {
      this.#tellOrders(user, ofKind(happened, 'order'))
      this.#tellFills(
        user,
        ofKind(happened, 'fill').map(({ fill }) => fill),
      )
      this.#tellMoney(user, ofKind(happened, 'funding'), ofKind(happened, 'ledger'))
      this.#tellLiquidations(user, ofKind(happened, 'liquidation'))
      this.#tellTwaps(user, ofKind(happened, 'twap'))
      this.#dirty.add(user)
    }
  }

  /** Fills of strangers: told to those who follow them, and nobody is followed by default. */
  tellTraders(fills: readonly Fill[]): void {
    for (const fill of fills) {
      if (this.#fanOut.has(`userFills:${fill.user}`) || this.#fanOut.has(`userEvents:${fill.user}`))
        this.#tellFills(fill.user, [fill])
      if (this.#watched.has(fill.user)) this.#dirty.add(fill.user)
    }
  }

  /** Publishes the states of accounts that changed; with `all`, of every account that somebody listens to. */
  flush(all: boolean): void {
    for (const [user, types] of this.#watched) {
      if (all || this.#dirty.has(user)) this.#publishStates(user, types)
      if (types.size === 0) this.#watched.delete(user)
    }
    this.#dirty.clear()
  }

  #watch(user: string, type: string): void {
    const types = this.#watched.get(user) ?? new Set()
    this.#watched.set(user, types.add(type))
  }

  #publishStates(user: string, types: Set<string>): void {
    for (const type of types) {
      const [kind, coin] = type.split(':') as [string, string | undefined]
      const feed = coin === undefined ? `${kind}:${user}` : `${kind}:${user}:${coin}`
      if (!this.#fanOut.has(feed)) types.delete(type)
      else if (coin !== undefined) this.#fanOut.publish(feed, () => assetDataFrame(this.#view, user, coin))
      else if (isStateFeed(kind)) this.#fanOut.publish(feed, () => stateFrame(this.#view, kind, user))
    }
  }

  #tellOrders(user: string, updates: readonly RecordOf<'order'>[]): void {
    if (updates.length === 0) return
    const { specs } = this.#view.engine.state
    this.#fanOut.publish(`orderUpdates:${user}`, () =>
      frame(
        'orderUpdates',
        updates.map(({ order, sz, status, ts }) => ({
          order: wireOrder(specs, order, sz),
          status,
          statusTimestamp: ts,
        })),
      ),
    )
    this.#fanOut.publish(`userHistoricalOrders:${user}`, () =>
      frame('userHistoricalOrders', {
        user,
        orderHistory: updates.map(({ order }) => historyEntry(this.#view, order)),
      }),
    )
    const unasked = updates.filter(({ status }) => NOT_BY_USER.has(status))
    if (unasked.length === 0) return
    this.#fanOut.publish(`userEvents:${user}`, () =>
      frame('user', {
        nonUserCancel: unasked.map(({ order }) => ({ coin: specs[order.asset]?.name ?? '', oid: order.oid })),
      }),
    )
  }

  #tellFills(user: string, fills: readonly Fill[]): void {
    if (fills.length === 0) return
    const { specs } = this.#view.engine.state
    const wire = () => fills.map((fill) => wireFill(specs, fill))
    this.#fanOut.publish(`userFills:${user}`, () => frame('userFills', { user, fills: wire() }))
    this.#fanOut.publish(`userEvents:${user}`, () => frame('user', { fills: wire() }))
    const slices = fills.filter(({ twapId }) => twapId !== 0).map((fill) => twapFill(specs, fill))
    if (slices.length > 0) {
      this.#fanOut.publish(`userTwapSliceFills:${user}`, () =>
        frame('userTwapSliceFills', { user, twapSliceFills: slices }),
      )
      this.#fanOut.publish(`userEvents:${user}`, () => frame('user', { twapSliceFills: slices }))
    }
    for (const fill of fills) {
      if (!fill.crossed)
        this.#fanOut.publish(`notification:${user}`, () =>
          frame('notification', { notification: this.#note(fill) }),
        )
    }
  }

  #tellMoney(
    user: string,
    fundings: readonly RecordOf<'funding'>[],
    ledger: readonly RecordOf<'ledger'>[],
  ): void {
    const { specs } = this.#view.engine.state
    const payments = fundings.map(({ payment }) => payment)
    for (const payment of payments) {
      this.#fanOut.publish(`userEvents:${user}`, () =>
        frame('user', { funding: wireFunding(specs, payment) }),
      )
    }
    if (payments.length > 0) {
      this.#fanOut.publish(`userFundings:${user}`, () =>
        frame('userFundings', { user, fundings: payments.map((payment) => wireFunding(specs, payment)) }),
      )
    }
    if (ledger.length === 0) return
    this.#fanOut.publish(`userNonFundingLedgerUpdates:${user}`, () =>
      frame('userNonFundingLedgerUpdates', {
        user,
        nonFundingLedgerUpdates: ledger.map(({ update }) => ledgerUpdate(update)),
      }),
    )
  }

  #tellLiquidations(user: string, liquidations: readonly RecordOf<'liquidation'>[]): void {
    for (const { lid, ntl, accountValue } of liquidations) {
      const liquidation = {
        lid,
        liquidator: BACKSTOP,
        liquidated_user: user,
        liquidated_ntl_pos: formatUsd(ntl),
        liquidated_account_value: formatUsd(accountValue),
      }
      this.#fanOut.publish(`userEvents:${user}`, () => frame('user', { liquidation }))
    }
  }

  #tellTwaps(user: string, records: readonly RecordOf<'twap'>[]): void {
    if (records.length === 0) return
    const entries = () => records.map(({ twap }) => twapEntry(this.#view.engine.state.specs, twap))
    this.#fanOut.publish(`userTwapHistory:${user}`, () =>
      frame('userTwapHistory', { user, history: entries() }),
    )
    this.#fanOut.publish(`userEvents:${user}`, () => frame('user', { twapHistory: entries() }))
  }

  #note(fill: Fill): string {
    const spec = this.#view.engine.state.specs[fill.asset]
    const px = formatUnits(fill.px, spec?.pxDecimals ?? 0).replace(/\.0$/, '')
    const sz = formatUnits(fill.sz, spec?.szDecimals ?? 0)
    return `Resting order filled: ${fill.isBuy ? 'Bought' : 'Sold'} ${sz} ${spec?.name ?? ''} at $${px}`
  }
}
