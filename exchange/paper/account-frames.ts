/** Frames of user feeds that show a state or a history: first messages, and states told again when they change. */
// Not here: what happened just now (account-feeds.ts). Source of shapes: wire contract §4.
import type { EpochMs } from '#domain/time.ts'
import type { Agents } from '#exchange/paper/agents.ts'
import { activeAssetData, clearinghouseState, spotClearinghouseState } from '#exchange/paper/clearinghouse.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import type { Engine } from '#exchange/paper/engine/engine.ts'
import type { Fill, Order, Twap } from '#exchange/paper/engine/types.ts'
import { formatUsd } from '#exchange/paper/engine/units.ts'
import {
  frontOrder,
  ledgerUpdate,
  openOrders,
  twapEntry,
  twapFill,
  twapState,
  wireFill,
  wireFunding,
} from '#exchange/paper/render.ts'

export interface AccountView {
  engine: Engine
  agents: Agents
  now(): EpochMs
  /** Account of a user: ours, or a trader of the market. */
  account(user: string): Account | undefined
}

/** Feeds whose every message is the whole state. */
export const STATE_FEEDS = [
  'openOrders',
  'clearinghouseState',
  'spotState',
  'twapStates',
  'webData3',
] as const
export type StateFeed = (typeof STATE_FEEDS)[number]
export const isStateFeed = (type: string): type is StateFeed =>
  (STATE_FEEDS as readonly string[]).includes(type)

/** Entries of a first message. */
const SNAPSHOT_MAX = 2_000
const FUNDINGS_MAX = 500

export const frame = (channel: string, data: unknown): string => JSON.stringify({ channel, data })

export function stateFrame(view: AccountView, type: StateFeed, user: string): string {
  const { engine } = view
  const account = view.account(user)
  switch (type) {
    case 'openOrders': {
      const orders = account
        ? openOrders(account).map((order) => frontOrder(engine.state.specs, order, account.open))
        : []
      return frame(type, { dex: '', user, orders })
    }
    case 'clearinghouseState':
      return frame(type, {
        dex: '',
        user,
        clearinghouseState: clearinghouseState(engine.state, account, view.now()),
      })
    case 'spotState':
      return frame(type, { user, spotState: spotClearinghouseState(account) })
    case 'twapStates':
      return frame(type, {
        dex: '',
        user,
        states: runningTwaps(account).map((twap) => [twap.id, twapState(engine.state.specs, twap)]),
      })
    case 'webData3':
      return webDataFrame(view, user, account)
  }
}

function webDataFrame(view: AccountView, user: string, account: Account | undefined): string {
  const agent = view.agents.unnamed(user)
  const userState = {
    agentAddress: agent?.address ?? null,
    agentValidUntil: agent?.validUntil ?? null,
    cumLedger: formatUsd(account?.deposited ?? 0),
    serverTime: view.now(),
    isVault: false,
    user,
  }
  const dex = { totalVaultEquity: '0.0', perpsAtOpenInterestCap: [], leadingVaults: [] }
  return frame('webData3', { userState, perpDexStates: [dex] })
}

export function assetDataFrame({ engine, account }: AccountView, user: string, coin: string): string {
  const spec = engine.state.specs.find(({ name }) => name === coin)
  return frame('activeAssetData', spec ? activeAssetData(engine.state, account(user), user, spec) : null)
}

export const runningTwaps = (account: Account | undefined): Twap[] =>
  account ? [...account.twaps.values()].filter(({ status }) => status === 'activated') : []

/** All TWAPs, newest first. */
export const pastTwaps = (account: Account | undefined): Twap[] =>
  account ? [...account.twaps.values()].reverse() : []

/** Fills of TWAP slices, newest first. */
export const twapFills = (account: Account | undefined): Fill[] =>
  account
    ? account.fills
        .filter(({ twapId }) => twapId !== 0)
        .slice(-SNAPSHOT_MAX)
        .reverse()
    : []

/** Order with status, as histories and status requests show it. */
export function historyEntry({ engine }: AccountView, order: Order) {
  const open = engine.account(order.user)?.open ?? new Map<number, Order>()
  return {
    order: frontOrder(engine.state.specs, order, open),
    status: order.status,
    statusTimestamp: order.statusTs,
  }
}

/** First messages of feeds that go on with events; none for feeds that begin with the next event. */
export function snapshotFrames(view: AccountView, type: string, user: string): string[] {
  const { specs } = view.engine.state
  const account = view.account(user)
  const whole = { isSnapshot: true, user }
  switch (type) {
    case 'userFills': {
      const fills = account ? account.fills.slice(-SNAPSHOT_MAX).reverse() : []
      return [frame(type, { ...whole, fills: fills.map((fill) => wireFill(specs, fill)) })]
    }
    case 'userFundings': {
      const fundings = account ? account.funding.slice(-FUNDINGS_MAX) : []
      return [frame(type, { ...whole, fundings: fundings.map((payment) => wireFunding(specs, payment)) })]
    }
    case 'userNonFundingLedgerUpdates': {
      const updates = account ? account.ledger.slice(-SNAPSHOT_MAX) : []
      return [frame(type, { ...whole, nonFundingLedgerUpdates: updates.map(ledgerUpdate) })]
    }
    case 'userHistoricalOrders': {
      const orders = account ? [...account.open.values(), ...account.closed] : []
      const newest = orders.sort((a, b) => b.statusTs - a.statusTs || b.oid - a.oid).slice(0, SNAPSHOT_MAX)
      return [frame(type, { ...whole, orderHistory: newest.map((order) => historyEntry(view, order)) })]
    }
    case 'userTwapSliceFills':
      return [
        frame(type, { ...whole, twapSliceFills: twapFills(account).map((fill) => twapFill(specs, fill)) }),
      ]
    case 'userTwapHistory':
      return [frame(type, { ...whole, history: pastTwaps(account).map((twap) => twapEntry(specs, twap)) })]
    default:
      return []
  }
}
