/** Whether a session may start at all: its account, its coins at the venue, the gates of its mode, kills in force. Nothing is sent. */
// Not here: the shape of the input (domain/session/input.ts), which the workflow has checked before.
import { HoldfastError, InvalidInputError } from '#domain/errors.ts'
import type { Decimal } from '#domain/fixed-point.ts'
import { type DayVolume, rankByVolume } from '#domain/market/watchlist.ts'
import { type LiveCaps, liveGate } from '#domain/risk/live-gates.ts'
import type { Admission } from '#domain/session/effects.ts'
import type { SessionInput } from '#domain/session/input.ts'
import { strongerKill } from '#domain/session/kill-order.ts'
import type { KillMode } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'

type Kill = { mode: KillMode; reason: string }

/** Another session that trades the same account and coin. */
export interface Rival {
  session_id: string
  started_ts: EpochMs
}

export interface AdmitDeps {
  network: 'paper' | 'testnet' | 'mainnet'
  /** Accounts of the settings, and how each is signed for. */
  accounts: Readonly<Record<string, { key: string }>>
  /** What stands in HOLDFAST_LIVE_ENABLE and HOLDFAST_LIVE_CONFIRM, and the caps of the settings. */
  live: { enable: string | undefined; confirm: string | undefined; caps?: LiveCaps | undefined }
  /** Size decimals of every coin that the venue lists. */
  venueCoins(): Promise<ReadonlyMap<string, number>>
  /** Largest leverage of every coin that the venue lists. */
  leverageMax?(): Promise<ReadonlyMap<string, number>>
  /** Every coin with the notional of its last 24 hours, USD. */
  dayVolumes?(): Promise<readonly DayVolume[]>
  /** What the account holds now. */
  held?(account: string): Promise<readonly { coin: string; sz: Decimal }[]>
  /** Kill store of this host. */
  killOf(session: { session_id: string; account: string }): Kill | null
  /** Kill of the global switch in Temporal; null when nothing is engaged or no switch was ever used. */
  switchKillOf(session: { session_id: string; account: string }): Promise<Kill | null>
  rivals(session: { account: string; coin: string }): Promise<Rival[]>
  links(sessionId: string): SessionLinks
}

/** Where people look at the session. '' where there is no such page. */
export interface SessionLinks {
  dashboard: string
  temporal_ui: string
}

export interface AdmitRequest {
  session_id: string
  started_ts: EpochMs
  input: SessionInput
}

export interface AdmitResult {
  admission: Admission
  links: SessionLinks
}

const SOURCE = 'session input'

export const createAdmitActivities = (deps: AdmitDeps) => ({
  admitSession: async (request: AdmitRequest): Promise<AdmitResult> => {
    const { session_id, input } = request
    checkMode(deps, input)
    if (!deps.accounts[input.account]) {
      throw new InvalidInputError({
        source: SOURCE,
        path: 'account',
        found: JSON.stringify(input.account),
        expected: `an account of the settings: ${Object.keys(deps.accounts).join(', ') || 'none is set up'}`,
      })
    }
    const coins = await chooseCoins(deps, request)
    const sizeDecimals = await knownCoins(deps, coins)
    const leverages = await deps.leverageMax?.()
    const leverageMax = leverages && Object.fromEntries(coins.map((coin) => [coin, leverages.get(coin) ?? 1]))
    await checkManual(deps, input, coins)
    const session = { session_id, account: input.account }
    const kill = strongerKill(deps.killOf(session), await deps.switchKillOf(session))
    checkLive(deps, input, kill?.mode ?? 'off')
    const admission: Admission = {
      size_decimals: sizeDecimals,
      kill,
      ...(leverageMax ? { leverage_max: leverageMax } : {}),
      ...(coins === input.coins ? {} : { coins }),
    }
    return { admission, links: deps.links(session_id) }
  },
})

/** The mode fits the exchange; whether live may trade at all is asked last, when kills are known. */
function checkMode(deps: AdmitDeps, { mode }: SessionInput): void {
  const refuse = (expected: string): never => {
    throw new InvalidInputError({ source: SOURCE, path: 'mode', found: JSON.stringify(mode), expected })
  }
  if (mode === 'paper' && deps.network !== 'paper') refuse(`live, since exchange.network is ${deps.network}`)
  if (mode === 'live' && deps.network === 'paper') {
    refuse('paper, since exchange.network is paper; live needs testnet or mainnet')
  }
}

