/** Answers of /info about things that do not exist here: staking, vaults, builder dexes, spot deployments. */
// They are asked by web pages and strict clients, which want an empty answer of the right shape rather than an error.
import type { InfoHandler } from '#exchange/paper/info-handler.ts'
import { address, whole } from '#exchange/paper/read-json.ts'
import { unreadable } from '#exchange/paper/request-errors.ts'

/** An answer that is always the same for a valid address. */
const ofUser =
  (value: unknown): InfoHandler =>
  (request) => {
    address(request.user)
    return value
  }

const always =
  (value: unknown): InfoHandler =>
  () =>
    value

const marginTable: InfoHandler = (request, { engine }) => {
  const id = whole(request.id)
  const spec = engine.state.specs.find(({ marginTableId }) => marginTableId === id)
  if (!spec) throw unreadable()
  const marginTiers = spec.tiers.map(({ lowerBoundUsd, maxLeverage }) => ({
    lowerBound: `${lowerBoundUsd}.0`,
    maxLeverage,
  }))
  return { description: '', marginTiers }
}

const preTransferCheck: InfoHandler = (request, deps) => {
  address(request.source)
  const account = deps.account(address(request.user))
  return {
    fee: account ? '0.0' : '1.0',
    isSanctioned: false,
    userExists: account !== undefined,
    userHasSentTx: (account?.requests ?? 0) > 0,
  }
}

const NO_STAKE = {
  delegated: '0.0',
  undelegated: '0.0',
  totalPendingWithdrawal: '0.0',
  nPendingWithdrawals: 0,
}

export const quietInfo: Readonly<Record<string, InfoHandler>> = {
  userAbstraction: ofUser('default'),
  userDexAbstraction: ofUser(false),
  delegations: ofUser([]),
  delegatorSummary: ofUser(NO_STAKE),
  delegatorHistory: ofUser([]),
  delegatorRewards: ofUser([]),
  userVaultEquities: ofUser([]),
  leadingVaults: ofUser([]),
  userToMultiSigSigners: ofUser(null),
  isVip: ofUser(false),
  legalCheck: ofUser({ acceptedTerms: true, userAllowed: true, restrictions: 'n' }),
  approvedBuilders: (request, { builders }) => [...(builders.get(address(request.user))?.keys() ?? [])],
  preTransferCheck,
  marginTable,
  maxMarketOrderNtls: always([
    [25, '30000000.0'],
    [20, '5000000.0'],
    [10, '2000000.0'],
    [0, '500000.0'],
  ]),
  perpsAtOpenInterestCap: always([]),
  vaultSummaries: always([]),
  validatorSummaries: always([]),
  liquidatable: always([]),
  gossipRootIps: always([]),
}
