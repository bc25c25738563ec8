/** Actions on the account itself: transfers, approvals, referrals. */
// Not here: trading (trade-actions.ts).
import { type ActionContext, type ActionHandler, done, refused } from '#exchange/paper/action-context.ts'
import { withdrawable } from '#exchange/paper/clearinghouse.ts'
import { marksOf } from '#exchange/paper/engine/state.ts'
import { formatUsd, parseUnits, USD, USD_DECIMALS } from '#exchange/paper/engine/units.ts'
import { address, decimal, flag, text, whole } from '#exchange/paper/read-json.ts'

/** What sending to an address that has no account costs the sender. Source: venue docs, "Activation gas fee". */
const ACTIVATION_FEE = 1 * USD

/** Amount in micro-dollars, or null when it is none. */
function amountOf(value: unknown): number | null {
  const units = parseUnits(decimal(value), USD_DECIMALS)
  return units !== null && units > 0 ? units : null
}

const usdSend: ActionHandler = ({ engine, now, user, account, action }) => {
  const destination = address(action.destination)
  const usd = amountOf(action.amount)
  whole(action.time)
  if (usd === null) return refused('Invalid amount.')
  if (destination === user) return refused('Cannot self-transfer.')
  const fee = engine.account(destination) ? 0 : ACTIVATION_FEE
  if (usd + fee > withdrawable(account, marksOf(engine.state)))
    return refused('Insufficient balance for withdrawal.')
  const delta = { type: 'internalTransfer', usdc: formatUsd(usd), user, destination, fee: formatUsd(fee) }
  engine.ledger(now, { user, usd: -(usd + fee), spotUsd: 0, delta })
  engine.ledger(now, { user: destination, usd, spotUsd: 0, delta })
  return done
}

const usdClassTransfer: ActionHandler = ({ engine, now, user, account, action }) => {
  // A sub-account is named inside the amount: "100 subaccount:0x…"; there is none here.
  const usd = amountOf(action.amount)
  const toPerp = flag(action.toPerp)
  whole(action.nonce)
  if (usd === null) return refused('Invalid amount.')
  const left = toPerp ? account.spotUsd : withdrawable(account, marksOf(engine.state))
  if (usd > left) return refused('Insufficient balance for withdrawal.')
  const delta = { type: 'accountClassTransfer', usdc: formatUsd(usd), toPerp }
  engine.ledger(now, { user, usd: toPerp ? usd : -usd, spotUsd: toPerp ? -usd : usd, delta })
  return done
}

/** USDC as clients name it in spot and asset transfers. */
const isUsdc = (token: string): boolean => token === 'USDC' || token.startsWith('USDC:')

const spotSend: ActionHandler = ({ engine, now, user, account, action }) => {
  const destination = address(action.destination)
  const usd = amountOf(action.amount)
  whole(action.time)
  if (!isUsdc(text(action.token))) return refused('Invalid token.')
  if (usd === null) return refused('Invalid amount.')
  if (destination === user) return refused('Cannot self-transfer.')
  if (usd > account.spotUsd) return refused('Insufficient balance for withdrawal.')
  const amount = formatUsd(usd)
  const parties = { user, destination, fee: '0.0', nativeTokenFee: '0.0', nonce: null, feeToken: '' }
  const delta = { type: 'spotTransfer', token: 'USDC', amount, usdcValue: amount, ...parties }
  engine.ledger(now, { user, usd: 0, spotUsd: -usd, delta })
  engine.ledger(now, { user: destination, usd: 0, spotUsd: usd, delta })
  return done
}

/** Moves USDC between the perp ("") and spot wallets of one or two accounts. */
const sendAsset: ActionHandler = ({ engine, now, user, account, action }) => {
  const destination = address(action.destination)
  const [from, to] = [text(action.sourceDex), text(action.destinationDex)]
  const usd = amountOf(action.amount)
  whole(action.nonce)
  if (!isUsdc(text(action.token)) || ![from, to].every((dex) => dex === '' || dex === 'spot'))
    return refused('Invalid token or dex.')
  if (usd === null) return refused('Invalid amount.')
  const left = from === '' ? withdrawable(account, marksOf(engine.state)) : account.spotUsd
  if (usd > left) return refused('Insufficient balance for withdrawal.')
  const amount = formatUsd(usd)
  const parties = {
    user,
    destination,
    sourceDex: from,
    destinationDex: to,
    token: 'USDC',
    amount,
    usdcValue: amount,
  }
  const delta = {
    type: 'send',
    ...parties,
    fee: '0.0',
    nativeTokenFee: '0.0',
    nonce: whole(action.nonce),
    feeToken: '',
  }
  engine.ledger(now, { user, usd: from === '' ? -usd : 0, spotUsd: from === '' ? 0 : -usd, delta })
  engine.ledger(now, { user: destination, usd: to === '' ? usd : 0, spotUsd: to === '' ? 0 : usd, delta })
  return done
}

/** Paper money has nowhere to go: a withdrawal leaves the account and is gone. */
const withdraw: ActionHandler = ({ engine, now, user, account, action }) => {
  address(action.destination)
  const usd = amountOf(action.amount)
  if (usd === null || usd > withdrawable(account, marksOf(engine.state)))
    return refused('Insufficient balance for withdrawal.')
  const fee = Math.min(usd, ACTIVATION_FEE)
  const delta = {
    type: 'withdraw',
    usdc: formatUsd(usd - fee),
    nonce: whole(action.time),
    fee: formatUsd(fee),
  }
  engine.ledger(now, { user, usd: -usd, spotUsd: 0, delta })
  return done
}

const approveAgent: ActionHandler = ({ agents, now, user, action, note }) => {
  const agentAddress = address(action.agentAddress)
  const name = action.agentName === undefined || action.agentName === null ? '' : text(action.agentName)
  const outcome = agents.approve({ master: user, address: agentAddress, name }, now)
  if ('fault' in outcome) return refused(outcome.fault)
  for (const change of outcome.changes) {
    agents.apply(change)
    note({ kind: 'agent', ...change, ts: now })
  }
  return done
}

const approveBuilderFee: ActionHandler = (context) => {
  const builder = address(context.action.builder)
  const rate = text(context.action.maxFeeRate)
  if (!/^\d{1,3}(\.\d{1,6})?%$/.test(rate)) return refused('Invalid builder fee rate.')
  setBuilder(context.builders, context.user, builder, rate)
  context.note({ kind: 'builder', user: context.user, builder, rate, ts: context.now })
  return done
}

export function setBuilder(
  builders: ActionContext['builders'],
  user: string,
  builder: string,
  rate: string,
): void {
  const mine = builders.get(user) ?? new Map<string, string>()
  builders.set(user, mine.set(builder, rate))
}

/** There are no referral codes here, and no spot coins but USDC. */
export const accountActions: Readonly<Record<string, ActionHandler>> = {
  usdSend,
  usdClassTransfer,
  spotSend,
  sendAsset,
  withdraw3: withdraw,
  approveAgent,
  approveBuilderFee,
  setReferrer: ({ action }) => {
    text(action.code)
    return refused('Referral code not registered')
  },
}