/** Live needs every gate; the message names the first one that is shut. A kill in force is named by the coordinator itself. */
function checkLive(deps: AdmitDeps, { account, limits, mode }: SessionInput, kill: KillMode): void {
  if (mode !== 'live') return
  const { enable, confirm, caps } = deps.live
  const key = deps.accounts[account]?.key
  const shut = liveGate({ network: deps.network, enable, confirm, key, caps, limits, kill })
  if (shut === null || (shut.gate === 'LIVE_KILL' && kill !== 'close_only')) return
  const { gate, expected } = shut
  throw new InvalidInputError({
    source: SOURCE,
    path: 'mode',
    found: `"live" with gate ${gate} shut`,
    expected,
  })
}

/** The session's own list, or the most traded coins that nobody else trades on the account. */
async function chooseCoins(deps: AdmitDeps, request: AdmitRequest): Promise<readonly string[]> {
  const { input } = request
  if (input.coins.length > 0 || input.engine !== 'candles' || !input.watchlist) {
    for (const coin of input.coins) await checkRivals(deps, request, coin)
    return input.coins
  }
  const ranked = rankByVolume((await deps.dayVolumes?.()) ?? [], { ...input.watchlist, top_n: RANKED_MAX })
  const listed = await deps.venueCoins()
  const chosen: string[] = []
  for (const coin of ranked) {
    if (chosen.length >= input.watchlist.top_n) break
    if (!listed.has(coin)) continue
    if ((await firstRival(deps, request, coin)) === undefined) chosen.push(coin)
  }
  if (chosen.length > 0) return chosen
  throw new InvalidInputError({
    source: SOURCE,
    path: 'watchlist',
    found: JSON.stringify(input.watchlist).slice(0, 80),
    expected: 'a watchlist that leaves at least one coin of the venue',
  })
}

/** More than any watchlist takes, so that coins which somebody else trades can be left out. */
const RANKED_MAX = 500

/** A position before the session's first order is refused where the session says so; else it is taken over or kept apart at its first fence. */
async function checkManual(deps: AdmitDeps, input: SessionInput, coins: readonly string[]): Promise<void> {
  const rule = input.engine === 'candles' ? input.manual_positions : 'adopt'
  if (rule !== 'refuse' || !deps.held || input.mode === 'dry_live') return
  const held = (await deps.held(input.account)).filter(
    ({ coin, sz }) => coins.includes(coin) && Number(sz) !== 0,
  )
  const [first] = held
  if (!first) return
  throw new HoldfastError(`${input.account} holds ${first.sz} ${first.coin} that are not this session's`, {
    code: 'FOREIGN_POSITION',
    retryable: false,
    hint: 'close the position, choose other coins, or set manual_positions: adopt or ignore',
  })
}

async function knownCoins(deps: AdmitDeps, coins: readonly string[]): Promise<Record<string, number>> {
  const listed = await deps.venueCoins()
  return Object.fromEntries(
    coins.map((coin, at) => {
      const decimals = listed.get(coin)
      if (decimals !== undefined) return [coin, decimals]
      throw new InvalidInputError({
        source: SOURCE,
        path: `coins.${at}`,
        found: JSON.stringify(coin),
        expected: `a coin that the venue lists, such as ${[...listed.keys()].slice(0, 3).join(', ')}`,
      })
    }),
  )
}

/** Two sessions on one position would each close the other's. The earlier one stays; of two started at once, the smaller id. */
async function checkRivals(deps: AdmitDeps, request: AdmitRequest, coin: string): Promise<void> {
  const { account } = request.input
  const first = await firstRival(deps, request, coin)
  if (!first) return
  throw new HoldfastError(`${account} already trades ${coin} in ${first.session_id}`, {
    code: 'ACCOUNT_BUSY',
    retryable: false,
    hint: 'stop that session first, or give this one another account',
  })
}

async function firstRival(deps: AdmitDeps, request: AdmitRequest, coin: string): Promise<Rival | undefined> {
  const rivals = await deps.rivals({ account: request.input.account, coin })
  return rivals.find(
    ({ session_id, started_ts }) =>
      session_id !== request.session_id &&
      (started_ts < request.started_ts ||
        (started_ts === request.started_ts && session_id < request.session_id)),
  )
}

export type AdmitActivities = ReturnType<typeof createAdmitActivities>
