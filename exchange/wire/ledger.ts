/** Money that came or went without a fill or funding: items of userNonFundingLedgerUpdates, signed from the account's side. */
// Not here: fills and funding (account-frames.ts). Source: the venue's docs, "Info endpoint", and recorded answers.
import type { LedgerEvent } from '#domain/events.ts'
import { type FixedE8, formatFixed, parseFixed } from '#domain/fixed-point.ts'
import type { EpochMs } from '#domain/time.ts'
import {
  type Fields,
  readFields,
  readHexOrNone,
  readList,
  readStatistic,
  readText,
  readTime,
} from '#exchange/wire/read-value.ts'

const CHANNEL = 'userNonFundingLedgerUpdates'

/** The perpetual wallet of the main exchange is named '' in transfers between wallets. */
const PERP_WALLET = ''

/** Net flow into the perpetual wallet, USD × 1e8. Kinds that move other wallets, or nothing, give 0. */
type Flow = (delta: { usdc: FixedE8; fee: FixedE8; fields: Fields; isSender: boolean }) => FixedE8

const towards: Flow = ({ usdc, fee, isSender }) => (isSender ? -(usdc + fee) : usdc)
const FLOWS: Readonly<Record<string, Flow>> = {
  deposit: ({ usdc }) => usdc,
  withdraw: ({ usdc, fee }) => -(usdc + fee),
  accountClassTransfer: ({ usdc, fields }) => (fields.toPerp === true ? usdc : -usdc),
  internalTransfer: towards,
  subAccountTransfer: towards,
  vaultCreate: ({ usdc, fee }) => -(usdc + fee),
  vaultDeposit: ({ usdc }) => -usdc,
  vaultDistribution: ({ usdc }) => usdc,
  vaultWithdraw: ({ usdc }) => usdc,
  send: ({ usdc, fee, fields, isSender }) => {
    const out = isSender && fields.sourceDex === PERP_WALLET ? -(usdc + fee) : 0n
    return isSender && fields.destination !== fields.user
      ? out
      : out + (fields.destinationDex === PERP_WALLET ? usdc : 0n)
  },
}

/** One item, as in frames and in answers. @param user lower-case address of the account  @throws MalformedFrameError */
export function readLedgerUpdate(
  value: unknown,
  place: { path: string; user: string; account: string; receivedTs: EpochMs },
): LedgerEvent {
  const { path, user, account, receivedTs } = place
  const item = readFields(value, CHANNEL, path)
  const delta = readFields(item.delta, CHANNEL, `${path}.delta`)
  const word = readText(delta.type, CHANNEL, `${path}.delta.type`)
  const amountOf = (...names: string[]): FixedE8 => {
    const name = names.find((each) => delta[each] !== undefined && delta[each] !== null)
    return name === undefined ? 0n : parseFixed(readStatistic(delta[name], CHANNEL, `${path}.delta.${name}`))
  }
  const token = typeof delta.token === 'string' ? delta.token : 'USDC'
  const usdc = amountOf('usdc', 'netWithdrawnUsd', ...(token === 'USDC' ? ['amount'] : []))
  const fee = amountOf('fee')
  const isSender = typeof delta.user === 'string' && delta.user.toLowerCase() === user
  return {
    kind: 'ledger',
    account,
    ts: readTime(item.time, CHANNEL, `${path}.time`),
    hash: readHexOrNone(item.hash, 64, CHANNEL, `${path}.hash`),
    word,
    usd: formatFixed(FLOWS[word]?.({ usdc, fee, fields: delta, isSender }) ?? 0n),
    token,
    amount: formatFixed(amountOf('amount', 'usdc', 'netWithdrawnUsd')),
    feeUsd: formatFixed(fee),
    details: canonical(delta),
    receivedTs,
  }
}

/** All items of a frame or an answer. @throws MalformedFrameError */
export const readLedgerUpdates = (
  list: unknown,
  place: { path: string; user: string; account: string; receivedTs: EpochMs },
): LedgerEvent[] =>
  readList(list, CHANNEL, place.path).map((item, at) =>
    readLedgerUpdate(item, { ...place, path: `${place.path}[${at}]` }),
  )

/** The same record always as the same text, whatever the order of its fields: it is part of a key. */
const canonical = (fields: Fields): string =>
  JSON.stringify(Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))))
